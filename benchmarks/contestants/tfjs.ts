/** TensorFlow.js, eager, on the backend that the first argument names: wasm or cpu. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Data } from "../data.ts";
import type { Task } from "../messages.ts";
import { type Network, training, vocabulary } from "../workloads.ts";
import { columnWeights, tokensOf } from "./column-weights.ts";
import { type Prepared, serve, timed, Unavailable } from "./serve.ts";

const backend = process.argv[2] ?? "wasm";

type Weights = Record<string, tf.Variable>;
type State = { h: tf.Tensor2D; c?: tf.Tensor2D };

const { add, matMul, mul, sigmoid, sub, tanh } = tf;

const gatesOf = (x: tf.Tensor2D, count: number): tf.Tensor2D[] => tf.split(x, count, 1);

const cells = {
  lstm(x: tf.Tensor2D, { h, c }: State, w: Weights): State {
    const [i, f, g, o] = gatesOf(add(x, matMul(h, w.W_h as tf.Tensor2D)), 4);
    const next = add<tf.Tensor2D>(mul(sigmoid(f!), c!), mul(sigmoid(i!), tanh(g!)));
    return { h: mul(sigmoid(o!), tanh(next)), c: next };
  },
  rnn(x: tf.Tensor2D, { h }: State, w: Weights): State {
    return { h: tanh<tf.Tensor2D>(add(x, matMul(h, w.W_h as tf.Tensor2D))) };
  },
  gru(x: tf.Tensor2D, { h }: State, w: Weights): State {
    const [xr, xz, xn] = gatesOf(x, 3);
    const [hr, hz, hn] = gatesOf(matMul(h, w.W_h as tf.Tensor2D), 3);
    const z = sigmoid(add(xz!, hz!));
    const n = tanh<tf.Tensor2D>(add(xn!, mul(sigmoid(add(xr!, hr!)), add(hn!, w.b_n!))));
    return { h: add(n, mul(z, sub(h, n))) };
  },
};

/** Mean cross-entropy; the input product of all steps is one product. wasm has no gradient of gather, so one-hot. */
function lossOf(
  { cell, hidden, batch, time }: Network,
  w: Weights,
  ids: Int32Array,
  labels: Int32Array,
): tf.Scalar {
  const oneHot = (tokens: Int32Array): tf.Tensor2D =>
    tf.cast(tf.oneHot(tf.tensor1d(tokens, "int32"), vocabulary) as tf.Tensor2D, "float32");
  const embedded = matMul(oneHot(ids), w.E as tf.Tensor2D);
  const x = add<tf.Tensor2D>(matMul(embedded, w.W_x as tf.Tensor2D), w.b!);
  const zeros = (): tf.Tensor2D => tf.zeros([batch, hidden]);
  let state: State = cell === "lstm" ? { h: zeros(), c: zeros() } : { h: zeros() };
  const outputs = tf.split<tf.Tensor2D>(x, time, 0).map((slice) => {
    state = cells[cell](slice, state, w);
    return state.h;
  });
  const logits = add<tf.Tensor2D>(matMul(tf.concat(outputs, 0), w.W_y as tf.Tensor2D), w.b_y!);
  return mul(tf.sum(mul(oneHot(labels), tf.logSoftmax(logits))), -1 / (time * batch));
}

function prepareTraining(network: Network, data: Data): Prepared["step"] {
  const w: Weights = Object.fromEntries(
    Object.entries(columnWeights(data, network)).map(([name, { shape, data: values }]) => [
      name,
      tf.variable(tf.tensor(values, [...shape]), true, name),
    ]),
  );
  const { learningRate, beta1, beta2, epsilon, clip } = training;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  return (index) =>
    tf.tidy(() => {
      const [ids, labels] = [tokensOf(data, "ids", index), tokensOf(data, "labels", index)];
      const { value, grads } = tf.variableGrads(() => lossOf(network, w, ids, labels), Object.values(w));
      const squares = Object.values(grads).map((g) => tf.sum(tf.square(g)));
      const factor = tf.minimum(tf.div(clip, tf.sqrt(tf.addN(squares))), 1);
      optimizer.applyGradients(
        Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, mul(g, factor)])),
      );
      return value.dataSync()[0]!;
    });
}

async function prepare(task: Task, data: Data, threads: number): Promise<Prepared> {
  if (threads !== 1) throw new Unavailable("TensorFlow.js has no threads in Node");
  if (task.kind !== "train") throw new Unavailable("not asked of TensorFlow.js");
  if (backend === "wasm")
    setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  await tf.ready();
  const [step, build] = timed(() => prepareTraining(task.network, data));
  return { phases: { build }, about: { version: `@tensorflow/tfjs-core ${tf.version_core}` }, step };
}

await serve(prepare);
