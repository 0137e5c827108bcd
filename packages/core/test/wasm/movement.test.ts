/** Instructions that move bits: loads, stores, lanes, shuffles, conversions of lanes, atomics. */
import { expect, test } from "vitest";
import type { FunctionBuilder } from "../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import { instructions } from "../../src/targets/wasm/assembler/opcodes/table.ts";
import { engine, instantiate } from "./webassembly.ts";

const SOURCE = [
  0x81, 0x92, 0xa3, 0xb4, 0x45, 0x56, 0x67, 0x78, 0x89, 0x9a, 0x0b, 0xbc, 0x4d, 0xde, 0xef, 0xf0,
];
const OTHER = SOURCE.map((byte) => byte ^ 0x5a);

/** Runs code on a memory with SOURCE at 16 and OTHER at 32; the result is what it leaves at 0 … 15. */
function bytesAfter(build: (f: FunctionBuilder) => void): Uint8Array {
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 3, export: "memory" });
  module.function({ name: "f", params: [], results: [], export: true }, (f) => build(f));
  const { f, memory } = instantiate(module.finish());
  new Uint8Array(memory.buffer).set([...SOURCE, ...OTHER], 16);
  f();
  return new Uint8Array(memory.buffer, 0, 16);
}

const integerAt = (bits: number, sign: string, at: number): bigint => {
  const wide = SOURCE.slice(at, at + bits / 8).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return sign === "s" ? BigInt.asIntN(bits, wide) : wide;
};

