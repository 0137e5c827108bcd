/** The networks of the workloads, by public names only. */
import { input, NDArray, type Parameter, type Tensor } from "@org/core";
import * as nn from "@org/nn";
import type { Data, Values } from "../data.ts";
import { embedding, type Network, vocabulary } from "../workloads.ts";

const recurrentLayer = ({ cell, hidden, layers = 1 }: Network): nn.LSTM | nn.RNN | nn.GRU => {
  const options = { inputSize: embedding, hiddenSize: hidden, layers, seed: 1 };
  if (cell === "lstm") return new nn.LSTM(options);
  return cell === "rnn" ? new nn.RNN(options) : new nn.GRU({ ...options, update: "keep", reset: "after" });
};

export interface Model {
  readonly embedding: nn.Embedding;
  readonly rnn: nn.LSTM | nn.RNN | nn.GRU;
  readonly head: nn.Linear;
}

/** A model with weights, or a direction in their space, from the data. */
export function makeModel(network: Network, data: Data, prefix = ""): Model {
  const model = {
    embedding: new nn.Embedding({ count: vocabulary, size: embedding, seed: 1 }),
    rnn: recurrentLayer(network),
    head: new nn.Linear({ inputSize: network.hidden, outputSize: vocabulary, seed: 1 }),
  };
  const names = Object.keys(data).filter((name) => /^(embedding|rnn|head)\./.test(name));
  const valueOf = ({ shape, data: numbers }: Values): NDArray => new NDArray("f32", shape, numbers);
  nn.fromPyTorch(model, Object.fromEntries(names.map((name) => [name, valueOf(data[prefix + name]!)])));
  return model;
}

/** The loss of a workload, and what it is of. */
export interface Loss {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: { readonly ids: Tensor; readonly labels: Tensor };
  readonly loss: Tensor;
}

export function buildLoss(network: Network, data: Data): Loss {
  const model = makeModel(network, data);
  const shape = [network.time, network.batch];
  const inputs = { ids: input("ids", shape, "i32"), labels: input("labels", shape, "i32") };
  const { outputs } = model.rnn.apply(model.embedding.apply(inputs.ids));
  const loss = nn.crossEntropy(model.head.apply(outputs), inputs.labels);
  return { parameters: nn.parameters(model), inputs, loss };
}
