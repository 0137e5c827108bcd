/** What transforms and schedules refuse, and how they say it. */
import { constant, parameter, square, sum } from "@org/core";
import * as optim from "@org/optim";
import { minimize, type Transform } from "@org/optim";
import { describe, expect, test } from "vitest";

/** The message of what is thrown. */
function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing thrown";
}

const rate = { learningRate: 0.1 };

test("options of optimizers", () => {
  const complaints = [
    () => optim.sgd({ learningRate: -0.1 }),
    () => optim.sgd({ learningRate: Number.NaN }),
    () => optim.sgd({ learningRate: Number.POSITIVE_INFINITY }),
    () => optim.sgd({ ...rate, momentum: -0.9 }),
    () => optim.adam({ ...rate, beta1: 1 }),
    () => optim.adam({ ...rate, beta2: -0.1 }),
    () => optim.adam({ ...rate, epsilon: -1e-8 }),
    () => optim.adamw({ ...rate, beta1: 1 }),
    () => optim.adamw({ ...rate, weightDecay: -1 }),
    () => optim.nadam({ ...rate, beta2: 1.5 }),
    () => optim.nadam({ ...rate, momentumDecay: -1 }),
    () => optim.radam({ ...rate, beta1: 2 }),
    () => optim.adamax({ learningRate: -1 }),
    () => optim.rmsprop({ ...rate, decay: 1 }),
    () => optim.rmsprop({ ...rate, momentum: -1 }),
    () => optim.adagrad({ ...rate, initialSquare: -1 }),
    () => optim.adadelta({ epsilon: 0 }),
    () => optim.rprop({ initialStep: 0 }),
    () => optim.rprop({ shrink: 1 }),
    () => optim.rprop({ grow: 1 }),
    () => optim.rprop({ minStep: 2, maxStep: 1 }),
    () => optim.lion({ ...rate, beta2: 1 }),
    () => optim.lion({ ...rate, weightDecay: -0.1 }),
  ].map(complaint);
  expect(complaints).toMatchInlineSnapshot(`
    [
      "sgd: learningRate is a finite number from 0, received -0.1",
      "sgd: learningRate is a finite number from 0, received NaN",
      "sgd: learningRate is a finite number from 0, received Infinity",
      "sgd: momentum is a finite number from 0, received -0.9",
      "adam: beta1 is a number from 0 and below 1, received 1",
      "adam: beta2 is a number from 0 and below 1, received -0.1",
      "adam: epsilon is a finite number from 0, received -1e-8",
      "adamw: beta1 is a number from 0 and below 1, received 1",
      "adamw: weightDecay is a finite number from 0, received -1",
      "nadam: beta2 is a number from 0 and below 1, received 1.5",
      "nadam: momentumDecay is a finite number from 0, received -1",
      "radam: beta1 is a number from 0 and below 1, received 2",
      "adamax: learningRate is a finite number from 0, received -1",
      "rmsprop: decay is a number from 0 and below 1, received 1",
      "rmsprop: momentum is a finite number from 0, received -1",
      "adagrad: initialSquare is a finite number from 0, received -1",
      "adadelta: epsilon is a number above 0, received 0",
      "rprop: initialStep is a number above 0, received 0",
      "rprop: shrink is a number above 0 and below 1, received 1",
      "rprop: grow is a number above 1, received 1",
      "rprop: expected minStep to be at most maxStep, received 2 and 1",
      "lion: beta2 is a number from 0 and below 1, received 1",
      "lion: weightDecay is a finite number from 0, received -0.1",
    ]
  `);
});

test("options of clipping, noise and wrappers", () => {
  const sgd = optim.sgd(rate);
  const complaints = [
    () => optim.clipByGlobalNorm(0),
    () => optim.clipByGlobalNorm(1, { order: -2 }),
    () => optim.globalNorm({ w: constant([1]) }, { order: 0 }),
    () => optim.clipByNorm(-1),
    () => optim.clipByValue(Number.NaN),
    () => optim.adaptiveClip({ clipping: 0 }),
    () => optim.adaptiveClip({ axis: 0.5 }),
    () => optim.gradientNoise({ variance: -1 }),
    () => optim.gradientNoise({ seed: -1 }),
    () => optim.weightDecay(-0.1),
    () => optim.accumulate(sgd, 0),
    () => optim.accumulate(sgd, 1.5),
    () => optim.lookahead(sgd, { period: 0 }),
    () => optim.lookahead(sgd, { slowStep: 1.5 }),
    () => optim.averageWeights(1),
  ].map(complaint);
  expect(complaints).toMatchInlineSnapshot(`
    [
      "clipByGlobalNorm: maxNorm is a number above 0, received 0",
      "clipByGlobalNorm: order is a number above 0, received -2",
      "globalNorm: order is a number above 0, received 0",
      "clipByNorm: maxNorm is a number above 0, received -1",
      "clipByValue: limit is a number above 0, received NaN",
      "adaptiveClip: clipping is a number above 0, received 0",
      "adaptiveClip: axis is a whole number, received 0.5",
      "gradientNoise: variance is a finite number from 0, received -1",
      "randomKey: expected a whole seed from 0 to 2⁵³ - 1, received -1",
      "weightDecay: rate is a finite number from 0, received -0.1",
      "accumulate: batches is a whole number from 1, received 0",
      "accumulate: batches is a whole number from 1, received 1.5",
      "lookahead: period is a whole number from 1, received 0",
      "lookahead: slowStep is a number from 0 to 1, received 1.5",
      "averageWeights: decay is a number from 0 and below 1, received 1",
    ]
  `);
});

