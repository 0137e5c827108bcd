/** Schedules against the rates of PyTorch's, and as the learning rate of every optimizer. */
import { readFileSync } from "node:fs";
import {
  array,
  cast,
  compile,
  div,
  evaluate,
  input,
  type Operand,
  parameter,
  sum,
  type Tensor,
} from "@org/core";
import * as optim from "@org/optim";
import {
  cosine,
  exponentialDecay,
  minimize,
  oneCycle,
  piecewise,
  polynomial,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
  type Schedule,
  sgd,
  warmRestarts,
  warmupCosine,
} from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bowl, distance, type Optimizer, trajectory } from "./problems.ts";

const recorded: {
  readonly rates: Record<string, number[]>;
  readonly metric: number[];
  readonly plateaus: Record<string, number[]>;
} = JSON.parse(readFileSync(new URL("fixtures/more-optimizers.json", import.meta.url), "utf8"));

/** The rates of the first steps, by one compiled program. */
function rates(schedule: (step: Tensor) => Tensor, count: number): number[] {
  const t = input("t", [], "i32");
  const at = compile({ inputs: { t }, outputs: { rate: schedule(t) } });
  return Array.from({ length: count }, (_, step) => at({ t: step }).rate.item());
}

const schedules: Record<string, Schedule> = {
  step: optim.step(0.4, { every: 7, factor: 0.3 }),
  exponential: exponentialDecay(0.4, { factor: 0.9 }),
  polynomial: polynomial(0.4, { steps: 40, power: 2.5 }),
  cosine: cosine(0.4, { steps: 50, end: 0.01 }),
  warmRestarts: warmRestarts(0.4, { period: 5, end: 0.02 }),
  "warmRestarts-growing": warmRestarts(0.4, { period: 4, growth: 2 }),
  warmupCosine: warmupCosine(0.4, { warmup: 10, steps: 50, start: 0.04, end: 0.05 }),
  piecewise: piecewise({ 0: 0.4, 5: 0.2, 20: 0.1, 33: 0.05 }),
  oneCycle: oneCycle(0.4, { steps: 60 }),
  "oneCycle-linear": oneCycle(0.4, { steps: 60, warmup: 0.25, shape: "linear" }),
  "oneCycle-three": oneCycle(0.4, { steps: 60, threePhases: true }),
};

test("every recorded schedule is there", () => {
  expect(Object.keys(schedules).sort()).toEqual(Object.keys(recorded.rates).sort());
});

test.each(Object.keys(schedules))("%s has PyTorch's rates", (name) => {
  const expected = recorded.rates[name]!;
  expect(distance([rates(schedules[name]!, expected.length)], [expected])).toBeLessThan(1e-10);
});

describe("schedules", () => {
  test("constant", () => {
    expect(rates(optim.constant(0.3), 3)).toEqual([0.3, 0.3, 0.3]);
  });

  test("stay at their end", () => {
    const late = (schedule: Schedule): number => evaluate(schedule(100_000)).item();
    expect(late(cosine(0.4, { steps: 50, end: 0.01 }))).toBeCloseTo(0.01, 14);
    expect(late(polynomial(0.4, { steps: 50, end: 0.01 }))).toBeCloseTo(0.01, 14);
    expect(late(warmupCosine(0.4, { warmup: 1, steps: 50, end: 0.01 }))).toBeCloseTo(0.01, 14);
    expect(late(oneCycle(0.4, { steps: 50 }))).toBeCloseTo(0.4 / 25e4, 14);
  });

  test("warm restarts begin exactly where periods begin, at any growth and length", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 5 }), fc.nat(8));
    fc.assert(
      fc.property(cases, ([period, growth, n]) => {
        let start = 0;
        for (let i = 0; i < n; i++) start += period * growth ** i;
        const at = (t: Operand): number => evaluate(warmRestarts(1, { period, growth })(t)).item();
        expect(at(array(Int32Array.of(start), { shape: [] }))).toBeCloseTo(1, 12);
        const last = period * growth ** (n - 1);
        if (n > 0 && last > 1)
          expect(at(start - 1)).toBeCloseTo((1 + Math.cos(Math.PI * (1 - 1 / last))) / 2, 9);
      }),
    );
  });

  test("a piece that is a schedule counts from its own beginning", () => {
    const pieces = piecewise({
      0: polynomial(0, { steps: 4, end: 0.8 }),
      4: (t) => div(0.8, cast(t, "f64")),
      6: 0.1,
    });
    const [first, ...rest] = rates(pieces, 8).slice(3);
    expect(first).toBeCloseTo(0.6, 14);
    expect(rest).toEqual([Number.POSITIVE_INFINITY, 0.8, 0.1, 0.1]);
  });
});

