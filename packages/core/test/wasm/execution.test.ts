/** Instructions run on special values, beside what they mean in plain JavaScript. */
import { expect, test } from "vitest";
import type { FunctionBuilder } from "../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import { type Instruction, instructions } from "../../src/targets/wasm/assembler/opcodes/table.ts";
import type { ValueType } from "../../src/targets/wasm/assembler/value-type.ts";
import { float, integer, type Scalar } from "./lane-semantics.ts";
import { instantiate } from "./webassembly.ts";

const FLOATS = [0, -0, 0.5, -0.5, 1.5, 2.5, -2.5, 1, -1, 3e9, -3e9, 1e10, 1e19, -1e19, 1e-40, 0.1, 1e38];
const SPECIAL = [...FLOATS, Infinity, -Infinity, Number.NaN, 2 ** 31, -(2 ** 31), 2 ** 32, 255.7, -129];

const integers = (bits: number): bigint[] => {
  const top = 1n << BigInt(bits - 1);
  const some = [
    0n,
    1n,
    -1n,
    2n,
    7n,
    31n,
    33n,
    -5n,
    100n,
    -128n,
    127n,
    0x55n,
    top - 1n,
    -top,
    -top + 1n,
    top >> 3n,
  ];
  return some.map((x) => BigInt.asIntN(bits, x));
};

const bitsOf = (type: string): number => Number(/\d+/.exec(type)![0]);
const samples = (type: string): Scalar[] =>
  type.startsWith("f") ? (type === "f32" ? SPECIAL.map(Math.fround) : SPECIAL) : integers(bitsOf(type));

type Meaning = Scalar | boolean | "trap" | undefined;

const round = (type: string | undefined, value: Meaning): Meaning =>
  type === "f32" && typeof value === "number" ? Math.fround(value) : value;

const floatBits = (bits: number, x: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  if (bits === 64) view.setFloat64(0, x);
  else view.setFloat32(0, x);
  return bits === 64 ? view.getBigInt64(0) : BigInt(view.getInt32(0));
};

function conversion({ group, method }: Instruction, x: Scalar): Meaning {
  const sign = method.at(-1)!;
  if (method.startsWith("reinterpret_f")) return floatBits(bitsOf(group), Number(x));
  if (method === "wrap_i64") return BigInt.asIntN(32, BigInt(x));
  if (method.startsWith("extend_i32")) return sign === "s" ? BigInt(x) : BigInt.asUintN(32, BigInt(x));
  if (method === "promote_f32") return x;
  if (method.startsWith("convert_")) {
    const from = method.includes("i64") ? 64 : 32;
    return Number(sign === "s" ? BigInt(x) : BigInt.asUintN(from, BigInt(x)));
  }
  return undefined;
}

function scalarMeaning(row: Instruction, [a, b]: Scalar[]): Meaning {
  const { group, method } = row;
  if (/^(reinterpret_|wrap_|extend_i32|promote|convert)/.test(method)) return conversion(row, a!);
  return group.startsWith("f")
    ? round(group, float(method, Number(a), Number(b ?? 0)))
    : integer(method, bitsOf(group), BigInt(a!), BigInt(b ?? 0n));
}

