/** Vector mathematics within 2 ulp in single and 4 in double precision, everywhere. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorOf, reference } from "./accuracy.ts";
import { type DType, run, UNARY, ulps } from "./vector-loops.ts";
import { roundings } from "./webassembly.ts";

const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/vector-math.json"), "utf8"),
) as Record<string, string[][]>;

const number = (hex: string): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
};

const BOUND = { f32: 2, f64: 4 } as const;

const functions = [...UNARY, "pow"] as const;

const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 1, -1, 1e-45, -1e-45, 1e-320, -1e-320, 3e38, -3e38];
/** Around where results get subnormal, vanish, overflow or reach 1. */
const EDGES = [
  -87.5, -95.3, -103.9, -104.5, 88.7, 88.8, -710, -745, -746, 709.7, 710, 9.02, 17.4, 22, 37, 44,
];

describe.each(roundings)("%s", (_, arithmetic) => {
  test.each(Object.keys(fixture))("%s in double precision, at points with known results", (name) => {
    const rows = fixture[name]!.map((row) => row.map(number));
    const [xs, ys, exact] =
      name === "pow"
        ? [0, 1, 2].map((column) => rows.map((row) => row[column]!))
        : [rows.map((row) => row[0]!), rows.map((row) => row[0]!), rows.map((row) => row[1]!)];
    const got = run(name as "pow", "f64", xs!, ys, arithmetic);
    const worst = rows
      .map((_, i) => ({
        error: ulps(got[i]!, exact![i]!, "f64"),
        x: xs![i],
        y: ys![i],
        got: got[i],
        exact: exact![i],
      }))
      .reduce((a, b) => (b.error > a.error ? b : a));
    expect(worst.error, JSON.stringify(worst)).toBeLessThanOrEqual(BOUND.f64);
  });

  test.each(functions)("%s in single precision: every exponent, random mantissas", (name) => {
    const worst = errorOf(name, "f32", 2 ** 19, 1, arithmetic);
    expect(worst.error, JSON.stringify(worst)).toBeLessThanOrEqual(BOUND.f32);
  });

  test.each(functions)("%s in double precision: every exponent, random mantissas", (name) => {
    const worst = errorOf(name, "f64", 2 ** 16, 2, arithmetic);
    expect(worst.error, JSON.stringify(worst)).toBeLessThanOrEqual(BOUND.f64);
  });

  test.each(["exp", "sigmoid", "tanh"] as const)("%s in single precision, in even steps", (name) => {
    // from 2⁻¹⁴ to 2⁷ and both signs: a sum of parts may round badly in a narrow range only
    const [first, end, step] = [0x38800000, 0x43000000, 499];
    const xs = [0, 2 ** 31].flatMap((sign) => {
      const bits = Uint32Array.from({ length: (end - first) / step }, (_, i) => sign + first + i * step);
      return [...new Float32Array(bits.buffer)];
    });
    const got = run(name, "f32", xs, xs, arithmetic);
    let [worst, at] = [0, 0];
    xs.forEach((x, i) => {
      const error = ulps(got[i]!, reference(name, x, 0), "f32");
      if (!(error <= worst)) [worst, at] = [error, x];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(BOUND.f32);
  });

  test.each(["f32", "f64"] as const)("special values in %s", (dtype: DType) => {
    const values = [...SPECIAL, ...EDGES].map((x) => (dtype === "f32" ? Math.fround(x) : x));
    const wrong: string[] = [];
    for (const name of UNARY) {
      const got = run(name, dtype, values, values, arithmetic);
      values.forEach((x, i) => {
        const exact = reference(name, x, 0);
        if (!(ulps(got[i]!, exact, dtype) <= BOUND[dtype]))
          wrong.push(`${name}(${x}) = ${got[i]}, not ${exact}`);
      });
    }
    const powers = [...values, 2, -2, 3, -3, 0.5, -0.5, 2.5, 2 ** 70, -(2 ** 70), 1.0000001];
    const as = powers.flatMap((a) => powers.map(() => (dtype === "f32" ? Math.fround(a) : a)));
    const bs = powers.flatMap(() => powers.map((b) => (dtype === "f32" ? Math.fround(b) : b)));
    const got = run("pow", dtype, as, bs, arithmetic);
    as.forEach((a, i) => {
      const exact = reference("pow", a, bs[i]!);
      if (!(ulps(got[i]!, exact, dtype) <= BOUND[dtype]))
        wrong.push(`pow(${a}, ${bs[i]}) = ${got[i]}, not ${exact}`);
    });
    expect(wrong).toEqual([]);
  });
});
