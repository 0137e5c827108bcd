/**
 * Spelling to sound: an encoder reads letters, a decoder with attention says phonemes (rows D10, D11).
 *
 * Many to many with different lengths on either side: "thorough" is eight letters and four sounds. 60,000 words of the
 * Carnegie Mellon Pronouncing Dictionary, without stress; a part of them is held out. What is said next is the likeliest
 * sound (greedy), or the likeliest of the words that a beam search finds. Beside it stands the sound of the one of
 * 10,000 known words whose spelling is nearest, which is what one gets without any learning. Nobody tells the network which
 * letters belong to which sound: the picture shows where it looks, and that it found out.
 * Translating (`translate` is this program with other data), summing up a text and answering in a chat are the same shape:
 * a sequence is read, another is written, and the first may be a whole dialog. Only the data and the sizes are others.
 * Sources: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473; Yao & Zweig 2015, arXiv:1506.00196, who took it to this task.
 */
import assert from "node:assert/strict";
import { batches, errorRate, Vocabulary } from "@org/nn";
import { attentionMap } from "@org/viz";
import { readData } from "../shared/data.ts";
import { nearest } from "../shared/nearest.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { createTransducer, type Pair } from "../shared/transducer.ts";

const quick = process.argv.includes("--quick");
const [longest, most, tested, epochs, size] = quick ? [6, 6000, 200, 4, 48] : [9, 60_000, 1000, 2, 96];

// One sound for each spelling: the first that the dictionary has.
const lines = readData("cmu-pronouncing-dictionary/index.js").matchAll(/^ {2}"?([a-z]+)"?: "([A-Z0-9 ]+)"/gm);
const words = [...lines]
  .map(([, spelling = "", sound = ""]) => ({ spelling, sounds: sound.replaceAll(/\d/g, "").split(" ") }))
  .filter(
    ({ spelling, sounds }) => spelling.length > 2 && spelling.length <= longest && sounds.length <= longest,
  );
const some = batches(words, { batch: Math.min(most, words.length), seed: 1 })[0]!;
const [held, known] = [some.slice(0, tested), some.slice(tested)];

const letters = Vocabulary.of("abcdefghijklmnopqrstuvwxyz");
const phonemes = [...new Set(words.flatMap(({ sounds }) => sounds))].sort();
const id = new Map(phonemes.map((each, i) => [each, i]));
const pairOf = ({ spelling, sounds }: (typeof words)[0]): Pair => ({
  from: letters.encode(spelling),
  to: Int32Array.from(sounds, (each) => id.get(each)!),
});
console.log(`${known.length} words to learn from, ${held.length} held out; ${phonemes.length} phonemes`);

const network = createTransducer({
  fromKinds: letters.size,
  toKinds: phonemes.length,
  fromLength: longest,
  toLength: longest,
  size,
  dropout: 0.1,
  batch: 64,
  seed: 1,
  threads: quick ? 1 : 2,
});
await network.learn(known.map(pairOf), { epochs, learningRate: quick ? 0.01 : 0.005 });

const truth = held.map(({ sounds }) => sounds);
const heldLetters = held.map((word) => pairOf(word).from);
const inSounds = (said: readonly Int32Array[]): string[][] =>
  said.map((ids) => Array.from(ids, (each) => phonemes[each]!));
const greedy = inSounds(network.say(heldLetters));
const beam = inSounds(network.say(heldLetters, 5));
const near = held.map(({ spelling }) => {
  const some = known.slice(0, 10_000); // all of them would take longer than the training
  return some[nearest(spelling, some, (word) => word.spelling)]!.sounds;
});
const scores = Object.entries({ greedy, "beam of 5": beam, "nearest known word": near }).map(
  ([name, said]) => {
    const right = said.filter((sounds, i) => sounds.join(" ") === truth[i]!.join(" ")).length;
    const percent = (share: number): number => Number((100 * share).toFixed(1));
    return [name, percent(right / held.length), percent(errorRate(said, truth))] as const;
  },
);
console.log(`\n${held.length} words it has never seen`);
console.log(table(["", "words right, %", "phoneme error rate, %"], scores));
console.log("\nspelling     it says                  dictionary");
held.slice(0, 8).forEach(({ spelling, sounds }, i) => {
  console.log(`${spelling.padEnd(12)} ${beam[i]!.join(" ").padEnd(24)} ${sounds.join(" ")}`);
});

const [[, , byGreedy], [, words1, byBeam], [, , byNearest]] = scores as unknown as [Score, Score, Score];
type Score = (typeof scores)[number];
assert(byBeam < 0.8 * byNearest, `phoneme error rate ${byBeam} % beside ${byNearest} % of the nearest word`);
assert(byBeam < byGreedy + 1, `the beam has ${byBeam} %, greedy ${byGreedy} %`);

// A word of which letters and sounds differ in number, said right.
const shown = held.findIndex(
  ({ spelling, sounds }, i) =>
    spelling.length >= longest - 1 &&
    spelling.length > sounds.length + 1 &&
    beam[i]!.join() === sounds.join(),
);
const word = held[Math.max(shown, 0)]!;
savePicture(
  "pronounce",
  "attention.svg",
  attentionMap(network.looks(pairOf(word)), {
    keys: [...word.spelling],
    queries: word.sounds,
    title: "Letters it looks at, sound by sound",
  }),
);
saveResults("pronounce", {
  seeds: 1,
  picture: "attention.svg",
  results: [
    {
      metric: "phoneme error rate of held-out words, %",
      value: byBeam,
      baseline: `${byNearest}, the nearest known word`,
      published:
        "7.6, encoder and decoder; 5.5, bidirectional LSTM (Yao & Zweig 2015; longer words, the whole dictionary)",
    },
    {
      metric: "held-out words said right, %",
      value: words1,
      baseline: `${scores[2]![1]}, the nearest known word`,
      published: "71.4 and 76.4 (the same)",
    },
  ],
});
