/** The products that are left of recurrent cells, written as their equations have them. */
import { describe, expect, test } from "vitest";
import {
  add,
  ancestors,
  array,
  broadcastTo,
  constant,
  evaluate,
  grad,
  input,
  isLoop,
  matmul,
  mul,
  type Parameter,
  parameter,
  type RewriteName,
  scan,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
} from "../../src/index.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { expectClose } from "../properties/runs.ts";

const [V, E, H, B, T] = [20, 16, 16, 16, 9];
const values = (shape: readonly number[], shift = 0) =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + shift) / 4),
    { shape },
  );
const ids = input("ids", [T, B], "i32");
const feeds = {
  ids: array(
    Int32Array.from({ length: T * B }, (_, i) => (i * i) % V),
    { shape: [T, B] },
  ),
};
const table = parameter("E", values([V, E]));
const zeros = broadcastTo(constant(0, "f64"), [B, H]);

/** `x W_x + h W_h + b` by letters; each letter has its own weights. */
function gates(letters: string) {
  const parameters: Record<string, Parameter> = {};
  const weight = (name: string, shape: readonly number[]): Parameter => {
    parameters[name] ??= parameter(name, values(shape, Object.keys(parameters).length));
    return parameters[name];
  };
  for (const letter of letters) {
    weight(`W_x${letter}`, [E, H]);
    weight(`W_h${letter}`, [H, H]);
    weight(`b_${letter}`, [H]);
  }
  const ofInput = (letter: string, x: Tensor): Tensor =>
    add(matmul(x, parameters[`W_x${letter}`]!), parameters[`b_${letter}`]!);
  const ofState = (letter: string, h: Tensor): Tensor => matmul(h, parameters[`W_h${letter}`]!);
  const gate = (letter: string, x: Tensor, h: Tensor): Tensor => add(ofInput(letter, x), ofState(letter, h));
  return { parameters, ofInput, ofState, gate };
}

type Options = { readonly reverse?: boolean; readonly checkpoint?: "sqrt" };

const networks = {
  lstm(options: Options) {
    const { parameters, gate } = gates("ifoc");
    const step = ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
      const [i, f, o] = ["i", "f", "o"].map((letter) => sigmoid(gate(letter, x, h)));
      const next = add(mul(f!, c), mul(i!, tanh(gate("c", x, h))));
      const shown = mul(o!, tanh(next));
      return { carry: { h: shown, c: next }, y: shown };
    };
    const { ys } = scan(step, { init: { h: zeros, c: zeros }, xs: take(table, ids), ...options });
    return { ys, parameters };
  },
  gruBefore(options: Options) {
    const { parameters, gate } = gates("zrh");
    const step = (h: Tensor, x: Tensor) => {
      const [z, r] = ["z", "r"].map((letter) => sigmoid(gate(letter, x, h))) as [Tensor, Tensor];
      const next = add(mul(z, h), mul(sub(1, z), tanh(gate("h", x, mul(r, h)))));
      return { carry: next, y: next };
    };
    const { ys } = scan(step, { init: zeros, xs: take(table, ids), ...options });
    return { ys, parameters };
  },
  gruAfter(options: Options) {
    const { parameters, gate, ofInput, ofState } = gates("zrh");
    const step = (h: Tensor, x: Tensor) => {
      const [z, r] = ["z", "r"].map((letter) => sigmoid(gate(letter, x, h))) as [Tensor, Tensor];
      const next = add(mul(z, h), mul(sub(1, z), tanh(add(ofInput("h", x), mul(r, ofState("h", h))))));
      return { carry: next, y: next };
    };
    const { ys } = scan(step, { init: zeros, xs: take(table, ids), ...options });
    return { ys, parameters };
  },
  rnn(options: Options) {
    const { parameters, gate } = gates("h");
    const step = (h: Tensor, x: Tensor) => {
      const next = tanh(gate("h", x, h));
      return { carry: next, y: next };
    };
    const { ys } = scan(step, { init: zeros, xs: take(table, ids), ...options });
    return { ys, parameters };
  },
};

type Network = keyof typeof networks;
const kinds = Object.keys(networks) as Network[];

/** The loss and its gradients. */
function training(kind: Network, options: Options = {}): Tensor[] {
  const { ys, parameters } = networks[kind](options);
  const loss = sum(square(ys));
  return [loss, ...Object.values(grad(loss, { table, ...parameters }))];
}

