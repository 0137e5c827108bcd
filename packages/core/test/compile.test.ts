import { expect, expectTypeOf, test } from "vitest";
import {
  add,
  array,
  compile,
  constant,
  createRuntime,
  evaluate,
  exp,
  grad,
  input,
  math,
  matmul,
  mean,
  mul,
  NDArray,
  parameter,
  randomBernoulli,
  randomKey,
  renewed,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "../src/index.ts";
import { packsPairs } from "../src/targets/wasm/arithmetic.ts";
import { fusesMultiplyAdd } from "../src/targets/wasm/runtime/probe.ts";

test("a regression learns: one call per step, updates see the old values", () => {
  const x = input("x", [4, 2]);
  const t = input("t", [4]);
  const w = parameter("w", [0, 0]);
  const b = parameter("b", 0);
  const loss = mean(square(sub(math`${x} @ ${w} + ${b}`, t)));
  const [gw, gb] = grad(loss, [w, b]);
  const step = compile({
    inputs: { x, t },
    outputs: { loss },
    updates: [
      [w, math`${w} - 0.1 * ${gw}`],
      [b, math`${b} - 0.1 * ${gb}`],
    ],
  });
  const feeds = {
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    t: [1, 3, 0, 2],
  };
  let last = 0;
  for (let i = 0; i < 2000; i++) last = step(feeds).loss.item();
  expect(last).toBeLessThan(1e-9);
  expect(w.value.data[0]).toBeCloseTo(-1, 4);
  expect(w.value.data[1]).toBeCloseTo(2, 4);
  expect(b.value.item()).toBeCloseTo(1, 4);
});

test("parameters are updated together, after all outputs", () => {
  const a = parameter("a", 1);
  const b = parameter("b", 2);
  const swap = compile({
    outputs: [a, b],
    updates: [
      [a, b],
      [b, a],
    ],
  });
  expect(swap().map((value) => value.item())).toEqual([1, 2]);
  expect([a.value.item(), b.value.item()]).toEqual([2, 1]);
  a.value.data[0] = 7;
  expect(b.value.item()).toBe(1);
});

test("a parameter's value is a copy, before the first compile and after it; assigning writes", () => {
  for (const target of ["wasm", "interpreter"] as const) {
    const w = parameter("w", [1, 2]);
    const source = new Float32Array([3, 4]);
    const unchanged = (expected: readonly number[]): void => {
      const seen = w.value;
      w.value.data[0] = 9;
      source[0] = 9;
      expect(w.value.toNested()).toEqual(expected);
      expect(evaluate(w).toNested()).toEqual(expected);
      expect(seen.toNested()).toEqual(expected);
    };
    unchanged([1, 2]);
    source[0] = 3;
    w.value = source;
    unchanged([3, 4]);
    using runtime = createRuntime({ target });
    const step = compile({ outputs: w, updates: [[w, mul(w, 2)]], runtime });
    unchanged([3, 4]);
    step();
    unchanged([6, 8]);
    w.value = [5, 6];
    unchanged([5, 6]);
    const before = w.value;
    step();
    expect(before.toNested()).toEqual([5, 6]);
    runtime.dispose();
    unchanged([10, 12]);
  }
});

test("executables see assigned values, and share parameters", () => {
  const w = parameter("w", [1, 2]);
  const read = compile({ outputs: mul(w, 10) });
  const double = compile({ updates: [[w, mul(w, 2)]] });
  expect(read().toNested()).toEqual([10, 20]);
  double();
  expect(read().toNested()).toEqual([20, 40]);
  w.value = [5, 6];
  expect(read().toNested()).toEqual([50, 60]);
});

test("outputs keep their structure and share memory with nothing", () => {
  const x = input("x", [2]);
  const w = parameter("w", [1, 2]);
  const run = compile({ inputs: { x }, outputs: { same: x, nested: [{ w }, sum(x)] } });
  const feed = array([3, 4]);
  const { same, nested } = run({ x: feed });
  same.data[0] = 99;
  nested[0].w.data[0] = 99;
  expect(feed.toNested()).toEqual([3, 4]);
  expect(w.value.toNested()).toEqual([1, 2]);
  expect(nested[1].item()).toBe(7);
});

test("typed inputs and outputs", () => {
  const x = input("x", [2]);
  const run = compile({ inputs: { left: x }, outputs: { total: sum(x), parts: [x] } });
  expectTypeOf(run).parameter(0).toHaveProperty("left");
  expectTypeOf(run({ left: [1, 2] }).total).toEqualTypeOf<NDArray>();
  expectTypeOf(run({ left: [1, 2] }).parts[0]).toEqualTypeOf<NDArray>();
  // @ts-expect-error an input that does not exist
  expect(() => run({ right: [1, 2] })).toThrow();
  expect(run({ left: new Float32Array([1, 2]) }).total).toBeInstanceOf(NDArray);
});

test("compiled and evaluated agree", () => {
  const x = input("x", [3], "f64");
  const y = mul(add(x, 1), constant([1, 2, 3], "f64"));
  const feeds = { x: [0.1, 0.2, 0.3] };
  const run = compile({ inputs: { x }, outputs: { y, g: grad(sum(square(y)), x) } });
  const expected = evaluate({ y, g: grad(sum(square(y)), x) }, feeds);
  expect(run(feeds).y.toNested()).toEqual(expected.y.toNested());
  expect(run(feeds).g.toNested()).toEqual(expected.g.toNested());
});

test("the report says what was compiled", () => {
  const w = parameter("w", array(new Float64Array(10)));
  using runtime = createRuntime(); // made now: what the engine can do may change within a process
  const run = compile({ outputs: sum(w), runtime });
  const { rewrites, ...report } = run.report();
  expect(report).toEqual({
    target: "wasm",
    threads: 1,
    nodes: 2,
    kernels: 1,
    flops: 0,
    fma: fusesMultiplyAdd(),
    wide: packsPairs(),
    parameterBytes: 80,
    arenaBytes: expect.any(Number),
    codeBytes: expect.any(Number),
  });
  expect(Object.keys(rewrites)).toEqual([
    "simplify",
    "hoistProducts",
    "sinkProducts",
    "commuteEmbedding",
    "mergeTerms",
    "mergeRows",
    "mergeProducts",
    "mergeHistories",
    "fuseMaps",
    "recomputeResults",
    "delayMaps",
    "fuseReductions",
    "splitMaps",
    "fuseLookups",
    "followCounts",
    "packFactors",
  ]);
});

test("what has to be new in every step is refused where nothing changes it, and taken where something does", () => {
  const w = parameter("w", [1, 1]);
  const key = input("key", [2], "i32");
  const loss = (from: Tensor) =>
    sum(where(renewed(randomBernoulli(from, 0.5, [2]), { op: "half", hint: "feed a key" }), w, 0));
  const updates = (from: Tensor) => [[w, sub(w, grad(loss(from), w))]] as const;
  expect(() => compile({ updates: updates(randomKey(1)) })).toThrow("half would draw the same in every step");
  expect(() => compile({ inputs: { key }, updates: updates(key) })).not.toThrow();
  expect(() => compile({ outputs: loss(randomKey(1)) })).not.toThrow();
});

test("fma: false is the same arithmetic everywhere, auto is fused where the processor rounds once, and the report says which", () => {
  const x = input("x", [64], "f32");
  const y = { tanh: tanh(x), exp: exp(x), product: matmul(reshape(x, [8, 8]), reshape(x, [8, 8])) };
  const feeds = { x: Float32Array.from({ length: 64 }, (_, i) => ((37 * i) % 101) / 17 - 3) };
  const runs = ["auto", false].map((fma) =>
    compile({ inputs: { x }, outputs: y, runtime: createRuntime({ fma: fma as "auto" | false }) }),
  );
  const [auto, plain] = runs.map((run) => run(feeds));
  expect(runs.map((run) => run.report().fma)).toEqual([fusesMultiplyAdd(), false]);
  // What every engine computes, as a hash of its bits: additions in another order or with fewer roundings change it.
  expect(hashOf(plain!)).toBe(2503201544);
  expect(hashOf(auto!) === hashOf(plain!)).toBe(!fusesMultiplyAdd());
  expect(() => createRuntime({ fma: true as never })).toThrow(
    'createRuntime: fma is "auto" or false, received true',
  );
});

/** Of the bits of all arrays: FNV-1a. */
function hashOf(values: Readonly<Record<string, NDArray>>): number {
  let hash = 0x811c9dc5;
  for (const { data } of Object.values(values))
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
