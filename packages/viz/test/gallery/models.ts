/** The networks of the figures of graphs: what people draw by hand in papers and books, as their graphs. */
import {
  concat,
  input,
  math,
  mean,
  mul,
  named,
  parameter,
  relu,
  reshape,
  scan,
  square,
  type Tensor,
  tanh,
} from "@org/core";
import * as nn from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";

/** A graph, and the full names of its parameters. */
export interface Model {
  readonly tensors: Tensor | Tensor[];
  readonly parameters?: Readonly<Record<string, Tensor>>;
}

const ids = (name: string, time: number): Tensor => input(name, [time, 4], "i32");

/** Karpathy's character model with an LSTM: embedding, LSTM, head, cross-entropy. */
export function characterLstm(steps = 25): Model {
  const model = {
    embedding: new nn.Embedding({ count: 8, size: 6, seed: 1 }),
    lstm: new nn.LSTM({ inputSize: 6, hiddenSize: 10, seed: 2 }),
    head: new nn.Linear({ inputSize: 10, outputSize: 8, seed: 3 }),
  };
  const { outputs } = model.lstm.apply(model.embedding.apply(ids("ids", steps)));
  const loss = nn.crossEntropy(model.head.apply(outputs), ids("labels", steps));
  return { tensors: loss, parameters: nn.parameters(model) };
}

/** Two layers, each in two directions. */
export function bidirectionalGru(steps = 5): Model {
  const model = {
    embedding: new nn.Embedding({ count: 8, size: 6, seed: 1 }),
    gru: new nn.GRU({
      inputSize: 6,
      hiddenSize: 10,
      layers: 2,
      bidirectional: true,
      update: "keep",
      reset: "before",
      seed: 2,
    }),
    head: new nn.Linear({ inputSize: 20, outputSize: 8, seed: 3 }),
  };
  const { outputs } = model.gru.apply(model.embedding.apply(ids("ids", steps)));
  const loss = nn.crossEntropy(model.head.apply(outputs), ids("labels", steps));
  return { tensors: loss, parameters: nn.parameters(model) };
}

/** An encoder, a decoder that starts from its state, and attention of the decoder's states to the encoder's. */
export function translation(): Model {
  const model = {
    source: new nn.Embedding({ count: 8, size: 6, seed: 1 }),
    encoder: new nn.GRU({ inputSize: 6, hiddenSize: 10, update: "keep", reset: "before", seed: 2 }),
    target: new nn.Embedding({ count: 8, size: 6, seed: 3 }),
    decoder: new nn.GRU({ inputSize: 6, hiddenSize: 10, update: "keep", reset: "before", seed: 4 }),
    attention: new nn.AdditiveAttention({ querySize: 10, keySize: 10, hiddenSize: 8, seed: 5 }),
    head: new nn.Linear({ inputSize: 20, outputSize: 8, seed: 6 }),
  };
  const { outputs: keys, state } = model.encoder.apply(model.source.apply(ids("source", 3)));
  const { outputs } = model.decoder.apply(model.target.apply(ids("target", 4)), { initialState: state });
  const { context } = model.attention.apply(outputs, keys);
  const loss = nn.crossEntropy(model.head.apply(concat([outputs, context], { axis: -1 })), ids("labels", 4));
  return { tensors: loss, parameters: nn.parameters(model) };
}

/** Frames of a video: convolution and pooling of each, a GRU over them. */
export function videoGru(steps = 4): Model {
  const model = {
    conv: new nn.Conv2d({ inputChannels: 1, outputChannels: 4, kernel: 3, padding: 1, seed: 1 }),
    pool: new nn.MaxPool2d({ window: 2 }),
    norm: new nn.LayerNorm({ size: 64 }),
    gru: new nn.GRU({ inputSize: 64, hiddenSize: 10, update: "keep", reset: "before", seed: 2 }),
    head: new nn.Linear({ inputSize: 10, outputSize: 3, seed: 3 }),
  };
  const frames = input("frames", [steps * 2, 1, 8, 8]);
  const pooled = model.pool.apply(relu(model.conv.apply(frames)));
  const features = model.norm.apply(reshape(pooled, [steps, 2, 64]));
  const { state } = model.gru.apply(features);
  const loss = nn.crossEntropy(model.head.apply(state[0]!.h), input("labels", [2], "i32"));
  return { tensors: loss, parameters: nn.parameters(model) };
}

/** The whole step: loss, gradients, clipping, Adam. */
export function trainingStep(): Model {
  const model = {
    embedding: new nn.Embedding({ count: 8, size: 6, seed: 1 }),
    lstm: new nn.LSTM({ inputSize: 6, hiddenSize: 10, seed: 2 }),
    head: new nn.Linear({ inputSize: 10, outputSize: 8, seed: 3 }),
  };
  const { outputs } = model.lstm.apply(model.embedding.apply(ids("ids", 4)));
  const loss = nn.crossEntropy(model.head.apply(outputs), ids("labels", 4));
  const parameters = nn.parameters(model);
  const updates = minimize(loss, parameters, chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 })));
  return { tensors: [loss, ...updates.map(([, next]) => next as Tensor)], parameters };
}

/** Sentences of words of letters: a loop in a loop. */
export function scanInScan(): Model {
  const [W, U, V] = [parameter("W", [[0.5]]), parameter("U", [[0.5]]), parameter("V", [[0.5]])];
  const letters = input("letters", [3, 4, 1, 1]);
  const { ys } = scan(
    (h, word) => {
      const { carry } = scan((s, x) => ({ carry: named(math`tanh(${x} @ ${W} + ${s} @ ${U})`, "s") }), {
        init: [[0]],
        xs: word,
      });
      const next = named(math`tanh(${carry} + ${h} @ ${V})`, "h");
      return { carry: next, y: next };
    },
    { init: [[0]], xs: letters },
  );
  return { tensors: mean(square(ys)) };
}

/** A cell that somebody wrote as equations. */
export function mathCell(steps = 4): Model {
  const weight = (name: string) =>
    parameter(name, [
      [0.5, 0.1],
      [0.2, 0.3],
    ]);
  const [W_xf, W_hf, W_xh, W_hh] = [weight("W_xf"), weight("W_hf"), weight("W_xh"), weight("W_hh")];
  const { ys } = scan(
    ({ h }, x) => {
      const f = named(math`σ(${x} @ ${W_xf} + ${h} @ ${W_hf})`, "f");
      const next = named(math`${f} ⊙ ${h} + (1 - ${f}) ⊙ tanh(${x} @ ${W_xh} + ${h} @ ${W_hh})`, "h");
      return { carry: { h: next }, y: next };
    },
    { init: { h: input("h0", [1, 2]) }, xs: input("x", [steps, 1, 2]) },
  );
  return { tensors: mean(square(ys)) };
}

/** Five thousand operations without a region among them. */
export function flatNodes(count = 5000): Model {
  const w = parameter("w", 0.5);
  let y: Tensor = input("x", []);
  for (let i = 0; i < count / 2; i++) y = tanh(mul(y, w));
  return { tensors: square(y) };
}
