/** What executables and parameters hold of a runtime's memory, and when they let go of it. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  add,
  compile,
  createRuntime,
  grad,
  input,
  matmul,
  mean,
  mul,
  NDArray,
  type Parameter,
  parameter,
  square,
  sub,
  tanh,
} from "@org/core";
import { expect, test } from "vitest";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { threading } from "../../src/targets/wasm/runtime/threading.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const zeros = (dtype: "f32" | "f64", ...shape: number[]): NDArray => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NDArray(dtype, shape, dtype === "f32" ? new Float32Array(size) : new Float64Array(size));
};

/** Lets the collector find what nobody holds, and tells those who wait for it. */
async function forget(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 50 && !done(); tries++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function training(runtime: WasmRuntime) {
  const x = input("x", [4, 8]);
  const w = parameter(
    "w",
    new NDArray(
      "f32",
      [8, 8],
      Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
    ),
  );
  const loss = mean(square(sub(tanh(matmul(x, w)), 0.5)));
  const step = compile({
    inputs: { x },
    outputs: { loss },
    updates: [[w, sub(w, mul(0.1, grad(loss, w)))]],
    runtime,
  });
  return { step, w };
}

test("20,000 steps leave the memory where it was", () => {
  const runtime = new WasmRuntime();
  const { step } = training(runtime);
  const x = zeros("f32", 4, 8);
  x.data.fill(0.3);
  const run = (steps: number): void => {
    for (let i = 0; i < steps; i++) step({ x });
  };
  run(500);
  collect();
  const before = { heap: process.memoryUsage().heapUsed, used: runtime.heap.used, bytes: runtime.heap.bytes };
  run(20_000);
  collect();
  expect(runtime.heap.used).toBe(before.used);
  expect(runtime.heap.bytes).toBe(before.bytes);
  expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(1_000_000);
});

test("disposing of an executable frees what only it had, and its calls throw", () => {
  const runtime = new WasmRuntime();
  const big = new NDArray(
    "f32",
    [1000],
    Float32Array.from({ length: 1000 }, (_, i) => i),
  );
  const p = parameter("p", 1);
  const first = compile({ outputs: mul(p, 2), runtime });
  first();
  const before = runtime.heap.used;
  {
    using run = compile({ outputs: add(big, p), runtime });
    expect(runtime.heap.used).toBeGreaterThanOrEqual(before + 4000);
    expect(run().data[7]).toBe(8);
    run.dispose();
    expect(() => run()).toThrow("the executable was disposed");
  }
  expect(runtime.heap.used - before).toBeLessThan(8192);
  expect(first().item()).toBe(2);
});

test("forgotten executables and parameters give their memory back", async () => {
  const runtime = new WasmRuntime();
  const kept = parameter("kept", zeros("f64", 64));
  const hold = compile({ outputs: add(kept, 1), runtime });
  hold();
  const before = runtime.heap.used;
  (() => {
    for (let i = 0; i < 5; i++) {
      const p = parameter("p", zeros("f64", 500));
      compile({ outputs: mul(p, zeros("f64", 500)), updates: [[p, add(p, 1)]], runtime });
    }
  })();
  expect(runtime.heap.used).toBeGreaterThan(before + 5 * 4000);
  const arena = 16_384;
  await forget(() => runtime.heap.used <= before + arena);
  expect(runtime.heap.used).toBeLessThanOrEqual(before + arena);
  expect(hold().data[63]).toBe(1);
});

test("the memory grows under executables, whose parameters and views stay right", () => {
  for (const threads of [1, 2]) {
    using runtime = new WasmRuntime({ threading: threading(threads) });
    const { step, w } = training(runtime);
    const x = zeros("f32", 4, 8);
    step({ x });
    const value = w.value;
    const bytes = runtime.heap.bytes;
    const large = compile({ outputs: add(parameter("large", zeros("f32", 500_000)), 1), runtime });
    expect(large().data[499_999]).toBe(1);
    expect(runtime.heap.bytes).toBeGreaterThan(bytes);
    expect(w.value.data).toEqual(value.data);
    expect(step({ x }).loss.item()).toBeGreaterThan(0);
  }
});

test("a parameter moves between runtimes, and can be read and assigned at any time", () => {
  const [one, two] = [new WasmRuntime(), createRuntime()];
  const p = parameter("p", [1, 2]);
  const count = (runtime: WasmRuntime | ReturnType<typeof createRuntime>) =>
    compile({ outputs: { p }, updates: [[p, add(p, 1)]], runtime });
  const [inOne, inTwo] = [count(one), count(two)];
  inOne();
  inTwo();
  inOne();
  const read = p.value;
  expect(read.toNested()).toEqual([4, 5]);
  p.value = [10, 20];
  expect(inTwo().p.toNested()).toEqual([10, 20]);
  expect(read.toNested()).toEqual([4, 5]);
  two.dispose();
  expect(p.value.toNested()).toEqual([11, 21]);
  expect(() => inTwo()).toThrow("the runtime was disposed");
  expect(() => count(two)).toThrow("the runtime was disposed");
  inOne();
  one.dispose();
  one.dispose();
  expect(p.value.toNested()).toEqual([12, 22]);
});

test("a plan that does not fit names the largest tensors, and leaves no blocks behind", () => {
  const runtime = new WasmRuntime({ maximum: 32 });
  const make = (size: number): (() => unknown) => {
    const x = input("x", [size]);
    const run = compile({ inputs: { x }, outputs: { far: tanh(x), near: mul(x, 2) }, runtime });
    return () => run({ x: new Float32Array(size) });
  };
  make(1000)();
  const before = runtime.heap.used;
  let message = "";
  try {
    make(1_000_000);
  } catch (error) {
    message = `${(error as Error).name}\n${(error as Error).message}`;
  }
  expect(message).toMatchInlineSnapshot(`
    "GraphError
    compile: the values of a call take 12000000 bytes; the memory has 1048576 and can have 2097152. The largest are
      x: 1000000 × f32
      tanh: 1000000 × f32
      mul: 1000000 × f32
      hint: checkpoint a loop, or take smaller batches"
  `);
  expect(runtime.heap.used).toBeLessThanOrEqual(before);
  make(1000)();
});

test("a parameter that does not fit", () => {
  const runtime = new WasmRuntime({ maximum: 32 });
  const p: Parameter = parameter("embedding", zeros("f32", 1000, 1000));
  expect(() => compile({ outputs: add(p, 1), runtime })).toThrow(/no memory for parameter "embedding"/);
  expect(p.value.shape).toEqual([1000, 1000]);
});