describe("reduceOnPlateau", () => {
  const plateaus: Record<string, Omit<ReduceOnPlateauOptions, "metric">> = {
    plain: { factor: 0.5, patience: 3 },
    cooldown: { factor: 0.5, patience: 2, cooldown: 4, minRate: 0.05 },
    absolute: { factor: 0.3, patience: 1, threshold: 0.02, thresholdMode: "absolute" },
    max: { mode: "max", factor: 0.7, patience: 5 },
  };
  const run = (options: Omit<ReduceOnPlateauOptions, "metric">, metrics: readonly number[]): number[] => {
    const metric = input("metric", [], "f64");
    const w = parameter("w", [0], "f64");
    const learningRate = reduceOnPlateau(0.4, { metric, ...options });
    const updates = minimize(sum(w), { w }, sgd({ learningRate }));
    const step = compile({ inputs: { metric }, updates });
    return metrics.map((value) => {
      const before = w.value.data[0]!;
      step({ metric: value });
      return before - w.value.data[0]!;
    });
  };

  test.each(Object.keys(plateaus))("%s has PyTorch's rates", (name) => {
    const expected = recorded.plateaus[name]!;
    expect(new Set(expected).size).toBeGreaterThan(2);
    expect(distance([run(plateaus[name]!, recorded.metric)], [expected])).toBeLessThan(1e-10);
  });

  test("averages the metric over the steps of a look", () => {
    const looks = recorded.metric.slice(0, 20);
    const each = looks.flatMap((value) => [value - 1, value, value + 1]);
    const found = run({ factor: 0.5, patience: 3, every: 3 }, each);
    const expected = recorded.plateaus.plain!.slice(0, 20).flatMap((rate) => [rate, rate, rate]);
    expect(distance([found], [expected])).toBeLessThan(1e-10);
  });

  /** The textbook's rule: better by more than `threshold · |best|`. */
  const reference = (metrics: readonly number[], mode: "min" | "max", threshold: number): number[] => {
    let [rate, best, bad] = [0.4, mode === "min" ? Infinity : -Infinity, 0];
    return metrics.map((value) => {
      const before = rate;
      const gain = mode === "min" ? best - value : value - best;
      if (gain > threshold * (Number.isFinite(best) ? Math.abs(best) : 0)) [best, bad] = [value, 0];
      else if (++bad > 1) [rate, bad] = [rate * 0.5, 0];
      return before;
    });
  };

  test("a negative metric that does not become better: the rate falls, a worse value is never the best", () => {
    const options = { factor: 0.5, patience: 0, threshold: 0.1 };
    const [still, worse] = [
      [-1, -1, -1, -1],
      [-1, -0.95, -0.9, -0.85],
    ];
    for (const metrics of [still, worse]) {
      expect(distance([run(options, metrics!)], [[0.4, 0.4, 0.2, 0.1]])).toBeLessThan(1e-12);
      const up = metrics!.map((value) => -2 - value);
      expect(distance([run({ ...options, mode: "max" }, up)], [[0.4, 0.4, 0.2, 0.1]])).toBeLessThan(1e-12);
    }
  });

  test("metrics of any sign, in both modes", () => {
    const metric = fc.double({ min: -2, max: 2, noNaN: true });
    const cases = fc.record({
      metrics: fc.array(metric, { minLength: 1, maxLength: 12 }),
      mode: fc.constantFrom("min" as const, "max" as const),
      threshold: fc.constantFrom(0, 1e-4, 0.3),
    });
    fc.assert(
      fc.property(cases, ({ metrics, mode, threshold }) => {
        const found = run({ factor: 0.5, patience: 1, threshold, mode }, metrics);
        expect(distance([found], [reference(metrics, mode, threshold)])).toBeLessThan(1e-12);
      }),
      { numRuns: 30 },
    );
  });

  test("NaN is no improvement", () => {
    expect(run({ factor: 0.5, patience: 0 }, [1, Number.NaN, 0.5, 0.6])).toEqual([
      expect.closeTo(0.4, 12),
      expect.closeTo(0.4, 12),
      expect.closeTo(0.2, 12),
      expect.closeTo(0.2, 12),
    ]);
  });
});

const optimizers: Record<string, Optimizer> = {
  sgd: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  adam: (learningRate) => optim.adam({ learningRate, amsgrad: true }),
  adamw: (learningRate) => optim.adamw({ learningRate }),
  nadam: (learningRate) => optim.nadam({ learningRate }),
  radam: (learningRate) => optim.radam({ learningRate }),
  adamax: (learningRate) => optim.adamax({ learningRate }),
  rmsprop: (learningRate) => optim.rmsprop({ learningRate, centered: true, momentum: 0.5 }),
  adagrad: (learningRate) => optim.adagrad({ learningRate }),
  adadelta: (learningRate) => optim.adadelta({ learningRate }),
  lion: (learningRate) => optim.lion({ learningRate, weightDecay: 0.1 }),
};

describe.each(Object.keys(optimizers))("a learning rate of %s", (name) => {
  const make = optimizers[name]!;

  test("that is a schedule of one number is that number", () => {
    const fixed = trajectory(make(0.05), { steps: 8 });
    expect(distance(trajectory(make(optim.constant(0.05)), { steps: 8 }), fixed)).toBe(0);
  });

  test("that is a schedule is the parameter that goes the same way", () => {
    const schedule = cosine(0.2, { steps: 8, end: 0.01 });
    const rate = parameter("rate", 0, "f64");
    const w = parameter("w", [1, -2, 0.5], "f64");
    const step = compile({ updates: minimize(bowl(w, [0.3, 0.1, -0.2]), { w }, make(rate)) });
    const assigned = rates(schedule, 8).map((value) => {
      rate.value = array(Float64Array.of(value), { shape: [] });
      step();
      return Array.from(w.value.data);
    });
    expect(distance(trajectory(make(schedule), { steps: 8 }), assigned)).toBeLessThan(1e-14);
  });
});

test("a learning rate that is no scalar", () => {
  const w = parameter("w", [1]);
  const transform = sgd({ learningRate: () => input("rates", [3]) });
  expect(() => minimize(bowl(w), { w }, transform)).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: sgd: expected learningRate to be a scalar
      learningRate: [3]  f32  "rates"]
  `);
  expect(() => sgd({ learningRate: parameter("rates", [1, 2]) })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: sgd: expected learningRate to be a scalar
      learningRate: [2]  f32  "rates"]
  `);
});
