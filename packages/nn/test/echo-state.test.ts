/** CHECKLIST A22: a fixed random reservoir, of which only the read-out is trained. */
import { compile, constant, evaluate, grad, input, mul, sub, sum, type Tensor, take } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { EchoStateCell, Linear, mse, parameters, recurrent, spectrum } from "@org/nn";
import { expect, test } from "vitest";
import { expectClose, values } from "./values.ts";

const options = { inputSize: 2, hiddenSize: 30, seed: 1, dtype: "f64" } as const;

test("the reservoir: its spectral radius, its connections, its bounds", () => {
  const cell = new EchoStateCell({ ...options, spectralRadius: 0.7, connections: 4, inputScale: 0.5 });
  const { W_xh, W_hh, b_h } = evaluate(cell.reservoir);
  expect(spectrum(W_hh).spectralRadius).toBeCloseTo(0.7, 12);
  const columns = Array.from({ length: 30 }, (_, j) =>
    Array.from(W_hh.data).filter((w, i) => i % 30 === j && w !== 0),
  );
  expect(columns.every((column) => column.length === 4)).toBe(true);
  for (const { data } of [W_xh, b_h]) {
    expect(Math.max(...Array.from(data, Math.abs))).toBeLessThanOrEqual(0.5);
    expect(Math.max(...Array.from(data, Math.abs))).toBeGreaterThan(0.4);
  }
  expect(cell.reservoir.W_hh.name).toBe("W_hh");
});

test("the same seed, the same reservoir; another seed, another", () => {
  const of = (seed: number) => evaluate(new EchoStateCell({ ...options, seed }).reservoir);
  expect(of(1)).toEqual(of(1));
  expect(of(1).W_hh).not.toEqual(of(2).W_hh);
});

test("a leaky step by hand", () => {
  const cell = new EchoStateCell({ ...options, leak: 0.3 });
  const { W_xh, W_hh, b_h } = evaluate(cell.reservoir);
  const [x, h] = [values(1, 1, 2), values(2, 1, 30)];
  const expected = Array.from({ length: 30 }, (_, j) => {
    let heard = b_h.data[j]!;
    for (let i = 0; i < 2; i++) heard += x.data[i]! * W_xh.data[i * 30 + j]!;
    for (let i = 0; i < 30; i++) heard += h.data[i]! * W_hh.data[i * 30 + j]!;
    return 0.7 * h.data[j]! + 0.3 * Math.tanh(heard);
  });
  expectClose(cell.step(constant(x), { h: constant(h) }).h, [expected], 1e-14);
});

test("echo states: first states are forgotten, what was heard is not yet", () => {
  const cell = new EchoStateCell({ ...options, spectralRadius: 0.8 });
  const xs = constant(values(3, 200, 1, 2));
  const apart = (from: number): number => {
    const [a, b] = [4, 5].map((seed) =>
      recurrent(cell, xs, { initialState: { h: constant(values(seed, 1, 30)) } }),
    );
    return Math.max(...Array.from(evaluate(take(sub(a!.outputs, b!.outputs), from)).data, Math.abs));
  };
  expect(apart(0)).toBeGreaterThan(0.1);
  expect(apart(199)).toBeLessThan(1e-8);
});

test("nothing of it is trained: only the read-out is among the parameters and changes", () => {
  const cell = new EchoStateCell(options);
  const readOut = new Linear({ inputSize: 30, outputSize: 1, seed: 2, dtype: "f64" });
  const model = { cell, readOut };
  expect(Object.keys(parameters(model))).toEqual(["readOut.W", "readOut.b"]);

  // Asked for: the first input of two steps ago.
  const numbers = values(6, 80, 1, 2).toNested() as number[][][];
  const targets = numbers.map((_, t) => [[t < 2 ? 0 : numbers[t - 2]![0]![0]!]]);
  const { outputs } = recurrent(cell, constant(numbers, "f64"));
  const loss = mse(readOut.apply(outputs), constant(targets, "f64"));
  const trained = Object.values(parameters(model));
  const gradients = grad(loss, trained) as readonly Tensor[];
  const step = compile({
    outputs: loss,
    updates: trained.map((p, i) => [p, sub(p, mul(0.02, gradients[i]!))] as const),
  });
  const before = evaluate(cell.reservoir);
  const first = step().item();
  for (let i = 0; i < 300; i++) step();
  expect(step().item()).toBeLessThan(0.5 * first);
  expect(evaluate(cell.reservoir)).toEqual(before);
});

test("gradients pass through it to inputs and first states", () => {
  const cell = new EchoStateCell({ ...options, hiddenSize: 4, leak: 0.5 });
  const x = constant(values(7, 3, 1, 2));
  const h = constant(values(8, 1, 4));
  const { outputs } = recurrent(cell, x, { initialState: { h } });
  checkGradients(sum(outputs), { x, h }, { order: 2 }).assert();
});

test("a leak that is none", () => {
  expect(() => new EchoStateCell({ ...options, leak: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: EchoStateCell: leak is a number above 0, at most 1, received 0]`,
  );
  expect(
    new EchoStateCell(options).step(input("x", [5, 2], "f64"), new EchoStateCell(options).initialState(5)).h
      .shape,
  ).toEqual([5, 30]);
});