const lanes = (bits: number, values: bigint[]): Uint8Array => {
  const bytes = new Uint8Array(16);
  const size = bits / 8;
  values.forEach((value, lane) => {
    for (let i = 0; i < size; i++) bytes[lane * size + i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
  });
  return bytes;
};

test("loads and stores of integers, narrow ones with and without sign", () => {
  for (const { name, method, group } of instructions) {
    const [, atomic, bits, sign] = /^(atomic_)?load(\d*)(?:_([su]))?$/.exec(method) ?? [];
    if (!/^i(32|64)$/.test(group) || bits === undefined || atomic) continue;
    const whole = group === "i32" ? 32 : 64;
    const got = bytesAfter((f) => {
      const { load, store } = { load: f[group as "i32"][method as "load"], store: f[group as "i32"].store };
      store.call(f[group as "i32"], 0, load.call(f[group as "i32"], 10, { offset: 7, align: 1 }));
    });
    const expected = integerAt(bits === "" ? whole : Number(bits), sign ?? "u", 1);
    expect(got, name).toEqual(lanes(whole, [BigInt.asIntN(whole, expected)]));
  }
  const narrow = bytesAfter(({ i32 }) => {
    i32.store8(0, 0x1234);
    i32.store16(2, 0x12345);
  });
  expect([...narrow.subarray(0, 6)]).toEqual([0x34, 0, 0x45, 0x23, 0, 0]);
});

test("vector loads: splat, zero, lane", () => {
  for (const bits of [8, 16, 32, 64] as const) {
    const count = 128 / bits;
    const splat = bytesAfter(({ v128 }) => v128.store(0, v128[`load${bits}_splat`](16, { offset: 1 })));
    expect(splat).toEqual(lanes(bits, Array(count).fill(integerAt(bits, "u", 1))));
    const last = count - 1;
    if (bits !== 16) {
      const lane = bytesAfter(({ v128 }) => v128.store(0, v128[`load${bits}_lane`](last, 16, v128.load(32))));
      expect([...lane]).toEqual([...OTHER.slice(0, 16 - bits / 8), ...SOURCE.slice(0, bits / 8)]);
    }
    const stored = bytesAfter(({ v128 }) => v128[`store${bits}_lane`](last, 0, v128.load(16)));
    expect([...stored.subarray(0, bits / 8)]).toEqual(SOURCE.slice(16 - bits / 8));
    expect(stored[bits / 8]).toBe(0);
  }
  for (const bits of [32, 64] as const) {
    const zero = bytesAfter(({ v128 }) => v128.store(0, v128[`load${bits}_zero`](16)));
    expect([...zero]).toEqual([...SOURCE.slice(0, bits / 8), ...Array(16 - bits / 8).fill(0)]);
  }
});

test("shuffle, lanes and logic", () => {
  const order = [0, 31, 2, 29, 4, 27, 6, 25, 8, 23, 10, 21, 12, 19, 14, 17];
  const both = [...SOURCE, ...OTHER];
  const two = (f: FunctionBuilder) => [f.v128.load(16), f.v128.load(32)] as const;
  const pick = (build: (f: FunctionBuilder) => void) => [...bytesAfter(build)];
  expect(pick((f) => f.v128.store(0, f.i8x16.shuffle(order, ...two(f))))).toEqual(order.map((i) => both[i]));
  const logic: Record<"and" | "andnot" | "or" | "xor", (a: number, b: number) => number> = {
    and: (a, b) => a & b,
    andnot: (a, b) => a & ~b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
  };
  for (const name of ["and", "andnot", "or", "xor"] as const)
    expect(pick((f) => f.v128.store(0, f.v128[name](...two(f))))).toEqual(
      SOURCE.map((byte, i) => logic[name](byte, OTHER[i]!) & 255),
    );
  expect(pick((f) => f.v128.store(0, f.v128.not(f.v128.load(16))))).toEqual(
    SOURCE.map((byte) => ~byte & 255),
  );
  const mask = 0b11110000;
  expect(pick((f) => f.v128.store(0, f.v128.bitselect(...two(f), f.i8x16.const(mask))))).toEqual(
    SOURCE.map((byte, i) => (byte & mask) | (OTHER[i]! & ~mask & 255)),
  );
  expect(
    pick((f) =>
      f.v128.store(0, f.f32x4.replace_lane(1, f.v128.load(16), f.f32x4.extract_lane(2, f.v128.load(16)))),
    ),
  ).toEqual([...SOURCE.slice(0, 4), ...SOURCE.slice(8, 12), ...SOURCE.slice(8)]);
  expect(
    pick((f) =>
      f.v128.store(0, f.f64x2.replace_lane(0, f.v128.load(16), f.f64x2.extract_lane(1, f.v128.load(16)))),
    ),
  ).toEqual([...SOURCE.slice(8), ...SOURCE.slice(8)]);
  expect(pick((f) => f.i32.store(0, f.i32x4.extract_lane(2, f.v128.load(16)))).slice(0, 4)).toEqual(
    SOURCE.slice(8, 12),
  );
  expect(pick((f) => f.i32.store(0, f.v128.any_true(f.i32x4.const(0))))[0]).toBe(0);
  expect(pick((f) => f.i32.store(0, f.v128.any_true(f.i32x4.const(0, 0, 1, 0))))[0]).toBe(1);
});

test("lanes converted between widths and between integers and floats", () => {
  const floats = (build: (f: FunctionBuilder) => void) => [
    ...new Float32Array(bytesAfter(build).slice().buffer),
  ];
  const doubles = (build: (f: FunctionBuilder) => void) => [
    ...new Float64Array(bytesAfter(build).slice().buffer),
  ];
  const words = (build: (f: FunctionBuilder) => void) => [
    ...new Int32Array(bytesAfter(build).slice().buffer),
  ];
  expect(floats((f) => f.v128.store(0, f.f32x4.convert_i32x4_s(f.i32x4.const(1, -2, 3, -4))))).toEqual([
    1, -2, 3, -4,
  ]);
  expect(doubles((f) => f.v128.store(0, f.f64x2.convert_low_i32x4_s(f.i32x4.const(-7, 8, 9, 9))))).toEqual([
    -7, 8,
  ]);
  expect(doubles((f) => f.v128.store(0, f.f64x2.promote_low_f32x4(f.f32x4.const(1, 2.5, 9, 9))))).toEqual([
    1, 2.5,
  ]);
  expect(floats((f) => f.v128.store(0, f.f32x4.demote_f64x2_zero(f.f64x2.const(0.1, 3))))).toEqual([
    Math.fround(0.1),
    3,
    0,
    0,
  ]);
  const odd = [1.9, -1.9, 3e9, Number.NaN];
  expect(words((f) => f.v128.store(0, f.i32x4.trunc_sat_f32x4_s(f.f32x4.const(...odd))))).toEqual([
    1,
    -1,
    2 ** 31 - 1,
    0,
  ]);
  expect(words((f) => f.v128.store(0, f.i32x4.trunc_sat_f64x2_s_zero(f.f64x2.const(3e9, -2.5))))).toEqual([
    2 ** 31 - 1,
    -2,
    0,
    0,
  ]);
});

test("atomics", () => {
  const memory = new engine.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 1, shared: true, import: ["env", "memory"] });
  const operations = ["add", "sub"] as const;
  for (const operation of operations)
    module.function({ name: operation, params: ["i32"], results: ["i32"], export: true }, ({ i32 }, x) =>
      i32[`atomic_rmw_${operation}`](0, x),
    );
  module.function({ name: "wait", params: [], results: ["i32"], export: true }, (f) => {
    f.i32.atomic_store(8, f.i32.atomic_load(0));
    f.memory.atomic_wait32(0, -1, 0n);
  });
  module.function({ name: "wake", params: [], results: ["i32"], export: true }, (f) =>
    f.memory.atomic_notify(0, 1),
  );
  const exports = instantiate(module.finish(), { env: { memory } });
  const cell = new Int32Array(memory.buffer);
  const steps = operations.map((operation) => [exports[operation](12), cell[0]]);
  expect(steps).toEqual([
    [0, 12],
    [12, 0],
  ]);
  cell[0] = 5;
  expect([exports.wait(), exports.wake(), cell[2]]).toEqual([1, 0, 5]);
});
