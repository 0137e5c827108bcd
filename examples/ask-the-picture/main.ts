/**
 * "Is there a red thing left of the circle?": a picture and a question in, an answer out (row D12).
 *
 * In this example's world two to five things, circles, squares, triangles and crosses in four colours, lie on the nine
 * places of a small picture. Questions ask for a colour, a shape, a number, or whether something lies left of or above
 * something else. A convolution looks at each place, a GRU reads the question, and the question says what to look for: it
 * scales and shifts what was seen at every place before an answer is made of all of it.
 * Many questions have a favourite answer. So beside the network stand the commonest answer to each question, one network
 * that hears and doesn't see, and one that sees and doesn't hear, all asked about worlds that none of them has seen.
 * Sources: Antol et al. 2015, "VQA: visual question answering", arXiv:1505.00468, with these baselines; Perez et al. 2018,
 * "FiLM: visual reasoning with a general conditioning layer", arXiv:1709.07871, for how the question says what to look for.
 */
import assert from "node:assert/strict";
import { argmax, compile, concat, input, mul, relu } from "@org/core";
import { crossEntropy, Embedding, GRU, Linear, pad, parameters, WordVocabulary } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, warmupCosine } from "@org/optim";
import { imageGrid } from "@org/viz";
import { commonestAnswers } from "../shared/commonest.ts";
import { createEye } from "../shared/eye.ts";
import { percentRight } from "../shared/percent-right.ts";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { draw } from "../shared/things.ts";
import { answers, cell, kinds, type Round, rounds, side, words } from "./questions.ts";

const quick = process.argv.includes("--quick");
const [steps, lazySteps] = quick ? [400, 60] : [3000, 1000];
const [batch, longest, hidden] = [32, 10, 64];
const vocabulary = WordVocabulary.of(words);

function feedsOf(some: readonly Round[]) {
  const questions = some.map(({ question }) => vocabulary.encode(question));
  const { values, lengths } = pad(questions, { length: longest });
  return {
    picture: draw(
      some.map(({ things }) => things),
      side,
    ),
    words: values,
    lengths,
  };
}

function createModel({ sees, hears, steps }: { sees: boolean; hears: boolean; steps: number }) {
  const eye = createEye({ side, cell, told: hidden, hidden });
  const model = {
    eye: eye.parts,
    embedding: new Embedding({ count: vocabulary.size, size: 24, seed: 1 }),
    read: new GRU({ inputSize: 24, hiddenSize: hidden, update: "keep", reset: "after", seed: 2 }),
    think: new Linear({ inputSize: eye.found + hidden, outputSize: hidden, seed: 3 }),
    head: new Linear({ inputSize: hidden, outputSize: answers.length, seed: 4 }),
  };
  const picture = input("picture", [batch, 3, side, side]);
  const words = input("words", [longest, batch], "i32");
  const lengths = input("lengths", [batch], "i32");
  const right = input("right", [batch], "i32");

  const { state } = model.read.apply(model.embedding.apply(words), { lengths });
  const question = mul(state[0]!.h, Number(hears));
  const found = eye.find(eye.look(mul(picture, Number(sees))), question);
  const thought = relu(model.think.apply(concat([found, question], { axis: 1 })));
  const logits = model.head.apply(thought);

  const loss = crossEntropy(logits, right);
  const rate = warmupCosine(4e-3, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: rate })));
  const inputs = { picture, words, lengths };
  const step = compile({ inputs: { ...inputs, right }, outputs: { loss }, updates });
  const answer = compile({ inputs, outputs: { best: argmax(logits, { axis: -1 }) } });
  return { step, answer };
}

const test = rounds(randomFrom(2), 20 * batch, true);
function judge(name: string, said: readonly string[]) {
  const percent = (wanted: (one: Round) => boolean): number => percentRight(test, said, wanted);
  return {
    name,
    said,
    byKind: kinds.map((kind) => percent((one) => one.kind === kind)),
    all: percent(() => true),
  };
}
async function learned(name: string, options: { sees: boolean; hears: boolean; steps: number }) {
  const random = randomFrom(1);
  const { step, answer } = createModel(options);
  const lesson = () => {
    const some = rounds(random, batch, false);
    return { ...feedsOf(some), right: some.map(({ answer }) => answers.indexOf(answer)) };
  };
  await practise(name, options.steps, { step, batch: lesson });
  const said = Array.from({ length: test.length / batch }, (_, i) => {
    const { best } = answer(feedsOf(test.slice(i * batch, (i + 1) * batch)));
    return Array.from(best.data, (id) => answers[id]!);
  });
  return judge(name, said.flat());
}

// The most that can be known from the question alone: how often each answer was right.
const favourite = commonestAnswers(rounds(randomFrom(3), 10_000, false));
const commonest = judge(
  "commonest answer",
  test.map(({ question }) => favourite(question)),
);
const blind = await learned("question alone", { sees: false, hears: true, steps: lazySteps });
const deaf = await learned("picture alone", { sees: true, hears: false, steps: lazySteps });
const both = await learned("picture and question", { sees: true, hears: true, steps });
console.log(`\nright answers about worlds never seen, percent of ${test.length} questions`);
const rows = [commonest, blind, deaf, both].map((each) => [each.name, ...each.byKind, each.all]);
console.log(table(["", ...kinds, "all"], rows));

const shown = kinds.flatMap((kind) => test.flatMap((one, i) => (one.kind === kind ? [i] : [])).slice(0, 3));
const captions = shown.map((i) => {
  const { question, answer } = test[i]!;
  return [`${question}?`, both.said[i] === answer ? answer : `${both.said[i]} (right: ${answer})`];
});
const pictures = draw(
  shown.map((i) => test[i]!.things),
  side,
);
savePicture(
  "ask-the-picture",
  "answers.svg",
  imageGrid(pictures, { captions, title: "Questions about pictures, and what it answers" }),
);

const lazy = Math.max(commonest.all, blind.all, deaf.all);
assert(both.all > lazy + (quick ? 5 : 30), `${both.all} %, a lazy answer ${lazy} %`);
assert(quick || both.byKind.every((each, i) => each > commonest.byKind[i]! + 10), `${both.byKind}`);

const baseline = `${commonest.all}, the commonest answer to the question; ${blind.all}, without the picture; ${deaf.all}, without the question`;
const relation = `${commonest.byKind[3]}, the commonest answer; ${blind.byKind[3]}, without the picture`;
saveResults("ask-the-picture", {
  seeds: 1,
  picture: "answers.svg",
  results: [
    { metric: "questions about worlds never seen right, %", value: both.all, baseline },
    { metric: "of them, left of and above, %", value: both.byKind[3]!, baseline: relation },
  ],
});
