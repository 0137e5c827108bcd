/** The function and module builders: order of instructions, checks while building, constants, sections. */
import { expect, test } from "vitest";
import wabt from "wabt";
import { AssemblyError } from "../../src/targets/wasm/assembler/assembly-error.ts";
import { ByteWriter } from "../../src/targets/wasm/assembler/byte-writer.ts";
import type { FunctionBuilder } from "../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import type { ValueType } from "../../src/targets/wasm/assembler/value-type.ts";
import { type Exports, engine, instantiate } from "./webassembly.ts";

function single(results: readonly ValueType[], build: (f: FunctionBuilder) => void): Exports {
  const module = new ModuleBuilder();
  module.memory({ min: 1, export: "memory" });
  module.function({ name: "f", params: [], results, export: true }, (f) => build(f));
  return instantiate(module.finish());
}

const complaint = (build: (f: FunctionBuilder) => void): AssemblyError => {
  try {
    single([], build);
  } catch (error) {
    if (error instanceof AssemblyError) return error;
    throw error;
  }
  throw new Error("nothing was complained about");
};

test("integers in LEB128 keep their value at every edge", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])
    expect(single(["i32"], ({ i32 }) => i32.const(value)).f()).toBe(value);
  expect(single(["i32"], ({ i32 }) => i32.const(2 ** 32 - 1)).f()).toBe(-1);
  for (const value of [0n, -1n, 63n, 64n, -64n, -65n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n])
    expect(single(["i64"], ({ i64 }) => i64.const(value)).f()).toBe(value);
  const writer = new ByteWriter(1);
  writer.u32(624485);
  writer.i32(-123456);
  writer.u32(2 ** 32 - 1);
  expect([...writer.view()]).toEqual([0xe5, 0x8e, 0x26, 0xc0, 0xbb, 0x78, 0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test("float constants keep every bit", () => {
  const f64 = (build: (f: FunctionBuilder) => void) => BigInt.asUintN(64, single(["i64"], build).f());
  for (const bits of [1n << 63n, 1n, 0x7ff0000000000001n, 0xfff8000000abcdefn])
    expect(f64(({ f64, i64 }) => i64.reinterpret_f64(f64.reinterpret_i64(i64.const(bits))))).toBe(bits);
  const f32 = single(["i32"], ({ f32, i32 }) => {
    f32.store(0, -0);
    i32.load(0);
  });
  expect(f32.f() >>> 0).toBe(0x80000000);
  expect(f64(({ f64, i64 }) => i64.reinterpret_f64(f64.const(-0)))).toBe(1n << 63n);
});

test("vector constants come lane by lane, or one for all", () => {
  const { f, memory } = single([], ({ v128, i8x16, i32x4, i64x2, f32x4, f64x2 }) => {
    v128.store(0, i8x16.const(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -15));
    v128.store(16, i8x16.const(-1));
    v128.store(48, i32x4.const(1, 2, 3, -4));
    v128.store(64, i64x2.const(1n, -2));
    v128.store(80, f32x4.const(1, 2, -0, Number.NaN));
    v128.store(96, f64x2.const(0.1));
  });
  f();
  expect([...new Int8Array(memory.buffer, 0, 17)]).toEqual([...Array(15).keys(), -15, -1]);
  expect([...new Int32Array(memory.buffer, 48, 4)]).toEqual([1, 2, 3, -4]);
  expect([...new BigInt64Array(memory.buffer, 64, 2)]).toEqual([1n, -2n]);
  expect([...new Float32Array(memory.buffer, 80, 4)]).toEqual([1, 2, -0, Number.NaN]);
  expect([...new Float64Array(memory.buffer, 96, 2)]).toEqual([0.1, 0.1]);
});

test("operands are read in the order of the arguments", async () => {
  const module = new ModuleBuilder();
  module.function({ name: "f", params: ["i32", "i32"], results: ["i32"], export: true }, ({ i32 }, a, b) => {
    i32.sub(a, i32.mul(i32.add(a, 1), b)); // a comes after the product was written, and stands before it
    i32.sub(b); // the left operand is on the stack
  });
  const bytes = module.finish();
  expect(instantiate(bytes).f(10, 3)).toBe(10 - 11 * 3 - 3);
  const text = (await wabt()).readWasm(bytes, {}).toText({});
  const order = [...text.matchAll(/local\.get \d|i32\.\w+/g)].map(([word]) => word);
  expect(order.join(", ")).toMatchInlineSnapshot(
    `"local.get 0, local.get 0, i32.const, i32.add, local.get 1, i32.mul, i32.sub, local.get 1, i32.sub"`,
  );
});

test("loops, blocks, branches, calls and several results", () => {
  const module = new ModuleBuilder();
  const log = module.importFunction(["host", "log"], ["i32"], []);
  const count = module.global("i32", { value: 5, mutable: true, export: "count" });
  const pair = module.function({ name: "pair", params: ["i32"], results: ["i32", "i64"] }, (f, x) => {
    f.get(x);
    f.i64.extend_i32_s(x);
  });
  module.function({ name: "sum", params: ["i32"], results: ["i32"], export: true }, (f, n) => {
    const total = f.local("i32", "total");
    f.loop((again) => {
      f.set(total, f.i32.add(total, n));
      f.br_if(again, f.tee(n, f.i32.sub(n, 1)));
    });
    f.call(log, total);
    f.set(count, f.i32.add(count, 1));
    f.get(total);
  });
  module.function({ name: "choose", params: ["i32"], results: ["i64"], export: true }, (f, x) => {
    const [low] = f.call(pair, x);
    expect(low.type).toBe("i32");
    const wide = f.keep(f.i64.mul(10n));
    f.drop();
    f.block((last) => {
      f.block((second) => {
        f.block((first) => f.br_table([first, second], last, x));
        f.return(f.i64.const(-1n));
      });
      f.return(f.i64.const(-2n));
    });
    f.select(wide, f.local("i64"), f.i32.gt_s(x, 5));
  });
  module.function({ name: "sign", params: ["f64"], results: ["f64"], export: true }, (f, x) => {
    f.if(
      f.f64.gt(0, x),
      ["f64"],
      () => f.f64.const(-1),
      () => f.f64.const(1),
    );
  });
  const logged: number[] = [];
  const {
    sum,
    choose,
    sign,
    count: counted,
  } = instantiate(module.finish(), {
    host: { log: (x: number) => logged.push(x) },
  });
  expect([sum(4), sum(100), logged, counted.value]).toEqual([10, 5050, [10, 5050], 7]);
  expect([0, 1, 3, 7].map((x) => choose(x))).toEqual([-1n, -2n, 0n, 70n]);
  expect([sign(-3), sign(3)]).toEqual([-1, 1]);
});

test("a mistake is found at the caller's line, with what was expected and what is there", () => {
  const mistaken = complaint((f) => {
    f.i64.const(1);
    f.f32x4.add(f.f32x4.const(1), f.i32.const(2) as never);
  });
  expect(mistaken.message).toMatchInlineSnapshot(`
    "f32x4.add: operand 2 must be v128, but is i32
      function: "f"
      expected: [v128 v128]
      on the stack: [i64 v128 i32]"
  `);
  expect(mistaken.stack?.split("\n").find((line) => line.includes(" at "))).toContain("assembler.test.ts");
  const messages = [
    complaint((f) => f.i32.add(1)),
    complaint((f) => f.i32.const(1)),
    complaint((f) => f.block(["i32"], () => f.f64.const(1))),
    complaint((f) => f.i32.const(2 ** 32)),
    complaint((f) => f.v128.store(0, 1 as never)),
    complaint((f) => f.f32x4.extract_lane(4, f.f32x4.const(1))),
    complaint((f) => f.drop(f.f64.load(0, { align: 16 }))),
    complaint((f) => {
      const x = f.i32.const(1);
      f.i32.add(x, x);
    }),
    complaint((f) => {
      let inner: Parameters<typeof f.br>[0] | undefined;
      f.block((label) => {
        inner = label;
      });
      f.br(inner!);
    }),
  ].map(({ message }) => message.split("\n")[0]);
  expect(messages).toMatchInlineSnapshot(`
    [
      "i32.add: operand 1 of 2 is missing",
      "end of function: 1 too many on the stack beneath the results",
      "end of block: operand 1 must be i32, but is f64",
      "i32.const: 4294967296 is no 32-bit integer",
      "v128.store: 1 has no meaning as a vector here",
      "f32x4.extract_lane: lane 4 is not among 0 … 3",
      "f64.load: alignment 16 is not a power of two up to 8",
      "i32.add: operand 1 is not on the stack in its place: a value is used once, in the order made",
      "br: its label belongs to a block that is not open here",
    ]
  `);
});

test("nothing is asked of code after a branch", () => {
  const { f } = single(["i32"], (f) => {
    f.return(f.i32.const(3));
    f.i32.add();
  });
  expect(f()).toBe(3);
});

test("hoisted constants are set once, before everything else", async () => {
  const module = new ModuleBuilder();
  module.function({ name: "f", params: ["v128"], results: ["v128"], hoistConstants: true }, (f, x) => {
    f.loop(["v128"], () => f.f32x4.add(f.f32x4.mul(x, 2), f.f32x4.mul(2, 3)));
  });
  const text = (await wabt()).readWasm(module.finish(), { simd: true }).toText({});
  expect(text.match(/v128\.const/g)).toHaveLength(2);
  expect(text.indexOf("loop")).toBeGreaterThan(text.lastIndexOf("v128.const"));
});

test("memory, exports and names", async () => {
  const memory = new engine.Memory({ initial: 1, maximum: 2, shared: true });
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 2, shared: true, import: ["env", "memory"] });
  new Uint8Array(memory.buffer).set([1, 2, 3], 300);
  module.function({ name: "copy", params: ["i32"], results: [], export: true }, ({ i32 }, to) => {
    i32.store(to, i32.load(300));
  });
  const bytes = module.finish();
  instantiate(bytes, { env: { memory } }).copy(7);
  expect([...new Uint8Array(memory.buffer).subarray(7, 11)]).toEqual([1, 2, 3, 0]);
  expect(new TextDecoder("latin1").decode(bytes)).toContain("name");
  expect(() => module.memory({ min: 1 })).toThrow("there is one already");
  expect(() => module.function({ name: "copy", params: [], results: [], export: true }, () => {})).toThrow(
    'there is a "copy" already',
  );
});
