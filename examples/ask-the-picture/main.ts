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
import {
  add,
  argmax,
  compile,
  concat,
  expandDims,
  input,
  mul,
  relu,
  reshape,
  sum,
  type Tensor,
  transpose,
} from "@org/core";
import {
  Conv2d,
  crossEntropy,
  Embedding,
  GRU,
  LayerNorm,
  Linear,
  pad,
  parameters,
  WordVocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, warmupCosine } from "@org/optim";
import { imageGrid } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { anyThing, colors, draw, isKept, shapes, type Thing } from "../shared/things.ts";

const quick = process.argv.includes("--quick");
const [steps, lazySteps] = quick ? [400, 60] : [3000, 1000];
const [side, cell, places, batch, longest, seen, hidden] = [24, 8, 9, 32, 10, 48, 64];

const kinds = ["colour", "shape", "number", "place"] as const;
const numbers = ["none", "one", "two", "three", "four", "five"];
const answers: readonly string[] = [...colors, ...shapes, ...numbers, "no", "yes"];
const words = "what colour is the shape thing how many things are there a left of above";
const vocabulary = WordVocabulary.of(
  [...colors, ...shapes, ...shapes.map((each) => `${each}s`), words].join(" "),
);

interface Round {
  readonly things: readonly Thing[];
  readonly kind: (typeof kinds)[number];
  readonly question: string;
  readonly answer: string;
}

function world(random: Random): Thing[] {
  const free = Array.from({ length: places }, (_, i) => i);
  const near = (at: number): number => cell * (at + 0.5) - 0.3 + 0.6 * random.uniform();
  return Array.from({ length: 2 + random.below(4) }, () => {
    const [place = 0] = free.splice(random.below(free.length), 1);
    return { ...anyThing(random, near(place % 3), near(Math.floor(place / 3))), size: "medium" as const };
  });
}

/** A question about a world, or nothing where this try's has no clear answer. */
function ask(random: Random, things: readonly Thing[]): Round | undefined {
  const kind = random.pick([...kinds, "place"] as const);
  const [color, shape, thing, byColor] = [
    random.pick(colors),
    random.pick(shapes),
    random.pick(things),
    random.uniform() < 0.5,
  ];
  const round = (question: string, answer: string): Round => ({ things, kind, question, answer });
  const is = (one: Thing): boolean => (byColor ? one.color === color : one.shape === shape);
  if (kind === "number")
    return round(
      `how many ${byColor ? `${color} things` : `${shape}s`} are there`,
      numbers[things.filter(is).length]!,
    );

  // The others are about one thing, which has to be the only one of its shape or colour.
  const byShape = kind === "colour" || (kind === "place" && byColor);
  const alike = things.filter((one) => (byShape ? one.shape === thing.shape : one.color === thing.color));
  if (alike.length > 1) return undefined;
  const name = byShape ? `the ${thing.shape}` : `the ${thing.color} thing`;
  if (kind === "colour") return round(`what colour is ${name}`, thing.color);
  if (kind === "shape") return round(`what shape is ${name}`, thing.shape);
  const across = random.uniform() < 0.5;
  const isBefore = (one: Thing): boolean => (across ? one.x < thing.x - 4 : one.y < thing.y - 4);
  const yes = things.some((one) => is(one) && isBefore(one));
  if (!yes && random.uniform() < 0.8) return undefined; // else most answers were no
  const what = byColor ? `${color} thing` : shape;
  return round(`is there a ${what} ${across ? "left of" : "above"} ${name}`, yes ? "yes" : "no");
}
const rounds = (random: Random, count: number, kept: boolean): Round[] =>
  Array.from({ length: count }, () => {
    for (;;) {
      const things = world(random);
      const round = isKept(things, cell) === kept ? ask(random, things) : undefined;
      if (round) return round;
    }
  });

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
  const model = {
    points: new Conv2d({ inputChannels: 3, outputChannels: 12, kernel: 4, stride: 2, padding: 1, seed: 1 }),
    look: new Conv2d({ inputChannels: 12, outputChannels: seen, kernel: 4, stride: 4, seed: 2 }),
    norm: new LayerNorm({ size: seen }),
    embedding: new Embedding({ count: vocabulary.size, size: 24, seed: 3 }),
    read: new GRU({ inputSize: 24, hiddenSize: hidden, update: "keep", reset: "after", seed: 4 }),
    scale: new Linear({ inputSize: hidden, outputSize: seen, seed: 5 }),
    shift: new Linear({ inputSize: hidden, outputSize: seen, seed: 6 }),
    judge: new Linear({ inputSize: seen, outputSize: hidden, seed: 7 }),
    sketch: new Linear({ inputSize: hidden, outputSize: 8, seed: 8 }),
    think: new Linear({ inputSize: 2 * hidden + places * 8, outputSize: hidden, seed: 9 }),
    head: new Linear({ inputSize: hidden, outputSize: answers.length, seed: 10 }),
  };
  const picture = input("picture", [batch, 3, side, side]);
  const words = input("words", [longest, batch], "i32");
  const lengths = input("lengths", [batch], "i32");
  const right = input("right", [batch], "i32");

  const map = model.look.apply(relu(model.points.apply(mul(picture, Number(sees)))));
  const cells = model.norm.apply(transpose(reshape(relu(map), [batch, seen, places]), [0, 2, 1]));
  const { state } = model.read.apply(model.embedding.apply(words), { lengths });
  const question = mul(state[0]!.h, Number(hears));
  // What the question wants of what is at each place; then all of it added up, and a little of it place by place.
  const toAll = (x: Tensor): Tensor => expandDims(x, 1);
  const scale = toAll(add(1, model.scale.apply(question)));
  const asked = relu(add(mul(cells, scale), toAll(model.shift.apply(question))));
  const judged = relu(model.judge.apply(asked));
  const where = reshape(relu(model.sketch.apply(judged)), [batch, places * 8]);
  const found = concat([sum(judged, { axis: 1 }), where, question], { axis: 1 });
  const thought = relu(model.think.apply(found));
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
  const percent = (wanted: (one: Round) => boolean): number => {
    const right = test.flatMap((one, i) => (wanted(one) ? [said[i] === one.answer] : []));
    return Number(((100 * right.filter(Boolean).length) / right.length).toFixed(1));
  };
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
const counts = new Map<string, Map<string, number>>();
for (const { question, answer } of rounds(randomFrom(3), 10_000, false)) {
  const of = counts.get(question) ?? new Map<string, number>();
  counts.set(question, of.set(answer, (of.get(answer) ?? 0) + 1));
}
const favourite = (question: string): string =>
  [...(counts.get(question) ?? [])].reduce((most, each) => (each[1] > most[1] ? each : most), ["", 0])[0];
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
  return [`${question}?`, both.said[i] === answer ? answer : `${both.said[i]}; no, ${answer}`];
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
