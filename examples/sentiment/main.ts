/**
 * Praise, blame or neither: sentences of different lengths, read in both directions, three classes (row D09).
 *
 * Many to one. Reviews of products, films and restaurants, of which people said whether they praise or blame; the neutral
 * ones are sentences of mails without a word that a list of scored words knows. Lengths are what they are: sentences go to
 * buckets of similar length, and in a batch each has its own, so that nothing depends on the padding. Beside the network
 * stand three answers that need no order of words: always one class, the sum of the words' scores (right about every
 * neutral sentence by the way they were chosen), and a bag of words, which learns a weight of every word for every class.
 * That mails speak of other things than reviews helps bag and network alike, so praise against blame is shown by itself.
 * Two thousand sentences are few: what a network could know of "not good" beyond the two words is hardly in them, and the
 * table says who wins.
 * Sources: Kotzias, Denil, de Freitas & Smyth 2015 (the reviews); Nielsen 2011, arXiv:1103.2903 (the scores); the public
 * mails of SpamAssassin; Schuster & Paliwal 1997 (both directions).
 */
import assert from "node:assert/strict";
import { argmax, compile, concat, createRuntime, input, type Tensor } from "@org/core";
import {
  accuracy,
  batches,
  bucket,
  confusion,
  crossEntropy,
  Dropout,
  Embedding,
  f1,
  GRU,
  init,
  Linear,
  pad,
  parameters,
  randomState,
  WordVocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, type Minimization, minimize, train } from "@org/optim";
import { progressBar } from "@org/optim/node";
import { heatmap } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { bagOfWords } from "./bag-of-words.ts";
import { classes, readTexts, scoreOf, type Text } from "./texts.ts";

const quick = process.argv.includes("--quick");
const [seeds, epochs, batch, size, hidden] = quick ? [[1], 5, 32, 32, 32] : [[1, 2, 3, 4, 5], 8, 32, 64, 48];
const bounds = quick ? [16, 80] : [8, 16, 24, 80];

const { training, held } = readTexts(1);
const vocabulary = WordVocabulary.of(training.map(({ text }) => text.toLowerCase()).join("\n"), { least: 2 });
const encode = ({ text }: Text): Int32Array => vocabulary.encode(text.toLowerCase());
const labelsOf = (texts: readonly Text[]): number[] => texts.map(({ label }) => label);
console.log(
  `${training.length} sentences to learn from, ${held.length} held out, ${vocabulary.size} words seen twice`,
);

const runtime = createRuntime({ threads: 1 });

/** Predictions for the held-out sentences of a network that was trained with this seed. */
async function network(seed: number): Promise<number[]> {
  const model = {
    embedding: new Embedding({ count: vocabulary.size, size, seed: 10 * seed }),
    gru: new GRU({
      inputSize: size,
      hiddenSize: hidden,
      bidirectional: true,
      update: "keep",
      reset: "after",
      seed: 10 * seed + 1,
    }),
    head: new Linear({ inputSize: 2 * hidden, outputSize: classes.length, seed: 10 * seed + 2 }),
  };
  model.embedding.parameters.E.value = init.normal([vocabulary.size, size], { scale: 0.1, seed });
  const dropout = new Dropout({ rate: 0.5 });
  const random = randomState(10 * seed + 3);
  let shared: Minimization | undefined;

  /** A program for each length; they train the same weights with one optimizer. */
  function programs(length: number) {
    const ids = input("ids", [length, batch], "i32");
    const lengths = input("lengths", [batch], "i32");
    const labels = input("labels", [batch], "i32");
    const logits = (how: { training: boolean; key?: typeof random }): Tensor => {
      const words = dropout.apply(model.embedding.apply(ids), how);
      // The last state of each direction: at the true end of the sentence, and at its beginning.
      const { state } = model.gru.apply(words, { lengths });
      return model.head.apply(
        dropout.apply(
          concat(
            state.map(({ h }) => h),
            { axis: -1 },
          ),
          how,
        ),
      );
    };
    const loss = crossEntropy(logits({ training: true, key: random }), labels);
    const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 3e-3 }));
    const updates = minimize(loss, parameters(model), optimizer, shared ? { state: shared.state } : {});
    shared ??= updates;
    return {
      step: compile({
        inputs: { ids, lengths, labels },
        outputs: { loss },
        updates: [...updates, ...random.updates],
        runtime,
      }),
      read: compile({
        inputs: { ids, lengths },
        outputs: { said: argmax(logits({ training: false }), { axis: -1 }) },
        runtime,
      }),
    };
  }
  const byLength = new Map(bounds.map((length) => [length, programs(length)]));
  const sentences = training.map(encode);
  const buckets = bucket(sentences, bounds);
  await train({
    // Batches of one length each, in an order that does not go by it.
    data: ({ epoch }) => {
      const all = buckets.flatMap(({ length, members }) =>
        batches(members, { batch, seed, pass: epoch }).map((rows) => ({ length, rows })),
      );
      return batches(all, { batch: 1, seed, pass: epoch }).flat();
    },
    step: ({ length, rows }) => {
      const { values: ids, lengths } = pad(
        rows.map((row) => sentences[row]!),
        { length },
      );
      return byLength.get(length)!.step({ ids, lengths, labels: rows.map((row) => training[row]!.label) });
    },
    epochs,
    callbacks: [progressBar({ describe: ({ metrics }) => `seed ${seed}: loss ${metrics.loss?.toFixed(3)}` })],
  });
  const said: number[] = [];
  for (const { length, members } of bucket(held.map(encode), bounds)) {
    for (const rows of batches(members, { batch, last: "keep" })) {
      // A last batch is filled up by sentences without words.
      const texts = Array.from({ length: batch }, (_, i) => (i < rows.length ? encode(held[rows[i]!]!) : []));
      const { values: ids, lengths } = pad(texts, { length });
      const { data } = byLength.get(length)!.read({ ids, lengths }).said;
      rows.forEach((row, i) => {
        said[row] = data[i]!;
      });
    }
  }
  return said;
}

