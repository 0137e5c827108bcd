/**
 * "Go to the red door, turn left, stop at the tree": a way through a maze, from what one sees (row D14).
 *
 * In this example's world doors, trees, lamps and wells in four colours stand in the rooms of a maze. A walker sees the
 * room that it is in and two ahead, as far as no wall is before it; it goes forward, turns, or stops. It is told which
 * way to turn at which mark; at other crossings it goes straight on, and around corners as they come. A GRU reads what it
 * is told, a second one goes from view to view and looks at every step for the words that matter now. It learns by doing
 * what somebody does who understands, and is judged by where it gets by itself, in mazes that it has never been in.
 * Beside it stand one that is told nothing, one that sees nothing, and one that goes at random.
 * Sources: Anderson et al. 2018, "Vision-and-language navigation", arXiv:1711.07280; Anderson et al. 2018, "On evaluation
 * of embodied navigation agents", arXiv:1807.06757, for SPL: success, times the right way's share of the one taken.
 */
import assert from "node:assert/strict";
import {
  argmax,
  array,
  compile,
  concat,
  input,
  mul,
  type NDArray,
  scan,
  type Tensor,
  zeros,
} from "@org/core";
import {
  crossEntropy,
  dotAttention,
  Embedding,
  GRU,
  GRUCell,
  Linear,
  pad,
  parameters,
  WordVocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, warmupCosine } from "@org/optim";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { type Random, randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { colors } from "../shared/things.ts";
import { drawMaps } from "./map.ts";
import {
  actions,
  type Journey,
  journey,
  kinds,
  longestWay,
  move,
  type Pose,
  sense,
  senseSize,
  viewSize,
  type Walker,
  walk,
} from "./maze.ts";

const quick = process.argv.includes("--quick");
const [steps, lazySteps] = quick ? [180, 50] : [1200, 1200];
const [size, batch, time, longest, hidden] = [5, 32, longestWay, 32, 64];
const words = "go to the and turn left right then stop at";
const vocabulary = WordVocabulary.of([...colors, ...kinds, words].join(" "));

const hear = (some: readonly Journey[]) => {
  const { values, lengths } = pad(
    some.map(({ told }) => vocabulary.encode(told)),
    { length: longest },
  );
  return { words: values, lengths };
};

/** Journeys of somebody who understands, step by step. */
function lesson(random: Random) {
  const some = Array.from({ length: batch }, () => journey(random, size, false));
  const senses = new Float32Array(time * batch * senseSize);
  some.forEach((each, b) => {
    each.done.reduce((pose, action, t) => {
      senses.set(sense(each, pose, each.done[t - 1]), (t * batch + b) * senseSize);
      return move(each.maze, pose, action);
    }, each.start);
  });
  const done = some.map(({ done }) => done.map((action) => actions.indexOf(action)));
  return {
    ...hear(some),
    senses: array(senses, { shape: [time, batch, senseSize] }),
    right: pad(done, { length: time, value: -100 }).values,
  };
}

function createWalker({ sees, hears, steps }: { sees: boolean; hears: boolean; steps: number }) {
  const gru = { hiddenSize: hidden, update: "keep", reset: "after" } as const;
  const model = {
    embedding: new Embedding({ count: vocabulary.size, size: 24, seed: 1 }),
    read: new GRU({ inputSize: 24, ...gru, seed: 2 }),
    query: new Linear({ inputSize: hidden + senseSize, outputSize: hidden, seed: 3 }),
    walk: new GRUCell({ inputSize: senseSize + hidden, ...gru, seed: 4 }),
    head: new Linear({ inputSize: hidden, outputSize: actions.length, seed: 5 }),
  };
  const words = input("words", [longest, batch], "i32");
  const lengths = input("lengths", [batch], "i32");
  const read = model.read.apply(model.embedding.apply(words), { lengths }).outputs;
  const heard = mul(read, Number(hears));
  const used = array(Float32Array.from({ length: senseSize }, (_, i) => Number(sees || i >= viewSize)));
  /** The state after a step. State and view say which words to look at. */
  const goOn = (h: Tensor, senses: Tensor, heard: Tensor): Tensor => {
    const x = mul(senses, used);
    const query = model.query.apply(concat([h, x], { axis: -1 }));
    const { context } = dotAttention(query, heard, { lengths });
    return model.walk.step(concat([x, context], { axis: -1 }), { h }).h;
  };

  // In training it goes where the other one went, all steps in one loop.
  const senses = input("senses", [time, batch, senseSize]);
  const right = input("right", [time, batch], "i32");
  const { ys } = scan(
    (h: Tensor, x: Tensor) => {
      const after = goOn(h, x, heard);
      return { carry: after, y: after };
    },
    { init: zeros([batch, hidden]), xs: senses },
  );
  const loss = crossEntropy(model.head.apply(ys), right);
  const rate = warmupCosine(4e-3, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: rate })));
  const step = compile({ inputs: { words, lengths, senses, right }, outputs: { loss }, updates });

  // Afterwards where it is next depends on what it does: a call for each step.
  const listen = compile({ inputs: { words, lengths }, outputs: { heard } });
  const [h, now] = [input("h", [batch, hidden]), input("now", [batch, senseSize])];
  const kept = input("heard", [longest, batch, hidden]);
  const after = goOn(h, now, kept);
  const best = argmax(model.head.apply(after), { axis: -1 });
  const act = compile({ inputs: { h, now, heard: kept, lengths }, outputs: { h: after, best } });
  const begin = (some: readonly Journey[]): Walker => {
    const { words, lengths } = hear(some);
    const { heard } = listen({ words, lengths });
    let h: NDArray = array(new Float32Array(batch * hidden), { shape: [batch, hidden] });
    return (senses) => {
      const result = act({ h, now: array(senses), heard, lengths });
      h = result.h;
      return Array.from(result.best.data, (i) => actions[i]!);
    };
  };
  return { step, begin };
}

