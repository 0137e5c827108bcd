/** The loop: what it calls and when, when it ends, and what it refuses. */
import { compile, GraphError, input, mul, parameter, sum } from "@org/core";
import { type Callback, minimize, sgd, TrainingError, type TrainingEvent, train } from "@org/optim";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Batch, batches, regression } from "./regression.ts";

/** A step that counts, and measures what it is told. */
const counting = (losses: readonly number[] = []) => {
  let made = 0;
  return { made: () => made, step: (_: unknown) => ({ loss: losses[made++] ?? 1 }) };
};

describe("how long", () => {
  test("epochs", async () => {
    const { step, made } = counting();
    const result = await train({ step, data: [1, 2, 3], epochs: 4 });
    expect(result).toMatchObject({ ended: "completed", step: 12, epoch: 4, batch: 0, metrics: { loss: 1 } });
    expect(made()).toBe(12);
  });

  test("steps, over data that never end, too", async () => {
    const { step } = counting();
    function* naturals(): Generator<number> {
      for (let i = 0; ; i++) yield i;
    }
    expect(await train({ step, data: naturals(), steps: 7 })).toMatchObject({ step: 7, epoch: 0, batch: 7 });
    expect(await train({ step, data: [1, 2, 3], steps: 7 })).toMatchObject({ step: 7, epoch: 2, batch: 1 });
    expect(await train({ step, data: [1, 2, 3], steps: 99, epochs: 1 })).toMatchObject({ step: 3, epoch: 1 });
  });

  test("data that come later, and a step that takes its time", async () => {
    async function* slow(): AsyncGenerator<number> {
      yield 1;
      await new Promise((done) => setTimeout(done, 1));
      yield 2;
    }
    const seen: number[] = [];
    const step = async (batch: number) => {
      seen.push(batch);
      return { loss: batch };
    };
    await train({ step, data: () => slow(), epochs: 2 });
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  test("a function of the position returns the data of each epoch", async () => {
    const asked: unknown[] = [];
    const data = (from: { readonly epoch: number }): number[] => {
      asked.push(from);
      return [from.epoch, from.epoch];
    };
    const seen: number[] = [];
    await train({ step: (batch: number) => ({ loss: seen.push(batch) }), data, epochs: 2 });
    expect(seen).toEqual([0, 0, 1, 1]);
    expect(asked).toEqual([
      { step: 0, epoch: 0, batch: 0 },
      { step: 2, epoch: 1, batch: 0 },
    ]);
  });

  test("an aborted signal, before the first step or after the one under way", async () => {
    const { step } = counting();
    const aborted = AbortSignal.abort();
    expect(await train({ step, data: [1], epochs: 9, signal: aborted })).toMatchObject({
      ended: "interrupted",
      step: 0,
      metrics: undefined,
    });
    const controller = new AbortController();
    const stop = ({ step }: { readonly step: number }): void => {
      if (step === 5) controller.abort();
    };
    const result = await train({
      step,
      data: [1, 2],
      epochs: 9,
      signal: controller.signal,
      callbacks: [{ step: stop }],
    });
    expect(result).toMatchObject({ ended: "interrupted", step: 5, epoch: 2, batch: 1 });
  });

  test("signals arrive although no step waits for anything", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const data = {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    };
    const { ended } = await train({ step: () => ({ loss: 1 }), data, steps: 1e9, signal: controller.signal });
    expect(ended).toBe("interrupted");
  });
});

describe("callbacks", () => {
  test("are called in order, and waited for", async () => {
    const calls: string[] = [];
    const say =
      (what: string) =>
      async (event: object | undefined): Promise<void> => {
        await Promise.resolve();
        const { step, epoch, metrics } = event as TrainingEvent<Record<string, number>>;
        calls.push([what, step, epoch, JSON.stringify(metrics)].join(" "));
      };
    await train({
      step: counting([1, 2, 3, 5]).step,
      data: [1, 2],
      epochs: 2,
      validate: () => ({ accuracy: 0.5 }),
      callbacks: [
        {
          start: say("start"),
          step: say("step"),
          epoch: say("epoch"),
          validation: say("validation"),
          end: say("end"),
        },
      ],
    });
    expect(calls).toEqual([
      "start 0 0 ",
      'step 1 0 {"loss":1}',
      'step 2 0 {"loss":2}',
      'epoch 2 1 {"loss":1.5}',
      'validation 2 1 {"accuracy":0.5}',
      'step 3 1 {"loss":3}',
      'step 4 1 {"loss":5}',
      'epoch 4 2 {"loss":4}',
      'validation 4 2 {"accuracy":0.5}',
      'end 4 2 {"loss":5}',
    ]);
  });

  test("are told how many steps there will be, where that is known", async () => {
    const totals: (number | undefined)[] = [];
    const callbacks = [{ start: ({ total }: { total: number | undefined }) => void totals.push(total) }];
    const { step } = counting();
    await train({ step, data: [1, 2], epochs: 3, callbacks });
    await train({ step, data: [1, 2], epochs: 3, steps: 5, callbacks });
    await train({ step, data: () => [1, 2], epochs: 1, callbacks });
    expect(totals).toEqual([6, 5, undefined]);
  });

  test("can stop training", async () => {
    const stopper = { step: ({ step, stop }: TrainingEvent<unknown>) => (step === 3 ? stop() : undefined) };
    const result = await train({ step: counting().step, data: [1, 2], epochs: 9, callbacks: [stopper] });
    expect(result).toMatchObject({ ended: "stopped", step: 3 });
  });

  test("end is called where training throws", async () => {
    const ends: unknown[] = [];
    const step = (): { loss: number } => {
      throw new RangeError("no");
    };
    const callbacks = [{ end: (result: unknown) => void ends.push(result) }];
    await expect(train({ step, data: [1], epochs: 1, callbacks })).rejects.toThrow(RangeError);
    expect(ends).toEqual([undefined]);
  });

  test("callbacks do not widen what is measured, may return anything, and are waited for", async () => {
    const { step } = regression();
    const losses: number[] = [];
    const order: string[] = [];
    const narrow: Callback<{ readonly loss: number }> = { step: ({ metrics }) => losses.push(metrics.loss) };
    const slow = {
      async step({ step }: { readonly step: number }) {
        await Promise.resolve();
        return order.push(`slow ${step}`);
      },
    };
    const result = await train({
      step: (batch: Batch) => ({ loss: step(batch).loss, size: 3 }),
      data: batches,
      steps: 2,
      callbacks: [narrow, slow, { step: ({ step, metrics }) => order.push(`${step} ${metrics.size}`) }],
    });
    expectTypeOf(result.metrics).toEqualTypeOf<
      { readonly loss: number; readonly size: number } | undefined
    >();
    expect(losses.length).toBe(2);
    expect(order).toEqual(["slow 1", "1 3", "slow 2", "2 3"]);
  });

  test("metrics have the types that step and validate give them", async () => {
    const { step, validate } = regression();
    const result = await train({
      step: (batch: Batch) => ({ loss: step(batch).loss, size: 3 }),
      validate,
      data: batches,
      steps: 1,
      callbacks: [
        {
          step({ metrics }) {
            expectTypeOf(metrics).toEqualTypeOf<{ readonly loss: number; readonly size: number }>();
          },
          validation({ metrics }) {
            expectTypeOf(metrics).toEqualTypeOf<{ readonly loss: number }>();
          },
        },
      ],
    });
    expectTypeOf(result.metrics?.size).toEqualTypeOf<number | undefined>();
    expect(result.metrics?.size).toBe(3);
    // @ts-expect-error: there is no such metric
    const wrong = train({ step, data: batches, steps: 1, earlyStopping: { metric: "los" } });
    await expect(wrong).rejects.toThrow('there is no metric "los"');
  });
});

describe("validation", () => {
  const validations = async (options: object): Promise<number[]> => {
    const steps: number[] = [];
    await train({
      step: counting().step,
      data: [1, 2, 3],
      epochs: 3,
      validate: () => ({ loss: 1 }),
      callbacks: [{ validation: ({ step }) => void steps.push(step) }],
      ...options,
    });
    return steps;
  };

  test("after each epoch, or every n steps; and at the end", async () => {
    expect(await validations({})).toEqual([3, 6, 9]);
    expect(await validations({ validateEvery: 4 })).toEqual([4, 8, 9]);
    expect(await validations({ steps: 5 })).toEqual([3, 5]);
  });

  test("not after an interruption", async () => {
    expect(await validations({ signal: AbortSignal.abort() })).toEqual([]);
  });
});

describe("early stopping and the best weights", () => {
  /** Losses of validations, one an epoch; the weight is the number of epochs. */
  async function run(
    losses: readonly number[],
    options: object,
  ): Promise<{ epoch: number; w: number; best: unknown }> {
    const w = parameter("w", 0);
    const result = await train({
      step: () => {
        w.value = w.value.item() + 1;
        return { loss: 9 };
      },
      data: [1],
      epochs: losses.length,
      validate: () => ({ loss: losses[w.value.item() - 1]!, accuracy: -losses[w.value.item() - 1]! }),
      keepBest: { weights: { w } },
      ...options,
    });
    return { epoch: result.epoch, w: w.value.item(), best: result.best };
  }
  const losses = [5, 4, 4.5, 3.95, 4.2, 4.1, 4.3, 1];

  test("patience counts looks without improvement, and the best weights come back", async () => {
    expect(await run(losses, { earlyStopping: { patience: 3 } })).toEqual({
      epoch: 7,
      w: 4,
      best: { step: 4, value: 3.95 },
    });
    expect(await run(losses, { earlyStopping: { patience: 4 } })).toMatchObject({ epoch: 8, w: 8 });
    expect(await run(losses, { earlyStopping: { patience: 0 } })).toMatchObject({ epoch: 3, w: 2 });
  });

  test("an improvement below minDelta is none", async () => {
    const earlyStopping = { patience: 3, minDelta: 0.1 };
    expect(await run(losses, { earlyStopping })).toMatchObject({ epoch: 5, w: 4 });
  });

  test("more may be better", async () => {
    const options = { metric: "accuracy", mode: "max" } as const;
    const result = await run(losses, { earlyStopping: { ...options, patience: 3 } });
    expect(result).toMatchObject({ epoch: 7, w: 4 });
    const worst = await run(losses, { earlyStopping: { mode: "max", patience: 3 } });
    expect(worst).toMatchObject({ epoch: 4 });
  });

  test("NaN is no improvement, and nothing is kept of it", async () => {
    const nan = [Number.NaN, Number.NaN, Number.NaN];
    expect(await run(nan, { earlyStopping: { patience: 2 } })).toEqual({ epoch: 2, w: 2, best: undefined });
  });

  test("without a validation it is the mean of the epoch", async () => {
    const step = counting([1, 3, 1, 2, 4, 4]).step;
    const result = await train({
      step,
      data: [1, 2],
      epochs: 3,
      earlyStopping: { patience: 1 },
      keepBest: { weights: {} },
    });
    expect(result.best).toEqual({ step: 4, value: 1.5 });
  });

  test("weights stay where an interruption found them", async () => {
    const controller = new AbortController();
    const callbacks = [{ epoch: ({ epoch }: { epoch: number }) => epoch === 3 && controller.abort() }];
    const result = await run(losses, { signal: controller.signal, callbacks });
    expect(result).toMatchObject({ epoch: 3, w: 3, best: { step: 2 } });
  });
});

describe("what goes wrong", () => {
  test("a metric that is not finite ends training before it is saved", async () => {
    const saved: number[] = [];
    const w = parameter("w", 1);
    const store = { save: () => void saved.push(w.value.item()), latest: () => undefined };
    const x = input("x", []);
    const updates = minimize(sum(mul(w, x)), { w }, sgd({ learningRate: 1 }));
    const step = compile({ inputs: { x }, outputs: { loss: mul(w, x) }, updates });
    const data = [{ x: 1 }, { x: 1 }, { x: Number.NaN }, { x: 1 }];
    const error = await train({
      step,
      data,
      epochs: 1,
      checkpoint: { store, state: { w }, every: 1 },
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ step: 2, epoch: 0, metric: "loss" });
    expect(saved).toEqual([0, -1]);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "train: loss is NaN in step 3
        hint: compile({ …, checkNumerics: true }) names the node it comes from"
    `);
    const ignored = await train({ step, data, epochs: 1, nonFinite: "ignore" });
    expect(ignored.metrics?.loss).toBeNaN();
  });

  test("data that are walked only once", async () => {
    const once = [1, 2][Symbol.iterator]();
    await expect(
      train({ step: counting().step, data: once, epochs: 2 }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[TrainingError: train: epoch 1 has no data: they can be walked only once; a function could return them anew]`,
    );
    await expect(train({ step: counting().step, data: [], epochs: 2 })).rejects.toThrow(
      "epoch 0 has no data",
    );
  });

  test("options out of their ranges", async () => {
    const { step } = counting();
    const state = { name: "a", state: {} };
    const wrong = [
      train({ step, data: [1] }),
      train({ step, data: [1], epochs: 0 }),
      train({ step, data: [1], steps: 1.5 }),
      train({ step, data: [1], steps: 1, validateEvery: 0 }),
      train({ step, data: [1], steps: 1, earlyStopping: { patience: -1 } }),
      train({ step, data: [1], steps: 1, earlyStopping: { minDelta: -1 } }),
      train({ step, data: [1], steps: 1, keepBest: { weights: {}, mode: "most" as never } }),
      train({ step, data: [1], steps: 1, callbacks: [state, state] }),
      train({ step, data: [1], steps: 1, callbacks: [{ state: {} }] }),
    ];
    const errors = await Promise.all(wrong.map((run) => run.catch((error: unknown) => error)));
    expect(errors.every((error) => error instanceof GraphError)).toBe(true);
    expect(errors.map((error) => (error as Error).message)).toMatchInlineSnapshot(`
      [
        "train: expected epochs or steps, received neither",
        "train: epochs is a whole number from 1, received 0",
        "train: steps is a whole number from 1, received 1.5",
        "train: validateEvery is a whole number from 1, received 0",
        "earlyStopping: patience is a whole number from 0, received -1",
        "earlyStopping: minDelta is a finite number from 0, received -1",
        "keepBest: mode is "min" or "max", received "most"",
        "train: callbacks with a state need names of their own, received a, a",
        "train: callbacks with a state need names of their own, received none",
      ]
    `);
  });
});
