/**
 * The smallest language model: a network learns to spell hello (row D01).
 *
 * It reads h, e, l, l and has to answer e, l, l, o; the same letter l has two answers, so only a network with a memory
 * can do it.
 */
import assert from "node:assert/strict";
import { argmax, array, compile, evaluate } from "@org/core";
import { crossEntropy, Embedding, Linear, parameters, RNNCell, recurrent, Vocabulary } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { saveResults } from "../shared/result.ts";

const word = "hello";
const vocabulary = Vocabulary.of(word);
const letters = vocabulary.size;
const model = {
  embedding: new Embedding({ count: letters, size: 4, seed: 1 }),
  cell: new RNNCell({ inputSize: 4, hiddenSize: 8, seed: 2 }),
  head: new Linear({ inputSize: 8, outputSize: letters, seed: 3 }),
};

const ids = vocabulary.encode(word);
const before = array(ids.slice(0, -1), { shape: [4, 1] });
const after = array(ids.slice(1), { shape: [4, 1] });
const { outputs } = recurrent(model.cell, model.embedding.apply(before));
const loss = crossEntropy(model.head.apply(outputs), after);

const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.05 }));
const step = compile({ outputs: { loss }, updates: minimize(loss, parameters(model), optimizer) });

let last = Number.NaN;
for (let i = 0; i <= 100; i++) {
  last = step().loss.item();
  if (i % 20 === 0) console.log(`step ${String(i).padStart(3)}: loss ${last.toFixed(4)}`);
}

/** What the network says next when it hears only its own answers. */
function spell(first: string, length: number): string {
  let state = model.cell.initialState(1);
  let id = vocabulary.encode(first);
  let spelled = "";
  for (let i = 0; i < length; i++) {
    state = model.cell.step(model.embedding.apply(array(id)), state);
    id = Int32Array.from(evaluate(argmax(model.head.apply(state.h), { axis: -1 })).data);
    spelled += vocabulary.decode(id);
  }
  return spelled;
}

const spelled = spell("h", 4);
console.log(`\nafter an h it says ${spelled}`);
assert(last < 0.01, `the loss is still ${last}`);
assert.equal(spelled, "ello");
saveResults("hello", {
  seeds: 1,
  results: [
    {
      metric: "loss after 100 steps, nats",
      value: Number(last.toFixed(4)),
      baseline: `${(Math.LN2 / 2).toFixed(4)}, the best without a memory: an l has two answers`,
    },
  ],
});
