import { ancestors, evaluate, isLoop, Tensor } from "@org/core";
import { arbitraryArray, arbitraryGraph, arbitraryShape, RandomGraph } from "@org/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

test("shapes keep their limits, and are scalar or empty now and then", () => {
  const shapes = fc.sample(arbitraryShape({ maxRank: 3, maxSize: 20 }), 500);
  expect(Math.max(...shapes.map(sizeOf))).toBeLessThanOrEqual(20);
  expect(Math.max(...shapes.map(({ length }) => length))).toBe(3);
  expect(shapes.some(({ length }) => length === 0)).toBe(true);
  expect(shapes.some((shape) => shape.includes(0))).toBe(true);
  const full = fc.sample(arbitraryShape({ minRank: 2, minLength: 2 }), 200);
  expect(full.every((shape) => shape.length >= 2 && !shape.includes(0))).toBe(true);
});

test("arrays keep shape, dtype and range", () => {
  fc.assert(
    fc.property(fc.constantFrom("f32" as const, "f64" as const, "i32" as const), (dtype) => {
      const [array] = fc.sample(arbitraryArray({ shape: [2, 3], dtype, min: -0.3, max: 7.7 }), 1);
      expect(array).toMatchObject({ dtype, shape: [2, 3] });
      for (const value of array!.data) expect(value >= Math.fround(-0.3) && value <= 7.7).toBe(true);
    }),
  );
});

test("floats lie as densely here as there, and shrink to 0", () => {
  for (const dtype of ["f32", "f64"] as const) {
    const arrays = fc.sample(arbitraryArray({ shape: [50], dtype, min: -2, max: 6 }), {
      numRuns: 100,
      seed: 1,
    });
    const values = arrays.flatMap(({ data }) => [...data]);
    for (const from of [-2, -1, 1, 2, 3, 4, 5]) {
      const share = values.filter((value) => value >= from && value < from + 1).length / values.length;
      expect(share).toBeGreaterThan(0.02); // of even bit patterns, 0.0005 from 5 to 6
    }
    expect(values.some((value) => value !== 0 && Math.abs(value) < 1e-20)).toBe(true);
    const positive = fc.sample(arbitraryArray({ shape: [50], dtype, min: 0.5, max: 1 }), 20);
    expect(positive.every(({ data }) => data.every((value) => value >= 0.5 && value <= 1))).toBe(true);
    const { counterexample } = fc.check(
      fc.property(arbitraryArray({ shape: [3], dtype }), ({ data }) => data.every((value) => value < 1)),
      { seed: 1 },
    );
    expect([...counterexample![0].data].filter((value) => value !== 0)).toHaveLength(1);
  }
});

test("special values come when asked for", () => {
  const arrays = fc.sample(arbitraryArray({ shape: [20], dtype: "f32", special: true }), 50);
  const values = new Set(arrays.flatMap(({ data }) => [...data]));
  for (const value of [Number.NaN, Infinity, -Infinity]) expect(values.has(value)).toBe(true);
});

test("graphs have finite values and hold every kind of instruction", () => {
  const graphs = fc.sample(arbitraryGraph(), { numRuns: 400, seed: 1 });
  const seen = new Set<string>();
  for (const { loss, feeds, program } of graphs) {
    expect(Number.isFinite(evaluate(loss, feeds).item())).toBe(true);
    for (const name of JSON.stringify(program).matchAll(/"op":"(\w+)"/g)) seen.add(name[1]!);
  }
  expect(seen.size).toBeGreaterThan(60);
  const loops = graphs.flatMap(({ loss }) => ancestors([loss]).filter(isLoop));
  expect(seen).not.toContain("cond");
  const lengths = new Set(loops.map(({ attributes }) => (attributes as { length: number }).length));
  expect([...lengths].sort()).toEqual([0, 1, 2, 3, 4]);
});

test("with choices there are branches and loops that end early, of finite values", () => {
  const graphs = fc.sample(arbitraryGraph({ smooth: true, choices: true }), { numRuns: 60, seed: 1 });
  const seen = new Set<string>();
  for (const { loss, feeds, program } of graphs) {
    expect(Number.isFinite(evaluate(loss, feeds).item())).toBe(true);
    for (const [kind] of JSON.stringify(program).matchAll(/"cond"|"whileLoop"|"until":true/g)) seen.add(kind);
  }
  expect([...seen].sort()).toEqual(['"cond"', '"until":true', '"whileLoop"']);
});

test("the same program makes the same graph", () => {
  fc.assert(
    fc.property(arbitraryGraph(), (graph) => {
      const again = new RandomGraph(graph.program);
      expect(again.toString()).toBe(graph.toString());
      expect(evaluate(again.loss, again.feeds).item()).toBe(evaluate(graph.loss, graph.feeds).item());
    }),
    { numRuns: 30 },
  );
});

test("graphs shrink to a few lines", () => {
  const usesExp = (graph: RandomGraph): boolean => / = exp\(/.test(graph.toString());
  const { counterexample } = fc.check(
    fc.property(arbitraryGraph(), (graph) => !usesExp(graph)),
    { seed: 5, numRuns: 500 },
  );
  const [smallest] = counterexample!;
  expect(smallest.loss).toBeInstanceOf(Tensor);
  expect(smallest.toString().split("\n").length).toBeLessThanOrEqual(6);
});
