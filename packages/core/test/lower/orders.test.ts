/** Maps that read in another order of axes what other maps write. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  add,
  compile,
  evaluate,
  exp,
  grad,
  input,
  mul,
  type NDArray,
  neg,
  reshape,
  square,
  sum,
  type Tensor,
  transpose,
} from "../../src/index.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";
import { noise } from "./noise.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

/** Runs outputs compiled, with maps made one and apart: not a bit differs. How many kernels there are. */
function kernels(
  outputs: Tensor[],
  inputs: Record<string, Tensor>,
  feeds: Record<string, NDArray>,
): readonly [together: number, apart: number] {
  const [together, apart] = [true, false].map((on) => {
    const step = compile({ inputs, outputs, runtime, rewrites: { fuseMaps: on, delayMaps: on } });
    const values = step(feeds).map(({ data }) => [...data]);
    const { kernels } = step.report();
    step.dispose();
    return { values, kernels };
  });
  expect(together!.values).toEqual(apart!.values);
  evaluate(outputs, feeds).forEach(({ data }, i) => {
    data.forEach((value, at) => {
      expect(Math.abs(together!.values[i]![at]! - Number(value))).toBeLessThan(
        1e-12 * (1 + Math.abs(Number(value))),
      );
    });
  });
  return [together!.kernels, apart!.kernels];
}

describe("one map", () => {
  const x = input("x", [5, 4, 3], "f64");
  const feeds = { x: noise([5, 4, 3]) };
  const count = (output: Tensor): number => kernels([output], { x }, feeds)[0];

  test("computes a value and stores it turned, or turned and in another shape", () => {
    expect(count(transpose(neg(x), [1, 2, 0]))).toBe(1);
    expect(count(reshape(transpose(neg(x), [1, 2, 0]), [12, 5]))).toBe(1);
    expect(count(reshape(transpose(mul(neg(x), x), [2, 0, 1]), [3, 20]))).toBe(1);
  });

  test("computes a value both ways round", () => {
    const square5 = input("x", [5, 5], "f64");
    const y = neg(square5);
    const [together] = kernels([y, transpose(y)], { x: square5 }, { x: noise([5, 5]) });
    expect(together).toBe(1);
  });

  test("not what meets itself turned, and not functions, which are dearer turned than copied", () => {
    const square5 = input("x", [5, 5], "f64");
    const y = neg(square5);
    const [together] = kernels([add(y, transpose(y))], { x: square5 }, { x: noise([5, 5]) });
    expect(together).toBe(2);
    expect(count(transpose(exp(x), [1, 2, 0]))).toBe(2);
  });
});

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 });
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom("turn", "turn", "group", "add", "mul", "neg", "exp"),
    of: fc.nat(20),
    with: fc.nat(20),
    order: fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }),
  }),
  { minLength: 3, maxLength: 12 },
);

/** Axes in an order that numbers give. */
const ordered = (rank: number, keys: readonly number[]): number[] =>
  [...Array(rank).keys()].sort((a, b) => keys[a]! - keys[b]!);

/** Two neighbouring axes as one, or the first axis on its own again. */
const grouped = (x: Tensor, at: number): Tensor => {
  const { shape } = x;
  if (shape.length < 3) return reshape(x, [...shape, 1]);
  const axis = at % (shape.length - 1);
  return reshape(x, [...shape.slice(0, axis), shape[axis]! * shape[axis + 1]!, ...shape.slice(axis + 2)]);
};

test("random chains of turned and regrouped tensors, and their gradients, keep every bit", () => {
  let fewer = 0;
  fc.assert(
    fc.property(sizes, steps, fc.nat(2), (shape, list, last) => {
      const x = input("x", shape, "f64");
      const y = input("y", shape, "f64");
      const made: Tensor[] = [x, y];
      for (const { kind, of, with: other, order } of list) {
        const t = made[of % made.length]!;
        const alike = made.filter((each) => `${each.shape}` === `${t.shape}`);
        const u = alike[other % alike.length]!;
        if (kind === "turn") made.push(transpose(t, ordered(t.shape.length, order)));
        else if (kind === "group") made.push(grouped(t, other));
        else if (kind === "add") made.push(add(t, u));
        else if (kind === "mul") made.push(mul(t, u));
        else made.push(kind === "neg" ? neg(t) : exp(mul(0.1, t)));
      }
      const results = made.slice(-1 - last);
      const loss = results.map((each) => sum(square(each))).reduce((a, b) => add(a, b));
      const gradients: Tensor[] = grad(loss, [x, y]);
      const outputs = [...results, ...gradients];
      const [together, apart] = kernels(outputs, { x, y }, { x: noise(shape), y: noise(shape, 7) });
      fewer += apart - together;
    }),
  );
  expect(fewer).toBeGreaterThan(0);
});
