/**
 * "Keys near the cabinet are": the verb after clauses in between, and the unit that keeps its number (row D16).
 *
 * "The keys near the cabinet that the boy likes *are* old": which verb follows depends on a word that others have come
 * after, and the nearest noun says the wrong thing. So it is with "Tom with the sisters of Anna thinks that *he* …".
 * A language model is taught nothing but the next word. It learns both, and keeps the number of the subject
 * in its memory while clauses come and go, of which each may have a number and a verb of its own. Which unit keeps it is
 * found by correlation, drawn, and put to the test: turned around, it turns the verb. All of this is of one seed; another
 * may keep the number in another unit, or in more of them.
 * Sources: Linzen, Dupoux & Goldberg 2016, arXiv:1611.01368, who named the task and its attractors; Lakretz et al. 2019,
 * arXiv:1903.07435, who found number units in a large LSTM and switched them off.
 */
import assert from "node:assert/strict";
import { array, compile, input, mul, type NDArray } from "@org/core";
import { crossEntropy, Embedding, Linear, LSTMCell, parameters, probeCells, recurrent } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { colorText, probeRanking } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const steps = process.argv.includes("--quick") ? 700 : 2000;
const [time, batch, hidden] = [32, 32, 24];

const nouns = {
  singular: ["key", "boy", "sister", "cabinet", "dog", "teacher"],
  plural: ["keys", "boys", "sisters", "cabinets", "dogs", "teachers"],
};
const names = { he: ["Tom", "Peter", "Paul"], she: ["Anna", "Mary", "Lucy"] };
const adjectives = ["old", "small", "lost", "here"];
type Plurality = keyof typeof nouns;
type Pronoun = keyof typeof names;

/** Words up to the one that is asked for, that word, the one it may be mistaken for, and what the nearest noun says. */
interface Sentence {
  readonly words: readonly string[];
  readonly answer: string;
  readonly other: string;
  readonly nearest: string;
}

const verb: Record<Plurality, string> = { singular: "is", plural: "are" };
const either = <T>(random: Random, a: T, b: T): T => (random.uniform() < 0.5 ? a : b);

/** The subject, some clauses behind it, and the word that agrees with the subject. */
function sentence(random: Random, clauses: number): Sentence {
  const asksName = random.uniform() < 0.4;
  const number: Plurality = either(random, "singular", "plural");
  const pronoun: Pronoun = either(random, "he", "she");
  let nearest: string = asksName ? pronoun : verb[number];
  const words = asksName ? [random.pick(names[pronoun])] : ["the", random.pick(nouns[number])];
  for (let i = 0; i < clauses; i++) {
    const [inner, person] = [either(random, "singular", "plural"), either(random, "he", "she")] as const;
    const noun = ["the", random.pick(nouns[inner])];
    const named = random.uniform() < (asksName ? 0.6 : 0.2);
    const clause = ["that", ...noun, inner === "plural" ? "like" : "likes"];
    const others = asksName ? [["near", ...noun]] : [["near", ...noun], clause];
    words.push(...(named ? ["with", random.pick(names[person])] : random.pick(others)));
    if (!asksName) nearest = verb[named ? "singular" : inner];
    else if (named) nearest = person;
  }
  const [answer, other] = asksName
    ? [pronoun, pronoun === "he" ? "she" : "he"]
    : [verb[number], verb[number === "plural" ? "singular" : "plural"]];
  return { words: asksName ? [...words, "thinks", "that"] : words, answer, other, nearest };
}

const vocabulary = [
  ...new Set([".", "the", "near", "that", "with", "like", "likes", "thinks", "he", "she", "is", "are"]),
  ...Object.values(nouns).flat(),
  ...Object.values(names).flat(),
  ...adjectives,
];
const id = new Map(vocabulary.map((word, i) => [word, i]));
const idsOf = (rows: readonly (readonly string[])[], from: number): NDArray =>
  array(
    Int32Array.from({ length: time * batch }, (_, i) => {
      const word = rows[i % batch]?.[Math.floor(i / batch) + from] ?? ".";
      return id.get(word)!;
    }),
    { shape: [time, batch] },
  );

const model = {
  embedding: new Embedding({ count: vocabulary.length, size: 16, seed: 1 }),
  lstm: new LSTMCell({ inputSize: 16, hiddenSize: hidden, seed: 2 }),
  head: new Linear({ inputSize: hidden, outputSize: vocabulary.length, seed: 3 }),
};
const ids = input("ids", [time, batch], "i32");
const labels = input("labels", [time, batch], "i32");
const turn = input("turn", [hidden]); // 1 for each unit; -1 turns one around before it is read
const { outputs } = recurrent(model.lstm, model.embedding.apply(ids));
const logits = model.head.apply(mul(outputs, turn));
const loss = crossEntropy(model.head.apply(outputs), labels);
const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 })));
const step = compile({ inputs: { ids, labels }, outputs: { loss }, updates });
const read = compile({ inputs: { ids, turn }, outputs: { logits, outputs } });

/** Every fifth sentence is kept for the test. */
const isKept = ({ words }: Sentence): boolean =>
  words.reduce((sum, word, i) => sum + (i + 1) * id.get(word)!, 0) % 5 === 0;

function draw(random: Random, clauses: () => number, wanted: (one: Sentence) => boolean): Sentence {
  let one = sentence(random, clauses());
  while (!wanted(one)) one = sentence(random, clauses());
  return one;
}

const random = randomFrom(1);
const upToThree = (): number => random.below(4);
for (let i = 1; i <= steps; i++) {
  // Sentence after sentence.
  const rows = Array.from({ length: batch }, () => {
    const row = ["."];
    while (row.length <= time) {
      const { words, answer } = draw(random, upToThree, (one) => !isKept(one));
      row.push(...words, answer, ...(answer in names ? ["is"] : []), random.pick(adjectives), ".");
    }
    return row;
  });
  const { loss } = step({ ids: idsOf(rows, 0), labels: idsOf(rows, 1) });
  if (i % (steps / 5) === 0) console.log(`step ${i}: loss ${loss.item().toFixed(3)}`);
}

