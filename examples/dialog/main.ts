/**
 * "And the other one?": questions that point back to those before, and a state that goes on (row D13).
 *
 * In this example's world four things, circles, squares, triangles and crosses in four colours and two sizes, lie on the
 * four places of a small picture. A question names a thing or points back: to that of the question before ("it"), to what
 * lies beside that, to the other thing of its shape. It says what it wants to know or leaves it out: "and the red one"
 * asks what was asked before. So the state has two levels: a GRU reads the words of a question, a second one goes on from
 * question to question, with what was found last, and says with the question what to look for in the picture. At first the
 * network is asked questions that stand alone, then whole dialogs.
 * Beside it stand the commonest answer to each question, a network that forgets the questions before, and one that sees
 * no picture, all asked about worlds that none of them has seen.
 * Sources: Das et al. 2017, "Visual dialog", arXiv:1611.08669; Serban et al. 2016, "Building end-to-end dialogue systems
 * using generative hierarchical neural network models", arXiv:1507.04808, for the two levels.
 */
import assert from "node:assert/strict";
import { argmax, compile, concat, input, mul, relu, reshape, scan, type Tensor, zeros } from "@org/core";
import { crossEntropy, Embedding, GRU, GRUCell, Linear, pad, parameters, WordVocabulary } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, warmupCosine } from "@org/optim";
import { imageGrid } from "@org/viz";
import { commonestAnswers } from "../shared/commonest.ts";
import { createEye } from "../shared/eye.ts";
import { percentRight } from "../shared/percent-right.ts";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { draw } from "../shared/things.ts";
import { answers, cell, type Dialog, dialog, needs, side, type Turn, turns, words } from "./dialogs.ts";

const quick = process.argv.includes("--quick");
const [steps, lazySteps] = quick ? [280, 50] : [3000, 1500];
const [batch, longest, hidden] = [32, 7, 64];
const vocabulary = WordVocabulary.of(words);

const dialogs = (random: Random, count: number, options: { kept: boolean; pointing: boolean }): Dialog[] =>
  Array.from({ length: count }, () => dialog(random, options));
/** All first turns, then all second ones. */
const inOrder = (some: readonly Dialog[]): Turn[][] =>
  Array.from({ length: turns }, (_, t) => some.map((each) => each.turns[t]!));
function feedsOf(some: readonly Dialog[]) {
  const questions = inOrder(some)
    .flat()
    .map(({ question }) => vocabulary.encode(question));
  const { values, lengths } = pad(questions, { length: longest });
  const pictures = some.map(({ things }) => things);
  return { picture: draw(pictures, side), words: values, lengths };
}

function createModel({ sees, remembers, steps }: { sees: boolean; remembers: boolean; steps: number }) {
  const eye = createEye({ side, cell, told: 2 * hidden, hidden });
  const gru = { hiddenSize: hidden, update: "keep", reset: "after" } as const;
  const model = {
    eye: eye.parts,
    embedding: new Embedding({ count: vocabulary.size, size: 24, seed: 1 }),
    read: new GRU({ inputSize: 24, ...gru, seed: 2 }),
    goOn: new GRUCell({ inputSize: hidden + eye.found, ...gru, seed: 3 }),
    think: new Linear({ inputSize: 2 * hidden + eye.found, outputSize: hidden, seed: 4 }),
    head: new Linear({ inputSize: hidden, outputSize: answers.length, seed: 5 }),
  };
  const picture = input("picture", [batch, 3, side, side]);
  const words = input("words", [longest, turns * batch], "i32");
  const lengths = input("lengths", [turns * batch], "i32");
  const right = input("right", [turns, batch], "i32");

  const places = eye.look(mul(picture, Number(sees)));
  const { state } = model.read.apply(model.embedding.apply(words), { lengths });
  const questions = reshape(state[0]!.h, [turns, batch, hidden]);
  const nothing = { h: zeros([batch, hidden]), found: zeros([batch, eye.found]) };
  const { ys } = scan(
    (state: { h: Tensor; found: Tensor }, question: Tensor) => {
      const before = remembers ? state : nothing;
      const { h } = model.goOn.step(concat([question, before.found], { axis: 1 }), before);
      const known = concat([question, h], { axis: 1 });
      const found = eye.find(places, known);
      return { carry: { h, found }, y: concat([known, found], { axis: 1 }) };
    },
    { init: nothing, xs: questions },
  );
  const logits = model.head.apply(relu(model.think.apply(ys)));

  const loss = crossEntropy(logits, right);
  const rate = warmupCosine(4e-3, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: rate })));
  const inputs = { picture, words, lengths };
  const step = compile({ inputs: { ...inputs, right }, outputs: { loss }, updates });
  const answer = compile({ inputs, outputs: { best: argmax(logits, { axis: -1 }) } });
  return { step, answer };
}

