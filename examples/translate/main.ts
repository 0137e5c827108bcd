/**
 * Names of emoji from English into Vietnamese: the program of `pronounce` with other data (row D10).
 *
 * An encoder reads words, a decoder with attention writes syllables. Vietnamese puts what is described before what
 * describes it ("yellow heart" is "trái tim màu vàng", heart colour yellow), so attention has to go back and forth, which
 * the picture shows. There are only sixteen hundred such names, without flags: a small school for a language. What is
 * held out are new combinations of words that other names have; a name is right when every syllable is. Beside the network
 * stands the translation of the known name that is nearest.
 * Sources: the names are those of Unicode CLDR, by emojibase; Bahdanau, Cho & Bengio 2015, arXiv:1409.0473.
 */
import assert from "node:assert/strict";
import { batches, errorRate, WordVocabulary } from "@org/nn";
import { attentionMap } from "@org/viz";
import { readData } from "../shared/data.ts";
import { nearest } from "../shared/nearest.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { createTransducer } from "../shared/transducer.ts";

const quick = process.argv.includes("--quick");
const [longest, epochs, size, tested] = quick ? [5, 10, 48, 64] : [9, 40, 96, 160];

interface Emoji {
  readonly hexcode: string;
  readonly label: string;
}
const namesIn = (language: string): Map<string, string[]> => {
  const all = JSON.parse(readData(`emojibase-data/${language}/data.json`)) as Emoji[];
  return new Map(all.map(({ hexcode, label }) => [hexcode, WordVocabulary.split(label.toLowerCase())]));
};
const vietnamese = namesIn("vi");
const all = [...namesIn("en")].flatMap(([hexcode, english]) => {
  const other = vietnamese.get(hexcode) ?? [];
  const fits = english.length <= longest && other.length > 0 && other.length <= longest;
  return fits && english[0] !== "flag" && english[0] !== "regional" ? [{ english, vietnamese: other }] : [];
});
// Held out are new combinations of words that other names have: nobody can know what "axolotl" is.
const held: typeof all = [];
const known: typeof all = [];
const counts = new Map<string, number>();
for (const word of all.flatMap(({ english }) => english)) counts.set(word, (counts.get(word) ?? 0) + 1);
for (const pair of batches(all, { batch: all.length, seed: 1 })[0]!) {
  const isNew = pair.english.length > 1 && pair.english.every((word) => counts.get(word)! > 2);
  if (held.length === tested || !isNew) known.push(pair);
  else {
    held.push(pair);
    for (const word of pair.english) counts.set(word, counts.get(word)! - 1);
  }
}

const read = WordVocabulary.of(known.map(({ english }) => english.join(" ")).join("\n"));
const written = WordVocabulary.of(known.map(({ vietnamese }) => vietnamese.join(" ")).join("\n"));
const idsOf = (words: readonly string[], { words: list }: WordVocabulary): Int32Array =>
  Int32Array.from(words, (word) => Math.max(0, list.indexOf(word)));
const pairOf = ({ english, vietnamese }: (typeof all)[0]) => ({
  from: idsOf(english, read),
  to: idsOf(vietnamese, written),
});
console.log(`${known.length} names to learn from, ${held.length} new combinations of their words held out`);

const network = createTransducer({
  fromKinds: read.size,
  toKinds: written.size,
  fromLength: longest,
  toLength: longest,
  size,
  dropout: 0.3,
  batch: 32,
  seed: 1,
  threads: quick ? 1 : 2,
});
await network.learn(known.map(pairOf), { epochs, learningRate: 0.01 });

const truth = held.map(({ vietnamese }) => vietnamese);
const heldIds = held.map((pair) => pairOf(pair).from);
const inWords = (said: readonly Int32Array[]): string[][] =>
  said.map((ids) => Array.from(ids, (id) => written.words[id]!));
const answers = {
  greedy: inWords(network.say(heldIds)),
  "beam of 5": inWords(network.say(heldIds, 5)),
  "nearest known name": held.map(
    ({ english }) => known[nearest(english, known, (pair) => pair.english)]!.vietnamese,
  ),
};
const percent = (share: number): number => Number((100 * share).toFixed(1));
const rows = Object.entries(answers).map(([name, said]) => {
  const right = said.filter((words, i) => words.join(" ") === truth[i]!.join(" ")).length;
  return [name, percent(right / held.length), percent(errorRate(said, truth))] as const;
});
console.log(`\n${held.length} names it has never seen`);
console.log(table(["", "names right, %", "syllable error rate, %"], rows));
held.slice(0, 8).forEach(({ english, vietnamese }, i) => {
  const said = answers["beam of 5"][i]!.join(" ");
  console.log(`  ${english.join(" ").padEnd(34)} ${said.padEnd(32)} ${vietnamese.join(" ")}`);
});

const [, [, beamRight, beamErrors], [, nearRight, nearErrors]] = rows as unknown as [Row, Row, Row];
type Row = (typeof rows)[number];
assert(
  beamErrors < nearErrors - 5,
  `syllable error rate ${beamErrors} % beside ${nearErrors} % of the nearest name`,
);
if (!quick) assert(beamRight > nearRight + 5, `${beamRight} % right, and ${nearRight} % by the nearest name`);

const shown = held.findIndex(
  ({ english, vietnamese }, i) =>
    english.length >= 3 && answers["beam of 5"][i]!.join() === vietnamese.join(),
);
const example = held[Math.max(shown, 0)]!;
savePicture(
  "translate",
  "attention.svg",
  attentionMap(network.looks(pairOf(example)), {
    keys: example.english,
    queries: example.vietnamese,
    title: "Words it looks at, syllable by syllable",
  }),
);
saveResults("translate", {
  seeds: 1,
  picture: "attention.svg",
  results: [
    {
      metric: "syllable error rate of names never seen, %",
      value: beamErrors,
      baseline: `${nearErrors}, the nearest known name`,
    },
    {
      metric: "names right in every syllable, %",
      value: beamRight,
      baseline: `${nearRight}, the nearest known name`,
    },
  ],
});