/** Products outside of loops, then those of each body, its own bodies behind it. */
function products(tensors: readonly Tensor[]): unknown[] {
  const nodes = ancestors(tensors);
  const bodies = nodes.flatMap(({ op, attributes }) => op.bodies?.(attributes) ?? []);
  return [
    nodes.filter(({ op }) => op.name === "matmul").length,
    ...bodies.map(({ outputs }) => products(outputs)),
  ];
}

const named = (tensors: readonly Tensor[], op: string) =>
  ancestors(tensors).filter((node) => node.op.name === op);

describe("products that are left", () => {
  // Outside: E W_x, back to E and to W_x through one scatterAdd, and to W_h.
  test.each<[Network, unknown[], unknown[]]>([
    ["lstm", [0, [8], [16]], [4, [1], [1]]],
    // What the reset gate hides is a product of its own, also to W_h.
    ["gruBefore", [0, [6], [12]], [5, [2], [2]]],
    ["gruAfter", [0, [6], [12]], [4, [1], [1]]],
    ["rnn", [0, [2], [4]], [4, [1], [1]]],
  ])("%s", (kind, written, left) => {
    const tensors = training(kind);
    expect(products(tensors)).toEqual(written);
    const { roots } = rewriteAll(tensors);
    expect(products(roots)).toEqual(left);
    expect(named(roots, "take").length).toBe(1);
    expect(named(roots, "scatterAdd").length).toBe(1);
  });

  test("the weights of an LSTM are joined once, before both loops", () => {
    const { roots } = rewriteAll(training("lstm"));
    const [forward, backward] = named(roots, "scan");
    const [ofState, ofInput] = named(roots, "concat").sort(
      (a, b) => b.inputs[0]!.shape.length - a.inputs[0]!.shape.length,
    );
    expect(named(roots, "concat").length).toBe(2);
    const names = [ofState!, ofInput!].map(({ inputs }) => inputs.map(({ name }) => name));
    expect(names.sort()).toEqual([
      ["W_hi", "W_hf", "W_ho", "W_hc"],
      ["W_xi", "W_xf", "W_xo", "W_xc"],
    ]);
    const joined = named(roots, "concat")
      .find(({ inputs }) => inputs[0]!.name === "W_hi")!
      .result();
    expect(forward!.inputs).toContain(joined);
    expect(backward!.inputs.map(({ inputs: [under] }) => under)).toContain(joined);
    // The gradients of the gates are one history.
    expect(backward!.results.map(({ shape }) => shape)).toContainEqual([T, B, 4 * H]);
  });

  test("weights are joined before checkpoints and the loop around them", () => {
    const { roots } = rewriteAll(training("lstm", { checkpoint: "sqrt" }));
    expect(products(roots)).toEqual([0, [0, [1, [1]]], [0, [4, [1], [1]]]]);
    expect(named(roots, "concat").length).toBe(2);
  });
});

describe.each(kinds)("%s computes the same", (kind) => {
  const names = Object.keys(noRewrites) as RewriteName[];
  const expected = evaluate(training(kind), feeds);

  test.each<[string, Options]>([
    ["forward", {}],
    ["reversed", { reverse: true }],
    ["checkpointed", { checkpoint: "sqrt" }],
  ])("%s", (_, options) => {
    const tensors = training(kind, options);
    expectClose(evaluate(rewriteAll(tensors).roots, feeds), evaluate(tensors, feeds));
  });

  test.each(names)("without %s", (name) => {
    expectClose(evaluate(rewriteAll(training(kind), { [name]: false }).roots, feeds), expected);
  });

  test.each(names)("with %s alone", (name) => {
    const { roots } = rewriteAll(training(kind), { ...noRewrites, [name]: true });
    expectClose(evaluate(roots, feeds), expected);
  });
});

test("an input that changes with the state is joined with it", () => {
  const { parameters, gate } = gates("ifoc");
  const step = (h: Tensor) => {
    const x = square(h);
    const [i, f, o, c] = ["i", "f", "o", "c"].map((letter) => tanh(gate(letter, x, h)));
    return { carry: add(mul(i!, f!), mul(o!, c!)) };
  };
  const { carry } = scan(step, { init: broadcastTo(constant(0.5, "f64"), [B, H]), length: T });
  const tensors = [carry, ...Object.values(grad(sum(square(carry)), parameters))];
  const { roots } = rewriteAll(tensors);
  expectClose(evaluate(roots), evaluate(tensors));
  // Outside: to W_h and to W_x.
  expect(products(roots)).toEqual([2, [1], [1]]);
  expect(ancestors(roots).filter(isLoop).length).toBe(2);
});