const random = randomFrom(2);
const test = Array.from({ length: 10 * batch }, () => journey(random, size, true));
const turnsOf = ({ told }: Journey): number => told.split(" then ").length - 1;

function judge(name: string, begin: (some: readonly Journey[]) => Walker) {
  const walks = Array.from({ length: test.length / batch }, (_, i) => {
    const some = test.slice(i * batch, (i + 1) * batch);
    return walk(some, begin(some));
  }).flat();
  const mean = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;
  const percent = (all: readonly number[]): number => Number((100 * mean(all)).toFixed(1));
  const ratios = walks.map(({ poses }, i) => (poses.length - 1) / (test[i]!.done.length - 1));
  const arrived = walks.map((each) => Number(each.arrived));
  const byTurns = [1, 2, 3].map((n) => percent(arrived.filter((_, i) => turnsOf(test[i]!) === n)));
  const spl = percent(arrived.map((each, i) => each / Math.max(1, ratios[i]!)));
  const ratio = mean(ratios.filter((_, i) => arrived[i])).toFixed(2);
  return { name, walks, arrived: percent(arrived), spl, byTurns, ratio };
}
async function trained(name: string, options: { sees: boolean; hears: boolean; steps: number }) {
  const random = randomFrom(1);
  const { step, begin } = createWalker(options);
  await practise(name, options.steps, { step, batch: () => lesson(random) });
  return judge(name, begin);
}
const dice = randomFrom(3);
const lost = judge("at random", (some) => () => some.map(() => dice.pick(actions)));
const guide = judge("who understands", (some) => {
  const left = some.map(({ done }) => [...done]);
  return () => left.map((actions) => actions.shift() ?? "stop");
});
const untold = await trained("told nothing", { sees: true, hears: false, steps: lazySteps });
const unseeing = await trained("seeing nothing", { sees: false, hears: true, steps: lazySteps });
const able = await trained("told and seeing", { sees: true, hears: true, steps });

console.log(`\nwho arrives, percent of ${test.length} ways in mazes never been in`);
console.log(
  table(
    ["", "1 turn", "2 turns", "3 turns", "all", "SPL", "way : told way"],
    [lost, unseeing, untold, able, guide].map((each) => [
      each.name,
      ...each.byTurns,
      each.arrived,
      each.spl,
      each.ratio,
    ]),
  ),
);
const isTelling = (_: Journey, i: number): boolean =>
  able.walks[i]!.arrived && !untold.walks[i]!.arrived && turnsOf(test[i]!) > 1;
const shown = test.flatMap((each, i) => (isTelling(each, i) ? [{ each, i }] : [])).slice(0, 2);
const rooms = (poses: readonly Pose[]): number[] => poses.map(({ room }) => room);
savePicture(
  "walk",
  "ways.svg",
  drawMaps(
    shown.map(({ each, i }) => ({
      journey: each,
      ways: [
        { name: able.name, color: "#0072b2", rooms: rooms(able.walks[i]!.poses) },
        { name: untold.name, color: "#d55e00", rooms: rooms(untold.walks[i]!.poses) },
      ],
    })),
  ),
);

assert(guide.arrived === 100 && guide.spl === 100, "what is told does not lead to the goal");
const lazy = Math.max(lost.arrived, untold.arrived, unseeing.arrived);
assert(able.arrived > lazy + (quick ? 10 : 50), `${able.arrived} % arrive, of the lazy ones ${lazy} %`);
assert(quick || able.spl > 85, `SPL ${able.spl} %`);

const baseline = (of: (one: typeof able) => number): string =>
  [untold, unseeing, lost].map((each) => `${of(each)}, ${each.name}`).join("; ");
saveResults("walk", {
  seeds: 1,
  picture: "ways.svg",
  results: [
    {
      metric: "arrived in mazes never been in, %",
      value: able.arrived,
      baseline: baseline((one) => one.arrived),
    },
    {
      metric: "success weighted by the length of the way, %",
      value: able.spl,
      baseline: baseline((one) => one.spl),
    },
  ],
});