test("options of schedules", () => {
  const metric = constant(1);
  const complaints = [
    () => optim.constant(-1),
    () => optim.step(0.1, { every: 0 }),
    () => optim.exponentialDecay(0.1, { factor: -1 }),
    () => optim.polynomial(0.1, { steps: 0 }),
    () => optim.cosine(0.1, { steps: 10, end: -1 }),
    () => optim.warmRestarts(0.1, { period: 2.5 }),
    () => optim.warmRestarts(0.1, { period: 2, growth: 1.5 }),
    () => optim.warmupCosine(0.1, { warmup: 10, steps: 10 }),
    () => optim.oneCycle(0.1, { steps: 2 }),
    () => optim.oneCycle(0.1, { steps: 10, warmup: 0.8, threePhases: true }),
    () => optim.piecewise({}),
    () => optim.piecewise({ 5: 0.1 }),
    () => optim.piecewise({ 0: 0.1, 2.5: 0.01 }),
    () => optim.piecewise({ 0: 0.1, 5: -0.1 }),
    () => optim.reduceOnPlateau(0.1, { metric, factor: 1 }),
    () => optim.reduceOnPlateau(0.1, { metric, patience: -1 }),
    () => optim.reduceOnPlateau(0.1, { metric: constant([1, 2]) }),
  ].map(complaint);
  expect(complaints).toMatchInlineSnapshot(`
    [
      "constant: rate is a finite number from 0, received -1",
      "step: every is a whole number from 1, received 0",
      "exponentialDecay: factor is a finite number from 0, received -1",
      "polynomial: steps is a number above 0, received 0",
      "cosine: end is a finite number from 0, received -1",
      "warmRestarts: period is a whole number from 1, received 2.5",
      "warmRestarts: growth is a whole number from 1, received 1.5",
      "warmupCosine: expected warmup to be less than steps, received 10 of 10",
      "oneCycle: expected phases to end one after another, received ends at steps -0.4, 1
      hint: with 2 steps, choose warmup above 0.5",
      "oneCycle: expected phases to end one after another, received ends at steps 7, 14, 9
      hint: with 10 steps, choose warmup above 0.1 and below a half",
      "piecewise: expected a piece from step 0, received no pieces",
      "piecewise: expected a piece from step 0, received a first piece from step 5",
      "piecewise: every key is a whole number from 0, received 2.5",
      "piecewise: the rate from step 5 is a finite number from 0, received -0.1",
      "reduceOnPlateau: factor is a number from 0 and below 1, received 1",
      "reduceOnPlateau: patience is a whole number from 0, received -1",
      "reduceOnPlateau: expected metric to be a scalar
      metric: [2]  f32",
    ]
  `);
});