const test = dialogs(randomFrom(2), 10 * batch, { kept: true, pointing: true });
const asked = test.flatMap((each) => each.turns);
/** Of answers to all questions of the test, in order. */
function judge(name: string, said: readonly string[]) {
  const percent = (wanted: (one: Turn) => boolean): number => percentRight(asked, said, wanted);
  const byNeed = needs.map((need) => percent((one) => one.needs === need));
  return {
    name,
    said,
    byNeed,
    pointing: percent((one) => one.needs !== "nothing"),
    all: percent(() => true),
  };
}
async function learned(name: string, options: { sees: boolean; remembers: boolean; steps: number }) {
  const random = randomFrom(1);
  const { step, answer } = createModel(options);
  let lessons = 0;
  const lesson = () => {
    const some = dialogs(random, batch, { kept: false, pointing: lessons++ > options.steps / 4 });
    const right = inOrder(some).map((row) => row.map(({ answer }) => answers.indexOf(answer)));
    return { ...feedsOf(some), right };
  };
  await practise(name, options.steps, { step, batch: lesson });
  const said = Array.from({ length: test.length / batch }, (_, i) => {
    const { data } = answer(feedsOf(test.slice(i * batch, (i + 1) * batch))).best;
    return Array.from({ length: batch * turns }, (_, k) => {
      const [b, t] = [Math.floor(k / turns), k % turns];
      return answers[data[t * batch + b]!]!;
    });
  });
  return judge(name, said.flat());
}

// The most that can be known from a question alone: how often each answer was right.
const lessons = dialogs(randomFrom(3), 2000, { kept: false, pointing: true });
const favourite = commonestAnswers(lessons.flatMap((each) => each.turns));
const commonest = judge(
  "commonest answer",
  asked.map(({ question }) => favourite(question)),
);
const blind = await learned("without the picture", { sees: false, remembers: true, steps: lazySteps });
const forgetful = await learned("without the history", { sees: true, remembers: false, steps: lazySteps });
const both = await learned("with both", { sees: true, remembers: true, steps });
console.log(`\nright answers about worlds never seen, percent of ${asked.length} questions`);
console.log("by what has to be known of the question before");
const rows = [commonest, blind, forgetful, both].map((each) => [each.name, ...each.byNeed, each.all]);
console.log(table(["", ...needs, "all"], rows));

const shown = test.slice(0, 4);
const captions = shown.map((each, i) =>
  each.turns.map(({ question, answer }, t) => {
    const said = both.said[i * turns + t];
    return `${question}? – ${said === answer ? answer : `${said} (right: ${answer})`}`;
  }),
);
const pictures = draw(
  shown.map(({ things }) => things),
  side,
);
savePicture(
  "dialog",
  "dialogs.svg",
  imageGrid(pictures, { captions, title: "Dialogs about pictures", width: 200 }),
);

const lazy = Math.max(commonest.all, blind.all);
assert(both.all > lazy + (quick ? 5 : 30), `${both.all} %, a lazy answer ${lazy} %`);
const pointed = [both.pointing, forgetful.pointing];
assert(quick || both.pointing > forgetful.pointing + 15, `where the history is needed: ${pointed} %`);

const baselines = [commonest, blind, forgetful];
saveResults("dialog", {
  seeds: 1,
  picture: "dialogs.svg",
  results: [
    {
      metric: "questions that need those before right, %",
      value: both.pointing,
      baseline: baselines.map(({ name, pointing }) => `${pointing}, ${name}`).join("; "),
    },
    {
      metric: "all questions right, %",
      value: both.all,
      baseline: baselines.map(({ name, all }) => `${all}, ${name}`).join("; "),
    },
  ],
});
