import { expect, test } from "vitest";
import {
  add,
  ancestors,
  descendants,
  evaluate,
  grad,
  input,
  logSoftmax,
  matmul,
  mul,
  named,
  parameter,
  scan,
  softmax,
  sourceLine,
  square,
  substitute,
  sum,
  Tensor,
  tanh,
  unroll,
  unrollNode,
  withScope,
} from "../src/index.ts";

test("a chain of 100,000 nodes builds, differentiates and evaluates", () => {
  const x = parameter("x", 0.5, "f64");
  let y: Tensor = x;
  let expected = 0.5;
  for (let i = 0; i < 50_000; i++) {
    y = tanh(mul(y, y));
    expected = Math.tanh(expected * expected);
  }
  expect(evaluate(y).item()).toBe(expected);
  let linear: Tensor = x;
  for (let i = 0; i < 100_000; i++) linear = add(linear, x);
  const { value, slope } = evaluate({ value: linear, slope: grad(linear, x) });
  expect(value.item()).toBe(50_000.5);
  expect(slope.item()).toBe(100_001);
});

test("a shared subgraph is computed and differentiated once, however many paths lead to it", () => {
  const x = parameter("x", 1 + 2 ** -40, "f64");
  let y: Tensor = x;
  for (let i = 0; i < 40; i++) y = mul(y, y);
  expect(ancestors([y]).length).toBe(41);
  const gradient = grad(y, x);
  expect(ancestors([gradient]).length).toBeLessThan(300);
  // d x^(2^40) / dx = 2^40 x^(2^40 - 1), and (1 + 2^-40)^(2^40) is nearly e.
  expect(evaluate(gradient).item() / 2 ** 40).toBeCloseTo(Math.E, 6);
});

test("tensors say their op, operands, shape, dtype and name", () => {
  const x = input("x", [2, 3]);
  const y = named(tanh(x), "state");
  expect(y.name).toBe("state");
  expect(y.inputs[0]!.op.name).toBe("tanh");
  expect(y.inputs[0]!.inputs[0]).toBe(x);
  expect([y.shape, y.dtype]).toEqual([[2, 3], "f32"]);
});

test("ancestors and descendants", () => {
  const [x, w, b] = [input("x", [2, 3]), input("w", [3, 2]), input("b", [2])];
  const product = matmul(x, w);
  const y = add(product, b);
  const nodes = ancestors([y]);
  expect(nodes.filter(({ name }) => name).map(({ name }) => name)).toEqual(["x", "w", "b"]);
  const below = descendants(nodes, [b]);
  expect(below.has(y.node)).toBe(true);
  expect(below.has(product.node)).toBe(false);
});

test("substitution shares what does not change and infers types where they change", () => {
  const [x, other] = [input("x", [2]), input("other", [2])];
  const kept = square(x);
  const y = sum(mul(kept, named(other, "o")));
  const [replaced] = substitute([y], new Map([[other, input("z", [2])]]));
  expect(ancestors([replaced!]).includes(kept.node)).toBe(true);
  expect(evaluate(replaced!, { x: [1, 2], z: [3, 4] }).item()).toBe(19);
  const [wider] = substitute([square(x)], new Map([[x, input("long", [5])]]));
  expect(wider!.shape).toEqual([5]);
});

test("a node knows the line that made it, inside loops too", () => {
  const x = tanh(input("x", [2]));
  expect(sourceLine(x.node)).toMatch(/graph\.test\.ts:\d+:\d+$/);
  const { ys } = scan((carry, t) => ({ carry: add(carry, t), y: tanh(carry) }), { init: 0, xs: [1, 2] });
  const { body } = ys.node.attributes as { body: { outputs: Tensor[] } };
  const lines = body.outputs.map(({ node }) => sourceLine(node));
  expect(lines.every((line) => /graph\.test\.ts:\d+:\d+$/.test(line ?? ""))).toBe(true);
  expect(new Set(lines).size).toBe(2);
});

test("gradient nodes stand where the forward node stands", () => {
  const x = parameter("x", [1, 2]);
  const y = withScope("layer", () => tanh(x));
  const gradient = grad(sum(square(y)), x);
  const of = ancestors([gradient]).filter(({ origin }) => origin.gradientOf === y.node);
  expect(of.length).toBeGreaterThan(0);
  expect(of.every(({ origin }) => origin.scope?.label === "layer")).toBe(true);
  expect(of.every((node) => sourceLine(node) === sourceLine(y.node))).toBe(true);
});

test("softmax and its logarithm are regions that pictures can fold", () => {
  const x = input("x", [3]);
  expect([softmax(x), logSoftmax(x)].map(({ node }) => node.origin.scope?.label)).toEqual([
    "softmax",
    "logSoftmax",
  ]);
});

test("unrolled steps lie in regions of their own", () => {
  const { carry } = unroll((h, x) => ({ carry: tanh(add(h, x)) }), { init: 0, xs: [1, 2, 3] });
  const steps = new Set(ancestors([carry]).map(({ origin }) => origin.scope?.step));
  expect([...steps].filter((step) => step !== undefined).sort()).toEqual([0, 1, 2]);
});

test("a loop node written out lies in regions too, with its own lines", () => {
  const { carry } = withScope("cell", () =>
    scan((h, x) => ({ carry: tanh(add(h, x)) }), { init: 0, xs: [1, 2] }),
  );
  const [written] = unrollNode(carry.node);
  const tanhs = ancestors([written!]).filter(({ op }) => op.name === "tanh");
  expect(tanhs.map(({ origin: { scope } }) => [scope?.label, scope?.parent?.step])).toEqual([
    ["cell", 0],
    ["cell", 1],
  ]);
  expect(tanhs.map(sourceLine)).toEqual([sourceLine(tanhs[0]!), sourceLine(tanhs[0]!)]);
  expect(evaluate(written!).item()).toBe(evaluate(carry).item());
});

test("a parameter is one node however often it is used", () => {
  const w = parameter("w", [[1]]);
  const steps = (length: number) =>
    scan((h) => ({ carry: tanh(matmul(h, w)) }), { init: [[0.5]], length }).carry;
  for (const length of [3, 300]) {
    const nodes = ancestors([steps(length)]);
    expect(nodes.filter(({ op }) => op.name === "parameter").length).toBe(1);
    expect(nodes.length).toBe(3);
  }
  expect(new Set([w, w.node.result()]).size).toBe(1);
  expect(w).toBeInstanceOf(Tensor);
});
