/** Layers, cells and losses are regions of the graph: pictures draw them as boxes, messages name them. */
import { ancestors, input, sourceLine, type Tensor } from "@org/core";
import { crossEntropy, Embedding, GRUCell, Linear, LSTM, RNNCell, recurrent } from "@org/nn";
import { expect, test } from "vitest";

const sizes = { inputSize: 2, hiddenSize: 3, seed: 1 };

/** The regions of a tensor's own node, from the outermost. */
function regionsOf({ node }: Tensor): string[] {
  const labels: string[] = [];
  for (let at = node.origin.scope; at; at = at.parent) labels.unshift(at.label);
  return labels;
}

test("layers and losses", () => {
  const x = new Embedding({ count: 5, size: 2, seed: 1 }).apply(input("ids", [4, 3], "i32"));
  expect(regionsOf(x)).toEqual(["Embedding"]);
  const { outputs } = new LSTM({ ...sizes, layers: 2 }).apply(x);
  expect(regionsOf(outputs)).toEqual(["LSTM", "LSTM 2"]);
  const y = new Linear({ inputSize: 3, outputSize: 5, seed: 1 }).apply(outputs);
  expect(regionsOf(y)).toEqual(["Linear"]);
  const loss = crossEntropy(y, input("labels", [4, 3], "i32"));
  expect(regionsOf(loss)).toEqual(["crossEntropy"]);
  const layers = ancestors([loss]).filter(({ op }) => op.name === "scan");
  expect(new Set(layers.map(({ origin }) => origin.scope)).size).toBe(2);
});

test("cells that run by themselves; one that has no class has no name", () => {
  const xs = input("x", [4, 1, 2]);
  expect(regionsOf(recurrent(new RNNCell(sizes), xs).outputs)).toEqual(["RNNCell"]);
  const gru = new GRUCell({ ...sizes, update: "keep", reset: "before" });
  const { outputs } = recurrent(gru, xs, { unroll: true });
  expect(regionsOf(outputs)).toEqual(["GRUCell"]);
  const own = {
    ...gru,
    initialState: gru.initialState.bind(gru),
    step: gru.step.bind(gru),
    output: gru.output.bind(gru),
  };
  expect(regionsOf(recurrent(own, xs).outputs)).toEqual([]);
});

test("what lies deepest in a layer has the line of the user who called it", () => {
  const rnn = new LSTM({ ...sizes, layers: 2, bidirectional: true });
  const { outputs } = rnn.apply(input("x", [4, 3, 2]), { lengths: input("lengths", [3], "i32") });
  const bodies = ancestors([outputs]).flatMap(({ attributes }) => {
    const loop = attributes as { readonly body?: { readonly outputs: readonly Tensor[] } } | undefined;
    return loop?.body ? ancestors(loop.body.outputs) : [];
  });
  expect(bodies.length).toBeGreaterThan(40);
  expect(bodies.filter((node) => !sourceLine(node)?.includes("regions.test.ts"))).toEqual([]);
});
