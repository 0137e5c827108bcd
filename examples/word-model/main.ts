/**
 * Words of Moby-Dick beside counts of words and of pairs; shuffled, only frequencies are left (rows D03, D17).
 *
 * A language model of words (rows D03 and D17): an LSTM reads Moby-Dick word by word, labels are the words shifted by one,
 * and one table serves as embedding and as head. Two questions are asked of it:
 * - Is it better than counting? Beside it stand the frequencies of words, and of pairs of words with Kneser–Ney's smoothing,
 *   on the same held-out words. Where the network loses, the table says so.
 * - Does it use the order? The trained network reads the held-out words shuffled, and a control is trained for as long on
 *   shuffled words: all that it can learn is how frequent they are.
 * `--text path` reads another text. Sources: Press & Wolf 2017, "Using the output embedding to improve language models";
 * Chen & Goodman 1999, "An empirical study of smoothing techniques for language modeling".
 */
import assert from "node:assert/strict";
import { add, createRuntime, matmul, parameter, type Tensor, transpose } from "@org/core";
import { batches, Embedding, generate, init, LSTMCell, WordVocabulary } from "@org/nn";
import { lineChart } from "@org/viz";
import { bigrams, unigrams } from "../shared/counts.ts";
import { type LanguageModel, learn, smoothed } from "../shared/language-model.ts";
import { readText } from "../shared/moby-dick.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const quick = process.argv.includes("--quick");
const [kinds, size, batch, window, steps] = quick ? [300, 64, 16, 16, 150] : [1000, 128, 16, 24, 1000];

const words = WordVocabulary.split(readText().toLowerCase());
const cut = Math.floor(words.length * 0.95);
const vocabulary = WordVocabulary.of(words.slice(0, cut).join(" "), { size: kinds });
const ids = vocabulary.encode(words.join(" "));
const [training, held] = [ids.subarray(0, cut), ids.subarray(cut, quick ? cut + 5000 : ids.length)];
const unknown = held.filter((id) => id === 0).length / held.length;
console.log(
  `${training.length} words to learn from, ${held.length} held out; the ${vocabulary.size} most frequent`,
);
console.log(`are known, ${(100 * unknown).toFixed(0)} % of what is read is <unk>`);

const runtime = createRuntime({ threads: 1 });

/** Tied: the row of a word is also what the state has to look like for it to come next. So rows start small. */
function createModel() {
  const cell = new LSTMCell({ inputSize: size, hiddenSize: size, seed: 1 });
  const embedding = new Embedding({ count: vocabulary.size, size, seed: 2 });
  const { E } = embedding.parameters;
  E.value = init.normal([vocabulary.size, size], { scale: 0.1, seed: 2 });
  const bias = parameter("bias", new Float32Array(vocabulary.size));
  return {
    cell: cell as unknown as LanguageModel["cell"],
    embed: (ids: Tensor) => embedding.apply(ids),
    score: (h: Tensor) => add(matmul(h, transpose(E)), bias),
    parts: { cell, embedding, bias },
  };
}

/** The same words in another order. */
const shuffled = (ids: Int32Array): number[] => batches(ids, { batch: 1, seed: 3 }).flat();

const plan = { batch, window, steps, learningRate: quick ? 1e-2 : 6e-3, runtime };
const model = createModel();
const network = await learn(model, training, { ...plan, name: "words in order" });
const control = await learn(createModel(), shuffled(training), { ...plan, name: "words shuffled" });

const write = generate({
  step(ids, before: Readonly<Record<string, Tensor>>) {
    const state = model.cell.step(model.embed(ids), before);
    return { logits: model.score(model.cell.output(state)), state };
  },
  initialState: model.cell.initialState(1),
  temperature: 0.8,
  topP: 0.9,
  random: 4,
  runtime,
});
const prompt = held.subarray(0, 8);
const said = write(prompt, { length: 60 });
console.log(`\n${vocabulary.decode(prompt)} ▸ ${vocabulary.decode(said)}\n`);

const results = {
  "words by frequency": unigrams(training, held, vocabulary.size),
  "pairs of words, Kneser–Ney": bigrams(training, held, vocabulary.size),
  "LSTM, embedding and head tied": network.measure(held),
  "LSTM, held-out words shuffled": network.measure(shuffled(held)),
  "LSTM that learned shuffled words": control.measure(held),
};
console.log(
  table(
    ["held-out text", "perplexity"],
    Object.entries(results).map(([name, each]) => [name, Number(each.toFixed(1))]),
  ),
);
const [frequency, pairs, ordered, disordered, unordered] = Object.values(results) as [
  number,
  number,
  number,
  number,
  number,
];
console.log(
  ordered < pairs ? "the network is better than counting pairs" : "counting pairs is better than the network",
);

assert(ordered < 0.9 * frequency, "the network knows no more than how frequent words are");
assert(disordered > 1.2 * ordered, "the order of the words does not matter to the network");
assert(
  unordered > 1.1 * ordered && unordered > 0.95 * frequency,
  "shuffled words taught more than frequencies",
);

if (!quick) assert(ordered < pairs, "the network is not better than counts of pairs");

savePicture(
  "word-model",
  "perplexity.svg",
  await lineChart(
    [
      { name: "words in order", ...smoothed(network.losses) },
      { name: "words shuffled", ...smoothed(control.losses) },
    ],
    { title: "What the order of words is worth", xLabel: "step", yLabel: "perplexity", logY: true },
  ),
);

saveResults("word-model", {
  seeds: 1,
  picture: "perplexity.svg",
  results: [
    {
      metric: "perplexity of held-out words",
      value: Number(ordered.toFixed(1)),
      baseline: `${pairs.toFixed(1)}, pairs of words (Kneser–Ney)`,
    },
    {
      metric: "the same, of the network that learned shuffled words",
      value: Number(unordered.toFixed(1)),
      baseline: `${frequency.toFixed(1)}, words by frequency`,
    },
  ],
});