describe("paths and shapes", () => {
  const record = { "lstm.W": parameter("W", [[1, 2]]), bias: parameter("b", [1]) };
  const loss = sum(record.bias);
  const sgd = optim.sgd(rate);
  const tried = (transform: Transform): string => complaint(() => minimize(loss, record, transform));

  test("selections", () => {
    expect(
      [
        optim.masked(sgd, []),
        optim.masked(sgd, ""),
        optim.masked(sgd, "lstm."),
        optim.masked(sgd, ["bias", "lstm.V"]),
        optim.masked(sgd, () => false),
        optim.freeze(sgd, ["lstm", "bias"]),
        optim.freeze(sgd, []),
        optim.weightDecay(0.1, { decayed: "weight" }),
        optim.adamw({ ...rate, decayed: [] }),
        optim.lion({ ...rate, decayed: "weight" }),
        optim.partition(["bias", sgd]),
        optim.partition(["**", sgd], ["bias", sgd]),
        optim.partition(["none", sgd]),
        optim.adaptiveClip({ axis: 2 }),
      ].map(tried),
    ).toMatchInlineSnapshot(`
      [
        "masked: expected at least one path, received an empty list
        hint: the parameters are lstm.W, bias",
        "masked: expected a path such as "lstm.0.*", received ""
        hint: the parameters are lstm.W, bias",
        "masked: expected a path such as "lstm.0.*", received "lstm."
        hint: the parameters are lstm.W, bias",
        "masked: "lstm.V" selects no parameter
        hint: the parameters are lstm.W, bias",
        "masked: the function selects no parameter
        hint: the parameters are lstm.W, bias",
        "freeze: nothing is left to train of lstm.W, bias",
        "freeze: expected at least one path, received an empty list
        hint: the parameters are lstm.W, bias",
        "weightDecay: "weight" selects no parameter
        hint: the parameters are lstm.W, bias",
        "adamw: expected at least one path, received an empty list
        hint: the parameters are lstm.W, bias",
        "lion: "weight" selects no parameter
        hint: the parameters are lstm.W, bias",
        "partition: in no group: lstm.W
        hint: end with a group for the rest, ["**", transform]",
        "partition: group 1 has no parameters: those that it selects are in groups before it
        hint: a parameter belongs to the first group that selects it; put the narrower group first",
        "partition: "none" selects no parameter
        hint: the parameters are lstm.W, bias",
        "adaptiveClip: lstm.W has no axis 2
        lstm.W: [1, 2]",
      ]
    `);
  });

  test("a long list of parameters is cut", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`w${i}`, parameter("w", [i])]));
    const transform = optim.masked(sgd, "v");
    expect(() => minimize(sum(many.w0!), many, transform)).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: masked: "v" selects no parameter
        hint: the parameters are w0, w1, w2, w3, w4, w5, w6, w7 and 4 more]
    `);
  });
});

test("plain JavaScript: a layer for its parameters, names of another library", () => {
  const layer = { parameters: { w: parameter("w", 1) } };
  const loss = square(layer.parameters.w);
  expect(() => minimize(loss, layer as never, optim.sgd({ learningRate: 1 }))).toThrow(
    /^minimize: expected a record or an array of parameters[\s\S]*parameters\(model\) of @org\/nn/,
  );
  expect(() => minimize(loss, layer.parameters, undefined as never)).toThrow(
    /^minimize: expected a transform, such as an optimizer\n {2}hint: minimize\(/,
  );
  expect(() => optim.adam({ lr: 1 } as never)).toThrow(
    /^adam: no option is called "lr"[\s\S]*did you mean learningRate\?/,
  );
  expect(() => optim.sgd({} as never)).toThrow("sgd: expected the option learningRate, received nothing");
});

test("minimize: a state of other parameters or of another transform", () => {
  const [w, v] = [parameter("w", [1, 2]), parameter("w", [1, 2, 3])];
  const adam = optim.adam(rate);
  const { state } = minimize(sum(square(w)), [w], adam);
  expect(() => minimize(sum(square(v)), [v], adam, { state })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: minimize: the given state has f32 [2] as mean.w, the transform expects f32 [3] for these parameters
      hint: state is that of a minimization of the same parameters by the same transform]
  `);
  expect(() => minimize(sum(w), [w], optim.sgd(rate), { state })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: minimize: the given state has i32 [] as count, the transform expects nothing for these parameters
      hint: state is that of a minimization of the same parameters by the same transform]
  `);
  expect(() => minimize(sum(w), [w], adam, { state: {} })).toThrow(
    /^minimize: the given state has nothing as /,
  );
  expect(() => minimize(sum(w), [w], adam, { sate: state } as never)).toThrow(/did you mean state\?/);
});

test("what is no transform, in the place of one", () => {
  const w = parameter("w", [1, 2]);
  const wrappers: Readonly<Record<string, (odd: Transform) => unknown>> = {
    chain: (odd) => optim.chain(optim.sgd(rate), odd),
    minimize: (odd) => minimize(sum(w), [w], odd),
    masked: (odd) => optim.masked(odd, "w"),
    skipNonFinite: (odd) => optim.skipNonFinite(odd),
    accumulate: (odd) => optim.accumulate(odd, 2),
    freeze: (odd) => optim.freeze(odd, "w"),
    partition: (odd) => optim.partition(["**", odd]),
    lookahead: (odd) => optim.lookahead(odd),
  };
  for (const [name, wrap] of Object.entries(wrappers))
    for (const odd of [undefined, null, 3, "sgd", {}, rate, [optim.sgd(rate)], optim.sgd])
      expect(complaint(() => wrap(odd as never))).toContain(
        `${name}: expected a transform, such as an optimizer`,
      );
});
