/**
 * A picture in, a sentence out: "a small red circle left of a large blue square" (rows D08, C21 and D21).
 *
 * In this example's world a picture shows one thing, a circle, square, triangle or cross, in one of four colours and two
 * sizes, or two of them side by side or one above the other. A convolution reads it; what it makes of it is the first
 * state of a GRU, which hears it beside every word as well, and writes. Of two things either may be named first; both
 * captions are right, so what one word commits to matters, and a search with beams finds better ones than the likeliest
 * word each time. Some combinations are never seen in training, no red circle left of a square, say: who knows captions by
 * heart cannot name them, who takes pictures apart can. The network is in between.
 * With photographs in place of shapes this is how a search engine finds pictures and a shop describes its goods (D21).
 * Source: Vinyals, Toshev, Bengio & Erhan 2015, "Show and tell: a neural image caption generator", arXiv:1411.4555, who
 * show the picture once, as the first word; heard beside every word as well, it is learned sooner here.
 */
import assert from "node:assert/strict";
import { broadcastTo, compile, concat, input, math, mul, relu, reshape, type Tensor } from "@org/core";
import {
  Conv2d,
  crossEntropy,
  Embedding,
  GRUCell,
  generate,
  Linear,
  pad,
  parameters,
  recurrent,
  Sequential,
  WordVocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, warmupCosine } from "@org/optim";
import { imageGrid } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { draw } from "../shared/things.ts";
import { type Scene, scenes, words } from "./scenes.ts";

const quick = process.argv.includes("--quick");
const steps = quick ? 300 : 2500;
const [side, batch, hidden, longest] = [24, 32, 96, 12]; // of a caption, its point included

const picturesOf = (some: readonly Scene[]) =>
  draw(
    some.map(({ things }) => things),
    side,
  );

const vocabulary = WordVocabulary.of(words);
const [point = 0] = vocabulary.encode("."); // ends captions, and begins them

/** One that sees nothing is shown a dark picture. */
function createCaptioner({ sees, steps }: { sees: boolean; steps: number }) {
  const seen = 32 * 6 * 6;
  const model = {
    eye: new Sequential([
      new Conv2d({ inputChannels: 3, outputChannels: 16, kernel: 4, stride: 2, padding: 1, seed: 1 }),
      relu,
      new Conv2d({ inputChannels: 16, outputChannels: 32, kernel: 4, stride: 2, padding: 1, seed: 2 }),
      relu,
    ]),
    gist: new Linear({ inputSize: seen, outputSize: hidden, seed: 3 }),
    embedding: new Embedding({ count: vocabulary.size, size: 24, seed: 4 }),
    cell: new GRUCell({
      inputSize: 24 + hidden,
      hiddenSize: hidden,
      update: "keep",
      reset: "after",
      seed: 5,
    }),
    head: new Linear({ inputSize: hidden, outputSize: vocabulary.size, seed: 6 }),
  };
  const picture = input("picture", [batch, 3, side, side]);
  const map = model.eye.apply(mul(picture, Number(sees)));
  const gist = math`tanh(${model.gist.apply(reshape(map, [batch, seen]))})`;
  /** Words `[...time, batch]`, with the picture beside each. */
  const hear = (ids: Tensor, gist: Tensor): Tensor =>
    concat([model.embedding.apply(ids), broadcastTo(gist, [...ids.shape, hidden])], { axis: -1 });

  const heard = input("heard", [longest, batch], "i32");
  const said = input("said", [longest, batch], "i32");
  const { outputs } = recurrent(model.cell, hear(heard, gist), { initialState: { h: gist } });
  const loss = crossEntropy(model.head.apply(outputs), said);
  const rate = warmupCosine(4e-3, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: rate })));
  const step = compile({ inputs: { picture, heard, said }, outputs: { loss }, updates });

  /** Says what is on pictures: the likeliest word each time, or the likeliest of the captions that a search finds. */
  const speaker = (search: { temperature: 0 } | { beams: number }) => {
    const write = generate({
      step(ids, { h, gist }: { h: Tensor; gist: Tensor }) {
        const state = model.cell.step(hear(ids, gist), { h });
        return { logits: model.head.apply(state.h), state: { ...state, gist } };
      },
      initialState: { h: gist, gist }, // beams take the picture along
      inputs: { picture },
      stop: point,
      chunk: longest,
      ...search,
    });
    return (some: readonly Scene[]): string[] => {
      const begun = some.map(() => [point]);
      return write(begun, { length: longest, inputs: { picture: picturesOf(some) } }).map((ids) =>
        vocabulary.decode(ids),
      );
    };
  };
  return { step, speaker };
}

