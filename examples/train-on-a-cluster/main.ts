/**
 * Training begins here, goes on in JAX on four processes, and comes back: the same weights, the same losses.
 *
 * A character LSTM reads Moby-Dick: some steps in Node; then `toJax` prints the training step as a Python module, with
 * weights and the optimizer's state beside it, and four processes of JAX, which could be four machines, make hundreds more,
 * each on a quarter of every batch; then their weights are loaded here, training goes on, and the network writes. The loss
 * of JAX's first step is what this library computes for the same batch.
 * Needs Python with jax and safetensors (`pip install jax safetensors`; `UNROLL_PYTHON` names another interpreter). Without
 * them it says so, and makes those steps in Node.
 * Sources: Bradbury et al. 2018, JAX; Dean et al. 2012, "Large scale distributed deep networks" (data parallelism).
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, input, loadTensors, NDArray, type Parameter, saveTensors } from "@org/core";
import { toJax } from "@org/export";
import {
  assign,
  crossEntropy,
  Embedding,
  generate,
  Linear,
  LSTMCell,
  parameters,
  perplexity,
  recurrent,
  TextBatches,
  Vocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { unigrams } from "../shared/counts.ts";
import { readText } from "../shared/moby-dick.ts";
import { practise } from "../shared/practice.ts";
import { saveResults } from "../shared/result.ts";
import { findPython, launch } from "./jax-processes.ts";

const quick = process.argv.includes("--quick");
const [processes, hiddenSize, window, batch] = quick ? [2, 32, 16, 16] : [4, 128, 48, 32];
const [here, there, back] = quick ? [30, 30, 10] : [100, 400, 100];
const home = join("out", "train-on-a-cluster");

const text = readText()
  .replaceAll(/\s+/g, " ")
  .replaceAll(/[^ -~]/g, "~");
const vocabulary = Vocabulary.of(text);
const ids = vocabulary.encode(text);
const cut = Math.floor(ids.length * 0.95);
const [training, held] = [ids.subarray(0, cut), ids.subarray(cut, quick ? cut + 10_000 : ids.length)];

// 1. The model, and its graph for a batch of any size: of all rows here, of one process's rows there.
const [count, inputSize] = [vocabulary.size, 24];
const embedding = new Embedding({ count, size: inputSize, seed: 1 });
const cell = new LSTMCell({ inputSize, hiddenSize, seed: 2 });
const head = new Linear({ inputSize: hiddenSize, outputSize: count, seed: 3 });
const weights = parameters({ embedding, cell, head });

function graph(rows: number) {
  const [ids, labels] = ["ids", "labels"].map((name) => input(name, [window, rows], "i32")) as [
    ReturnType<typeof input>,
    ReturnType<typeof input>,
  ];
  const logits = head.apply(recurrent(cell, embedding.apply(ids)).outputs);
  return { inputs: { ids, labels }, loss: crossEntropy(logits, labels) };
}
const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 4e-3 }));
const whole = graph(batch);
const updates = minimize(whole.loss, weights, optimizer);
const step = compile({ inputs: whole.inputs, outputs: { loss: whole.loss }, updates });
const look = compile({ inputs: whole.inputs, outputs: { loss: whole.loss } });
const batches = new TextBatches(training, { batch, steps: window });
const practiseHere = (name: string, steps: number) =>
  practise(name, steps, { batch: () => batches.next(), step: ({ ids, labels }) => step({ ids, labels }) });

function measure(): number {
  const windows = new TextBatches(held, { batch, steps: window });
  let nats = 0;
  for (let i = 0; i < windows.windows; i++) {
    const { ids, labels } = windows.next();
    nats += look({ ids, labels }).loss.item() / windows.windows;
  }
  return perplexity(nats);
}

await practiseHere("here", here);
const before = measure();

// 2. The same step as a program of JAX for a part of the rows, and the batches of all its steps.
const part = graph(batch / processes);
const partly = minimize(part.loss, weights, optimizer, { state: updates.state });
const program = toJax({
  inputs: part.inputs,
  outputs: { loss: part.loss },
  updates: partly,
  batchAxis: { ids: 1, labels: 1 },
});
const windows = Array.from({ length: there }, () => batches.next());
const stacked = (of: (each: (typeof windows)[number]) => NDArray): NDArray => {
  const data = new Int32Array(there * window * batch);
  windows.forEach((each, i) => {
    data.set(of(each).data, i * window * batch);
  });
  return new NDArray("i32", [there, window, batch], data);
};
rmSync(home, { recursive: true, force: true });
mkdirSync(home, { recursive: true });
const files = {
  "model.py": program.module,
  "model_train.py": program.launcher,
  "model.safetensors": program.weights,
  "batches.safetensors": saveTensors({
    ids: stacked(({ ids }) => ids),
    labels: stacked(({ labels }) => labels),
  }),
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(home, name), content);

// 3. There and back.
const python = findPython();
if (python) {
  const first = look({ ids: windows[0]!.ids, labels: windows[0]!.labels }).loss.item();
  const losses = await launch(python, home, processes);
  const apart = Math.abs(losses[0]! - first) / first;
  console.log(`the loss of the first batch: ${first.toFixed(6)} here, ${losses[0]!.toFixed(6)} there`);
  assert.equal(losses.length, there);
  assert(apart < 1e-5, `they are ${apart} apart`);
  const tensors = loadTensors(readFileSync(join(home, "model.trained.safetensors")));
  const named = (word: string) =>
    Object.fromEntries(
      Object.entries(tensors).flatMap(([name, value]) =>
        name.startsWith(`${word}.`) ? [[name.slice(word.length + 1), value]] : [],
      ),
    );
  assign(weights, named("params"));
  assign(updates.state as Readonly<Record<string, Parameter>>, named("state"));
} else {
  console.log("Left out: no Python with jax and safetensors here; those steps are made in Node");
  await practise("in JAX's place", there, {
    batch: (
      (i) => () =>
        windows[i++]!
    )(0),
    step: ({ ids, labels }) => step({ ids, labels }),
  });
}
const between = measure();
await practiseHere("here again", back);
const after = measure();

// 4. What it writes.
const write = generate({
  step: (ids, state: ReturnType<typeof cell.initialState>) => {
    const next = cell.step(embedding.apply(ids), state);
    return { logits: head.apply(next.h), state: next };
  },
  initialState: cell.initialState(1),
  temperature: 0.7,
});
console.log(`\n${vocabulary.decode(write(vocabulary.encode("The whale "), { length: 300 }))}\n`);
const where = python ? `${processes} processes of JAX` : "Node, for want of JAX";
console.log(
  `perplexity: ${before.toFixed(2)} after ${here} steps here, ${between.toFixed(2)} after ${there} in ${where}, ` +
    `${after.toFixed(2)} after ${back} here again`,
);
const lazy = unigrams(training, held, count);
assert(between < 0.9 * before && after < between, "it learns wherever it is");
assert(quick || after < lazy / 3, `its perplexity is ${after}, that of characters by frequency ${lazy}`);
saveResults("train-on-a-cluster", {
  seeds: 1,
  results: [
    {
      metric: `perplexity of held-out characters after ${there} steps in ${where}, and ${back} here`,
      value: after.toFixed(2),
      baseline: `${before.toFixed(2)}, before them; ${lazy.toFixed(2)}, characters by frequency`,
    },
  ],
});