const truth = labelsOf(held);
const opinions = truth.flatMap((label, i) => (label === 1 ? [] : [i]));
const at = (places: readonly number[], values: readonly number[]): number[] => places.map((i) => values[i]!);

const networks: number[][] = [];
for (const seed of seeds) networks.push(await network(seed));
const bag = bagOfWords({
  training: training.map(encode),
  labels: labelsOf(training),
  held: held.map(encode),
  words: vocabulary.size,
  classes: classes.length,
});
const answers: Record<string, readonly (readonly number[])[]> = {
  "bidirectional GRU": networks,
  "bag of words": [bag],
  "sum of the words' scores": [held.map(({ text }) => 1 + Math.sign(scoreOf(text)))],
  "always the most frequent class": [truth.map(() => mostFrequent(truth))],
};
const percent = (of: readonly number[]): number =>
  Number(((100 * of.reduce((sum, each) => sum + each, 0)) / of.length).toFixed(1));
const rows = Object.entries(answers).map(([name, runs]) => {
  const three = runs.map((said) => accuracy(said, truth));
  const two = runs.map((said) => accuracy(at(opinions, said), at(opinions, truth)));
  const macro = runs.map((said) => f1(confusion(said, truth, classes.length)).macro);
  return [name, percent(three), percent(macro), percent(two)] as const;
});
console.log(`\nheld-out sentences right, percent; the network's mean of ${seeds.length} seeds`);
console.log(table(["", "three classes", "macro F1", "praise or blame"], rows));
const [[, mean], [, byBag], [, byScores], [, lazy]] = rows as [Row, Row, Row, Row];
type Row = (typeof rows)[number];
const spread = networks.map((said) => percent([accuracy(said, truth)]));
console.log(`seeds: ${spread.join(", ")}; ${mean > byBag ? "ahead of" : "not ahead of"} the bag of words`);

const first = networks[0]!;
console.log("\nwho was right where the other was not");
for (const [right, wrong] of [
  [first, bag],
  [bag, first],
] as const) {
  const found = opinions.filter((i) => right[i] === truth[i] && wrong[i] !== truth[i]).slice(0, 3);
  for (const i of found)
    console.log(
      `  ${(right === first ? "GRU" : "bag").padEnd(5)}${classes[truth[i]!]!.padEnd(10)}${held[i]!.text}`,
    );
}

function mostFrequent(labels: readonly number[]): number {
  const counts = classes.map((_, label) => labels.filter((each) => each === label).length);
  return counts.indexOf(Math.max(...counts));
}

assert(mean > lazy + 25, `${mean} % beside ${lazy} % for one class always`);
if (!quick) assert(mean > byScores, `${mean} %, and ${byScores} % by the scores of the words`);
// Far behind the bag, it would not have learned what single words say.
assert(mean > byBag - 5, `${mean} %, and ${byBag} % by a bag of words`);

savePicture(
  "sentiment",
  "confusion.svg",
  await heatmap(confusion(first, truth, classes.length).toNested() as number[][], {
    title: "What the network took held-out sentences for",
    names: classes,
    xLabel: "is: 1 negative, 2 neutral, 3 positive",
    yLabel: "taken for",
    width: 300,
    height: 200,
  }),
);
saveResults("sentiment", {
  seeds: seeds.length,
  picture: "confusion.svg",
  results: [
    {
      metric: "held-out sentences right, three classes, %",
      value: mean,
      baseline: `${byBag}, bag of words; ${byScores}, scores of words; ${lazy}, one class`,
    },
    {
      metric: "praise told from blame, %",
      value: rows[0]![3],
      baseline: `${rows[1]![3]}, bag of words; ${rows[2]![3]}, scores of words`,
    },
  ],
});