const write = (f: FunctionBuilder, { group, method }: Instruction, args: readonly unknown[]): void => {
  (f[group as "i32"] as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!(...args);
};

const outcome = (run: () => unknown): unknown => {
  try {
    return run();
  } catch {
    return "trap";
  }
};

const plain = (value: unknown): unknown =>
  typeof value === "boolean" ? (value ? 1 : 0) : typeof value === "bigint" ? Number(value) : value;

const scalars = instructions.filter(
  ({ group, operands, immediates, prefix }) =>
    /^[if]\d+$/.test(group) && immediates.length === 0 && operands.length > 0 && prefix !== 0xfe,
);

const jsValue = (type: ValueType, x: Scalar): Scalar => (type === "i32" ? Number(x) : x);

test("every scalar instruction computes what it means", () => {
  const differing: string[] = [];
  let compared = 0;
  for (const row of scalars) {
    const module = new ModuleBuilder();
    const { operands, result, name } = row;
    if (row.method.startsWith("reinterpret_i")) continue;
    module.function({ name: "f", params: operands, results: [result!], export: true }, (f, ...args) =>
      write(f, row, args),
    );
    const { f } = instantiate(module.finish());
    for (const a of samples(operands[0]!))
      for (const b of operands.length > 1 ? samples(operands[1]!) : [0n]) {
        const expected = scalarMeaning(row, operands.length > 1 ? [a, b] : [a]);
        if (expected === undefined) throw new Error(`${name} has no meaning here`);
        const args = [a, b].slice(0, operands.length).map((x, i) => jsValue(operands[i]!, x));
        const got = outcome(() => f(...args));
        const same =
          typeof got === "bigint"
            ? got === BigInt.asIntN(64, BigInt(expected as bigint))
            : Object.is(got, plain(expected));
        if (!same) differing.push(`${name}(${args}) = ${got}, not ${expected}`);
        compared++;
      }
  }
  expect(differing).toEqual([]);
  expect(scalars.length).toBeGreaterThan(40);
  expect(compared).toBeGreaterThan(5_000);
});

const READ: Record<string, (view: DataView, at: number) => Scalar> = {
  i8: (view, at) => BigInt(view.getInt8(at)),
  i16: (view, at) => BigInt(view.getInt16(at, true)),
  i32: (view, at) => BigInt(view.getInt32(at, true)),
  i64: (view, at) => view.getBigInt64(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f64: (view, at) => view.getFloat64(at, true),
};
const WRITE: Record<string, (view: DataView, at: number, x: Scalar) => void> = {
  i8: (view, at, x) => view.setInt8(at, Number(x)),
  i16: (view, at, x) => view.setInt16(at, Number(x), true),
  i32: (view, at, x) => view.setInt32(at, Number(x), true),
  i64: (view, at, x) => view.setBigInt64(at, BigInt(x), true),
  f32: (view, at, x) => view.setFloat32(at, Number(x), true),
  f64: (view, at, x) => view.setFloat64(at, Number(x), true),
};

/** Lane by lane; undefined for instructions that move lanes around. */
function laneMeaning({ group, method }: Instruction, a: Scalar, b: Scalar): Meaning {
  const lane = group.split("x")[0]!;
  const bits = bitsOf(lane);
  const value = lane.startsWith("f")
    ? round(lane, float(method, Number(a), Number(b)))
    : integer(method, bits, BigInt(a), BigInt(b));
  if (typeof value === "boolean") return lane.startsWith("f") ? (value ? "trap" : 0) : value ? -1n : 0n;
  return value;
}

const lanewise = instructions.filter((row) => {
  const { group, operands, immediates, result, method } = row;
  if (!/^[if]\d+x\d+$/.test(group) || immediates.length > 0 || result !== "v128") return false;
  if (operands[0] !== "v128" || method.startsWith("relaxed")) return false;
  return laneMeaning(row, group.startsWith("f") ? 1 : 1n, group.startsWith("f") ? 1 : 1n) !== undefined;
});

test("every lanewise vector instruction computes what it means", () => {
  const differing: string[] = [];
  for (const row of lanewise) {
    const [lane = "", count = ""] = row.group.split("x");
    const size = 16 / Number(count);
    const shift = row.operands[1] === "i32";
    const comparison = lane.startsWith("f") && /^(eq|ne|lt|gt|le|ge)$/.test(row.method);
    const module = new ModuleBuilder();
    module.memory({ min: 1, export: "memory" });
    module.function({ name: "f", params: ["i32"], results: [], export: true }, (f, amount) => {
      f.i32.const(0);
      const operands = row.operands.map((type, i) => (type === "i32" ? amount : f.v128.load(16 * (i + 1))));
      write(f, row, operands);
      f.v128.store();
    });
    const { f, memory } = instantiate(module.finish());
    const view = new DataView(memory.buffer);
    const values = samples(lane);
    for (let i = 0; i < values.length; i += Number(count))
      for (let turn = 0; turn < values.length; turn++) {
        const at = (k: number): Scalar => values[k % values.length]!;
        for (let k = 0; k < Number(count); k++) {
          WRITE[lane]!(view, 16 + k * size, at(i + k));
          WRITE[lane]!(view, 32 + k * size, at(i + k + turn));
        }
        f(turn);
        for (let k = 0; k < Number(count); k++) {
          const expected = laneMeaning(row, at(i + k), shift ? BigInt(turn) : at(i + k + turn));
          const got = comparison
            ? READ[lane.replace("f", "i")]!(view, k * size)
            : READ[lane]!(view, k * size);
          const wanted = comparison ? (expected === "trap" ? -1n : 0n) : expected;
          if (!Object.is(got, wanted))
            differing.push(`${row.name} ${at(i + k)}, ${at(i + k + turn)}: ${got}, not ${wanted}`);
        }
      }
  }
  expect(differing.slice(0, 20)).toEqual([]);
  expect(lanewise.length).toBeGreaterThan(50);
});