/** Whether each sentence's word is likelier than the other one; and the states on the way there. */
function judge(sentences: readonly Sentence[], turned: readonly number[] = []) {
  const signs = Float32Array.from({ length: hidden }, (_, unit) => (turned.includes(unit) ? -1 : 1));
  return Array.from({ length: Math.ceil(sentences.length / batch) }, (_, b) => {
    const some = sentences.slice(b * batch, (b + 1) * batch);
    const rows = some.map(({ words }) => [".", ...words]);
    const { logits, outputs } = read({ ids: idsOf(rows, 0), turn: signs });
    return some.map(({ words, answer, other }, column) => {
      const place = (t: number): number => t * batch + column;
      const score = (word: string): number =>
        logits.data[place(words.length) * vocabulary.length + id.get(word)!]!;
      const state = (t: number): number[] =>
        Array.from(outputs.data.slice(place(t) * hidden, (place(t) + 1) * hidden));
      return { right: score(answer) > score(other), states: words.map((_, t) => state(t + 1)) };
    });
  }).flat();
}
const percent = (all: readonly boolean[]): number =>
  Number(((100 * all.filter(Boolean).length) / all.length).toFixed(1));

/** Sentences of `clauses` clauses that were never read in training; with four or five, longer than any of them. */
function unseen(clauses: number, wanted: (one: Sentence) => boolean, count = 320): Sentence[] {
  const random = randomFrom(100 + clauses);
  const found = (one: Sentence): boolean => isKept(one) && wanted(one);
  return Array.from({ length: count }, () => draw(random, () => clauses, found));
}
const misled = ({ answer, nearest }: Sentence): boolean => answer !== nearest;
const isVerb = ({ answer }: Sentence): boolean => answer === "is" || answer === "are";
const rows = [2, 3, 4, 5].flatMap((clauses) =>
  ([true, false] as const).map((verbs) => {
    const some = unseen(clauses, (one) => isVerb(one) === verbs);
    const right = judge(some).map((one) => one.right);
    return [
      verbs ? "is / are" : "he / she",
      clauses,
      percent(right),
      percent(right.filter((_, i) => misled(some[i]!))),
      percent(some.map((one) => !misled(one))),
    ] as const;
  }),
);
console.log("\nright words in sentences never read, percent (up to 3 clauses in training)");
console.log(table(["word", "clauses", "network", "where the nearest misleads", "nearest noun"], rows));

// The unit that keeps the number: over all words from the subject to the verb, whatever stands between.
const kept = unseen(3, isVerb);
const judged = judge(kept);
const states = judged.flatMap(({ states }) => states.slice(1));
const plural = kept.flatMap(({ words, answer }) => words.slice(1).map(() => (answer === "are" ? 1 : -1)));
const probes = probeCells(states, { plural }).plural;
const { unit, correlation } = probes[0]!;
const before = percent(judged.map(({ right }) => right));
const order = probes.map((probe) => probe.unit);
const after = (turned: readonly number[]): number => percent(judge(kept, turned).map(({ right }) => right));
const turns = [1, 2, 4, 8].map((k) => [k, after(order.slice(0, k)), after(order.slice(-k))] as const);
console.log(`\nunit ${unit} goes with the number of the subject: correlation ${correlation.toFixed(2)}`);
console.log(`verbs right, percent, with units turned around before the head reads them; with none ${before}`);
console.log(table(["turned", "those that go with it most", "least"], turns));

const shown = [
  ...unseen(3, (one) => isVerb(one) && misled(one) && one.answer === "are", 3),
  ...unseen(3, (one) => isVerb(one) && misled(one) && one.answer === "is", 3),
];
const [tokens, colors]: [string[], number[]] = [[], []];
judge(shown).forEach(({ states }, i) => {
  const { words, answer } = shown[i]!;
  words.forEach((word, t) => {
    tokens.push(word, " ");
    colors.push(states[t]![unit]!, 0);
  });
  tokens.push(`→ ${answer}`, "\n");
  colors.push(0, 0);
});
savePicture(
  "agreement",
  "unit.svg",
  colorText(tokens, colors, { title: `Unit ${unit} of the state, word by word` }),
);
savePicture(
  "agreement",
  "units.svg",
  await probeRanking(
    probes.map(({ unit, correlation }) => ({ cell: unit, feature: "plural subject", correlation })),
    { title: "Units by what they tell of the subject", most: 10 },
  ),
);
for (const [word, clauses, network, hard, nearest] of rows) {
  if (clauses > 3) continue;
  assert(network > nearest + 25, `${word}, ${clauses} clauses: ${network} % beside ${nearest} %`);
  assert(hard > 80, `${word}, ${clauses} clauses: only ${hard} % where the nearest noun misleads`);
}
assert(Math.abs(correlation) > 0.6, "no unit keeps the number");
const [, most, least] = turns[2]!;
assert(most < 50 && least > 90, `four units turned: ${most} % and ${least} %, so they do not keep it`);

const [verbs, pronouns] = [true, false].map(
  (isVerb) => rows.find(([word, clauses]) => clauses === 3 && (word === "is / are") === isVerb)!,
);
saveResults("agreement", {
  seeds: 1,
  picture: "unit.svg",
  results: [verbs!, pronouns!].map(([word, clauses, network, , nearest]) => ({
    metric: `${word} after ${clauses} clauses right, %`,
    value: network,
    baseline: `${nearest}, the nearest noun`,
  })),
});
