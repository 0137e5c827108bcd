/** Training that is stopped, saved and restored goes on to the last bit, whatever the transform remembers. */
import { array, compile, parameter } from "@org/core";
import * as optim from "@org/optim";
import { chain, minimize, type Transform } from "@org/optim";
import { expect, test } from "vitest";
import { bowl, values } from "./problems.ts";

const learningRate = optim.warmRestarts(0.1, { period: 2, growth: 2 });
const watched = parameter("watched", 1);

const transforms: Record<string, Transform> = {
  sgd: optim.sgd({ learningRate, momentum: 0.9 }),
  adam: optim.adam({ learningRate, amsgrad: true }),
  adamw: optim.adamw({ learningRate }),
  nadam: optim.nadam({ learningRate }),
  radam: optim.radam({ learningRate, beta2: 0.9 }),
  adamax: optim.adamax({ learningRate }),
  rmsprop: optim.rmsprop({ learningRate, centered: true, momentum: 0.5 }),
  adagrad: optim.adagrad({ learningRate }),
  adadelta: optim.adadelta({ learningRate }),
  rprop: optim.rprop({ initialStep: 0.1 }),
  lion: optim.lion({ learningRate, weightDecay: 0.1 }),
  noise: chain(optim.gradientNoise({ seed: 7 }), optim.sgd({ learningRate })),
  accumulated: optim.accumulate(chain(optim.clipByGlobalNorm(1), optim.adam({ learningRate })), 4),
  guarded: optim.skipNonFinite(optim.adam({ learningRate })),
  lookahead: optim.lookahead(optim.adam({ learningRate }), { period: 4 }),
  averaged: chain(optim.adam({ learningRate }), optim.averageWeights(0.9, { warmup: true })),
  grouped: optim.partition(["v", optim.lion({ learningRate })], ["**", optim.adam({ learningRate })]),
  plateau: optim.sgd({
    learningRate: optim.reduceOnPlateau(0.1, { metric: watched, patience: 0, cooldown: 1, every: 3 }),
  }),
};

test.each(Object.keys(transforms))("%s", (name) => {
  const start = () => {
    const all = { w: parameter("w", [1, -2, 0.5]), v: parameter("v", [[3, 1]]) };
    const loss = bowl(all.w, [0.3, 0.1, -0.2]);
    const updates = minimize(loss, all, transforms[name]!);
    return { all: { ...all, ...updates.state }, step: compile({ updates }) };
  };
  const [through, before, after] = [start(), start(), start()];
  for (let i = 0; i < 13; i++) through.step();
  for (let i = 0; i < 6; i++) before.step();
  const target: Record<string, typeof watched> = after.all;
  for (const [key, part] of Object.entries(before.all)) target[key]!.value = array(part.value);
  for (let i = 0; i < 7; i++) after.step();
  expect(values(after.all)).toEqual(values(through.all));
  expect(values(after.all)).not.toEqual(values(before.all));
});

test("the position of a schedule counts the steps that were made", () => {
  const w = parameter("w", [1]);
  const updates = minimize(bowl(w), { w }, transforms.accumulated!);
  const step = compile({ updates });
  for (let i = 0; i < 13; i++) step();
  expect(updates.state["inner.1.learningRate.step"]!.value.item()).toBe(3);
});
