/** jax-js on WebAssembly, jit. It has no loop, so every step of time is written out. */

import { readFileSync } from "node:fs";
import { defaultDevice, grad, init, jit, jvp, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import type { Data } from "../data.ts";
import type { Task } from "../messages.ts";
import { type Network, training, vocabulary } from "../workloads.ts";
import { columnWeights, tokensOf } from "./column-weights.ts";
import { type Prepared, serve, timed, Unavailable } from "./serve.ts";

type Array = np.Array;
type Weights = Record<string, Array>;
type State = { h: Array; c?: Array };

const toWeights = (data: Data, network: Network, prefix = ""): Weights =>
  Object.fromEntries(
    Object.entries(columnWeights(data, network, prefix)).map(([name, { shape, data: values }]) => [
      name,
      np.array(values as Float32Array<ArrayBuffer>).reshape([...shape]),
    ]),
  );

/** A gate's columns; takes `x` over with its last use. */
const columns = (x: Array, gate: number, hidden: number): Array =>
  x.slice([], [gate * hidden, (gate + 1) * hidden]);

/** Like every function here, it owns its arguments: each use but the last is a `.ref`. */
function lstm(x: Array, { h, c }: State, w: Weights, hidden: number): State {
  const gates = x.add(np.matmul(h, w.W_h!.ref));
  const i = nn.sigmoid(columns(gates.ref, 0, hidden));
  const f = nn.sigmoid(columns(gates.ref, 1, hidden));
  const g = np.tanh(columns(gates.ref, 2, hidden));
  const o = nn.sigmoid(columns(gates, 3, hidden));
  const next = f.mul(c!).add(i.mul(g));
  return { h: o.mul(np.tanh(next.ref)), c: next };
}

function rnn(x: Array, { h }: State, w: Weights): State {
  return { h: np.tanh(x.add(np.matmul(h, w.W_h!.ref))) };
}

function gru(x: Array, { h }: State, w: Weights, hidden: number): State {
  const recurrent = np.matmul(h.ref, w.W_h!.ref);
  const both = (gate: number): Array =>
    columns(x.ref, gate, hidden).add(columns(recurrent.ref, gate, hidden));
  const r = nn.sigmoid(both(0));
  const z = nn.sigmoid(both(1));
  const n = np.tanh(columns(x, 2, hidden).add(r.mul(columns(recurrent, 2, hidden).add(w.b_n!.ref))));
  // (1 - z) n + z h
  return { h: n.ref.add(z.mul(h.sub(n))) };
}

const cells = { lstm, rnn, gru };

/** Mean cross-entropy; the input product of all steps is one product. */
function lossOf({ cell, hidden, batch, time }: Network) {
  return (w: Weights, ids: Array, labels: Array): Array => {
    const tokens = np.matmul(nn.oneHot(ids, vocabulary), w.E!);
    const x = np.matmul(tokens, w.W_x!).add(w.b!).reshape([time, batch, -1]);
    const zeros = (): Array => np.zeros([batch, hidden]);
    let state: State = cell === "lstm" ? { h: zeros(), c: zeros() } : { h: zeros() };
    const outputs: Array[] = [];
    for (let t = 0; t < time; t++) {
      state = cells[cell](x.ref.slice(t), state, w, hidden);
      outputs.push(state.h.ref);
    }
    x.dispose();
    state.h.dispose();
    state.c?.dispose();
    w.W_h!.dispose();
    w.b_n?.dispose();
    const logits = np.matmul(np.stack(outputs).reshape([time * batch, hidden]), w.W_y!).add(w.b_y!);
    const chosen = nn.logSoftmax(logits).mul(nn.oneHot(labels, vocabulary));
    return np.sum(chosen).mul(-1 / (time * batch));
  };
}

const map = (record: Weights, change: (value: Array, name: string) => Array): Weights =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** √Σ x² over all tensors. */
const globalNorm = (record: Weights): Array =>
  np.sqrt(
    Object.values(record)
      .map((value) => np.sum(np.square(value)))
      .reduce((a, b) => a.add(b)),
  );

/** Clipping and Adam; `scales` are η / (1 - β₁ᵗ) and 1 / (1 - β₂ᵗ). */
function makeStep(network: Network) {
  const differentiate = valueAndGrad(lossOf(network));
  const { beta1, beta2, epsilon, clip } = training;
  return jit((w: Weights, m: Weights, v: Weights, ids: Array, labels: Array, scales: Array) => {
    const [loss, raw] = differentiate(
      map(w, (p) => p.ref),
      ids,
      labels,
    ) as unknown as [Array, Weights];
    const factor = np.minimum(np.array(clip).div(globalNorm(map(raw, (g) => g.ref))), 1);
    const g = map(raw, (value) => value.mul(factor.ref));
    factor.dispose();
    const mean = map(m, (old, name) => old.mul(beta1).add(g[name]!.ref.mul(1 - beta1)));
    const variance = map(v, (old, name) => old.mul(beta2).add(np.square(g[name]!).mul(1 - beta2)));
    const [first, second] = [scales.ref.slice(0), scales.slice(1)];
    const next = map(w, (p, name) => {
      const root = np.sqrt(variance[name]!.ref.mul(second.ref)).add(epsilon);
      return p.sub(mean[name]!.ref.mul(first.ref).div(root));
    });
    first.dispose();
    second.dispose();
    return { loss, next, mean, variance };
  });
}

function prepareTraining(network: Network, data: Data): Prepared["step"] {
  const step = makeStep(network);
  let w = toWeights(data, network);
  let m = map(w, (p) => np.zeros(p.shape));
  let v = map(w, (p) => np.zeros(p.shape));
  const { learningRate, beta1, beta2 } = training;
  return (index) => {
    const t = index + 1;
    const scales = np.array([learningRate / (1 - beta1 ** t), 1 / (1 - beta2 ** t)]);
    const feed = (name: "ids" | "labels"): Array =>
      np.array(tokensOf(data, name, index) as Int32Array<ArrayBuffer>);
    const result = step(w, m, v, feed("ids"), feed("labels"), scales);
    ({ next: w, mean: m, variance: v } = result);
    return result.loss.item() as number;
  };
}

/** Forward over reverse. */
function prepareProduct(network: Network, data: Data): Prepared["step"] {
  const loss = lossOf(network);
  const run = jit((w: Weights, vector: Weights, ids: Array, labels: Array) => {
    const gradient = grad((at: Weights) => loss(at, ids.ref, labels.ref));
    const [primal, product] = jvp(gradient, [w], [vector]) as unknown as [Weights, Weights];
    for (const value of [...Object.values(primal), ids, labels]) value.dispose();
    return globalNorm(product);
  });
  const w = toWeights(data, network);
  const vector = toWeights(data, network, "vector.");
  return (index) => {
    const feed = (name: "ids" | "labels"): Array =>
      np.array(tokensOf(data, name, index) as Int32Array<ArrayBuffer>);
    const refs = (record: Weights): Weights => map(record, (p) => p.ref);
    return run(refs(w), refs(vector), feed("ids"), feed("labels")).item() as number;
  };
}

async function prepare(task: Task, data: Data, threads: number): Promise<Prepared> {
  if (threads !== 1) throw new Unavailable("jax-js has no threads in Node");
  if (["product", "peak", "large", "linear", "stencil"].includes(task.kind) || !("network" in task))
    throw new Unavailable("not asked of jax-js");
  await init("wasm");
  defaultDevice("wasm");
  const make = task.kind === "train" ? prepareTraining : prepareProduct;
  const [step, build] = timed(() => make(task.network, data));
  const manifest = new URL("../package.json", import.meta.resolve("@jax-js/jax"));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return { phases: { build }, about: { version: `@jax-js/jax ${version}` }, step };
}

await serve(prepare);
