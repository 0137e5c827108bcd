/** The two loops against BFGS written with matrices, and what a line search promises. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { direction } from "../../src/lbfgs/direction.ts";
import { lineSearch, type Sample } from "../../src/lbfgs/line-search.ts";
import { dot } from "../../src/vectors.ts";

const vector = (n: number) =>
  fc
    .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n, maxLength: n })
    .map((values) => Float64Array.from(values));

test("two loops are equation 7.16: H ← VᵀHV + ρ s sᵀ, V = I - ρ y sᵀ", () => {
  const n = 4;
  // `y` leans on `s`, so that products of V don't grow beyond what doubles can subtract.
  const pair = fc
    .tuple(vector(n), vector(n))
    .filter(([s]) => Math.hypot(...s) > 0.1)
    .map(([s, noise]) => ({
      s,
      y: s.map((x, i) => 1.5 * x + 0.1 * noise[i]! * Math.max(...s.map(Math.abs))),
    }));
  fc.assert(
    fc.property(vector(n), fc.array(pair, { maxLength: 5 }), (g, pairs) => {
      const last = pairs.at(-1);
      const gamma = last ? dot(last.s, last.y) / dot(last.y, last.y) : 1;
      let H = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? gamma : 0)));
      for (const { s, y } of pairs) {
        const rho = 1 / dot(s, y);
        const V = H.map((row, i) => row.map((_, j) => (i === j ? 1 : 0) - rho * y[i]! * s[j]!));
        H = H.map((row, i) =>
          row.map((_, j) => {
            let total = rho * s[i]! * s[j]!;
            for (let a = 0; a < n; a++)
              for (let b = 0; b < n; b++) total += V[a]![i]! * H[a]![b]! * V[b]![j]!;
            return total;
          }),
        );
      }
      const expected = H.map((row) => -row.reduce((total, value, j) => total + value * g[j]!, 0));
      const scale = 1 + Math.max(...H.flat().map(Math.abs));
      direction(g, pairs).forEach((value, i) => {
        expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-9);
      });
    }),
  );
});

describe("lineSearch", () => {
  const conditions = { sufficientDecrease: 1e-4, curvature: 0.9, evaluations: 50 };
  /** Functions that go down at 0: Moré & Thuente 1994's first two, and others. */
  const functions: Record<string, (a: number) => [value: number, slope: number]> = {
    "Moré & Thuente 5.1": (a) => [-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2],
    "Moré & Thuente 5.2": (a) => [
      (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
      5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
    ],
    parabola: (a) => [(a - 3) ** 2, 2 * (a - 3)],
    waves: (a) => [0.1 * a * a - Math.sin(a), 0.2 * a - Math.cos(a)],
    wall: (a) =>
      a < 0.7 ? [-a - Math.log(0.7 - a) * 0.01, -1 + 0.01 / (0.7 - a)] : [Number.NaN, Number.NaN],
  };

  test.each(Object.keys(functions))("%s: both conditions hold, whatever is tried first", (name) => {
    const phi = (alpha: number): Sample => {
      const [value, slope] = functions[name]!(alpha);
      return { alpha, value, slope };
    };
    const start = phi(0);
    const tries = fc.double({ min: -3, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);
    fc.assert(
      fc.property(tries, fc.constantFrom(0.9, 0.1, 0.01), (first, curvature) => {
        const found = lineSearch(phi, start, first, { ...conditions, curvature })!;
        expect(found.value).toBeLessThanOrEqual(start.value + 1e-4 * found.alpha * start.slope);
        expect(Math.abs(found.slope)).toBeLessThanOrEqual(-curvature * start.slope);
      }),
      // Where the slope at 0 is 5e-7, values near the minimum differ by less than their rounding.
      { examples: [[0.19892905380596607, 0.01]] },
    );
  });

  test("finds nothing where nothing goes down", () => {
    const up = (alpha: number): Sample => ({ alpha, value: alpha, slope: -1 });
    expect(lineSearch(up, up(0), 1, conditions)).toBeUndefined();
  });

  test("takes the exact minimum of a parabola by the second evaluation", () => {
    let count = 0;
    const phi = (alpha: number): Sample => {
      count++;
      return { alpha, value: (alpha - 0.3) ** 2, slope: 2 * (alpha - 0.3) };
    };
    const found = lineSearch(phi, { alpha: 0, value: 0.09, slope: -0.6 }, 1, {
      ...conditions,
      curvature: 1e-9,
    });
    expect([found!.alpha, count]).toEqual([expect.closeTo(0.3, 12), 2]);
  });
});
