/** A training step of a recurrent layer has one product per time step and direction, where its equations allow. */
import { ancestors, grad, input, type Tensor } from "@org/core";
import * as nn from "@org/nn";
import { expect, test } from "vitest";
import { rewriteAll } from "../../core/src/rewrite/pipeline.ts";

const [V, E, H, B, T] = [12, 16, 16, 16, 7];
const size = { inputSize: E, hiddenSize: H, seed: 2 } as const;
const ids = input("ids", [T, B], "i32");
const labels = input("labels", [T, B], "i32");

/** Loss and gradients of a model of an embedding, a recurrent layer and a linear one. */
function training<Layer extends { apply(x: Tensor): { readonly outputs: Tensor } }>(layer: Layer): Tensor[] {
  const embedding = new nn.Embedding({ count: V, size: E, seed: 1 });
  const outputs = layer.apply(embedding.apply(ids)).outputs;
  const head = new nn.Linear({ inputSize: outputs.shape[2]!, outputSize: V, seed: 3 });
  const loss = nn.crossEntropy(head.apply(outputs), labels);
  const gradients = grad(loss, nn.parameters({ embedding, layer, head } as never));
  return [loss, ...Object.values<Tensor>(gradients)];
}

/** Products outside of loops, then those of each loop. */
function products(tensors: readonly Tensor[]): number[] {
  const nodes = ancestors(tensors);
  const bodies = nodes.flatMap(({ op, attributes }) => op.bodies?.(attributes) ?? []);
  return [tensors, ...bodies.map(({ outputs }) => outputs)].map(
    (outputs) => ancestors(outputs).filter(({ op }) => op.name === "matmul").length,
  );
}

// Outside: three of the linear layer; E W_x, back to E, to W_x and to W_h.
test.each([
  ["RNN", new nn.RNN(size), [7, 1, 1]],
  ["LSTM", new nn.LSTM(size), [7, 1, 1]],
  ["GRU, reset after", new nn.GRU({ ...size, update: "keep", reset: "after" }), [7, 1, 1]],
  // What the reset gate hides is a product of its own, also to W_h.
  ["GRU, reset before", new nn.GRU({ ...size, update: "keep", reset: "before" }), [8, 2, 2]],
  // The second layer: H₁ W_x, back to H₁, to W_x and to W_h.
  ["two layers", new nn.LSTM({ ...size, layers: 2 }), [11, 1, 1, 1, 1]],
  // Both directions share E W_x and the way back to W_x; back to E and to W_h there is one for each.
  ["two directions", new nn.LSTM({ ...size, bidirectional: true }), [9, 1, 1, 1, 1]],
] as const)("%s", (_, layer, expected) => {
  expect(products(rewriteAll(training(layer)).roots)).toEqual(expected);
});