/** New pictures, with one of the right captions each. */
function lesson(random: Random) {
  const some = scenes(random, batch, false);
  const texts = some.map(({ captions }) => [...vocabulary.encode(`${random.pick(captions)}.`)]);
  const before = texts.map((ids) => [point, ...ids.slice(0, -1)]);
  return {
    picture: picturesOf(some),
    heard: pad(before, { length: longest }).values,
    said: pad(texts, { length: longest, value: -100 }).values,
  };
}
async function trained(name: string, sees: boolean, steps: number) {
  const random = randomFrom(1);
  const captioner = createCaptioner({ sees, steps });
  await practise(name, steps, { step: captioner.step, batch: () => lesson(random) });
  return captioner;
}
const captioner = await trained("captions", true, steps);
const blind = await trained("captions of the dark", false, Math.ceil(steps / 4));

// What is said of pictures that were never seen: of combinations that were, and of those that never were.
const tests = {
  known: scenes(randomFrom(2), 10 * batch, false),
  never: scenes(randomFrom(3), 10 * batch, true),
};
const heard = new Map<string, number>();
for (const { captions } of scenes(randomFrom(4), 20_000, false))
  for (const caption of captions) heard.set(caption, (heard.get(caption) ?? 0) + 1);
const [commonest] = [...heard].reduce((most, each) => (each[1] > most[1] ? each : most));

/** The part of words that stand where they do in the right caption that is nearest. */
const agreement = (said: string, { captions }: Scene): number => {
  const spoken = said.split(" ");
  const parts = captions.map((caption) => {
    const right = caption.split(" ");
    return right.filter((word, i) => word === spoken[i]).length / Math.max(right.length, spoken.length);
  });
  return Math.max(...parts);
};
function measure(name: string, speak: (some: readonly Scene[]) => string[]) {
  const scores = Object.values(tests).flatMap((some) => {
    const agreed = Array.from({ length: some.length / batch }, (_, i) => {
      const part = some.slice(i * batch, (i + 1) * batch);
      return speak(part).map((said, b) => agreement(said, part[b]!));
    }).flat();
    const percent = (all: readonly number[]): number =>
      Number(((100 * all.reduce((sum, each) => sum + each, 0)) / all.length).toFixed(1));
    return [percent(agreed.map((each) => Number(each === 1))), percent(agreed)];
  });
  return [name, ...scores] as [string, number, number, number, number];
}
const greedy = captioner.speaker({ temperature: 0 });
const rows = [
  measure("the commonest caption", (some) => some.map(() => commonest)),
  measure("without the picture, greedy", blind.speaker({ temperature: 0 })),
  measure("with it, greedy", greedy),
  measure("with it, the best of 4 beams", captioner.speaker({ beams: 4 })),
];
console.log(`\nright captions of ${10 * batch} pictures each, and right words in them, percent`);
console.log(table(["", "captions", "words", "never-seen combinations", "words"], rows));

const shown = [...tests.never.slice(0, 6), ...tests.known.slice(0, batch - 6)];
const said = greedy(shown).map((text, i) => {
  const right = agreement(text, shown[i]!) === 1;
  return right ? [text] : [text, `is: ${shown[i]!.captions[0]}`];
});
savePicture(
  "caption",
  "captions.svg",
  imageGrid(picturesOf(shown.slice(0, 12)), {
    captions: said.slice(0, 12),
    title: "What it says of pictures; those above show combinations that it never saw",
  }),
);

const [lazy, dark, plain, searched] = rows.map((row) => row.slice(1) as [number, number, number, number]);
assert(lazy && dark && plain && searched);
const guess = Math.max(lazy[1], dark[1]);
assert(plain[1] > guess + (quick ? 10 : 30), `${plain[1]} % of the words, without looking ${guess} %`);
if (!quick) {
  assert(plain[0] > 60 && dark[0] < 5, `${plain[0]} % of the captions, without the picture ${dark[0]} %`);
  assert(plain[2] > 10 && dark[2] < 5, `${plain[2]} % of the combinations that it never saw`);
}

saveResults("caption", {
  seeds: 1,
  picture: "captions.svg",
  results: [
    {
      metric: "captions of new pictures right, %",
      value: searched[0],
      baseline: `${lazy[0]}, the commonest caption; ${dark[0]}, without the picture`,
    },
    {
      metric: "captions right of combinations never seen in training, %",
      value: searched[2],
      baseline: `${lazy[2]}, the commonest caption; ${dark[2]}, without the picture`,
    },
    {
      metric: "words of captions of new pictures right, %",
      value: searched[1],
      baseline: `${lazy[1]}, the commonest caption; ${dark[1]}, without the picture`,
    },
  ],
});
