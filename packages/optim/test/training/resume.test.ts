/** Training that is broken off anywhere and goes on ends in the same bits as training without a break. */
import { parameter } from "@org/core";
import {
  CheckpointError,
  type CheckpointStore,
  restoreCheckpoint,
  saveCheckpoint,
  type TrainingPosition,
  type TrainingResult,
  type TrainOptions,
  train,
} from "@org/optim";
import { describe, expect, test, vi } from "vitest";
import { type Batch, batches, memoryStore, regression } from "./regression.ts";

type Loss = { readonly loss: number };
type Data = TrainOptions<Batch, Loss, Loss>["data"];

/** Two models in turns, as they were before any training: to compile one for each run would take most of the time. */
const models = [regression(), regression()].map((model) => ({
  ...model,
  untrained: saveCheckpoint(model.state),
}));
let turn = 0;
function untrained(): (typeof models)[number] {
  const model = models[turn++ % models.length]!;
  restoreCheckpoint(model.state, model.untrained);
  return model;
}

/** Trains a model from the store's latest checkpoint on, or from the beginning, until some step. */
async function run(
  store: CheckpointStore,
  { until = Infinity, every, data = batches }: { until?: number; every?: number; data?: Data } = {},
): Promise<{ bytes: Uint8Array; result: TrainingResult<Loss, Loss>; seen: string[] }> {
  const { step, validate, weights, state } = untrained();
  const seen: string[] = [];
  const controller = new AbortController();
  const result = await train({
    step,
    validate,
    data,
    steps: 33,
    signal: controller.signal,
    earlyStopping: { patience: 4, minDelta: 0.001 },
    keepBest: { weights },
    checkpoint: { store, state, ...(every ? { every } : {}) },
    callbacks: [
      {
        step: ({ step, metrics }) => {
          seen.push(`${step} ${metrics.loss}`);
          if (step === until) controller.abort();
        },
        epoch: ({ epoch, metrics }) => void seen.push(`epoch ${epoch} ${metrics.loss}`),
        validation: ({ step, metrics }) => void seen.push(`validation ${step} ${metrics.loss}`),
      },
    ],
  });
  return { bytes: saveCheckpoint(state), result, seen };
}

const shuffled = ({ epoch, batch }: TrainingPosition): Batch[] =>
  batches.map((_, i) => batches[(i * 3 + epoch) % batches.length]!).slice(batch);

describe.each<[string, Data]>([
  ["an array", batches],
  ["a function that begins at a position", shuffled],
])("data from %s", (_, data) => {
  test("interrupted at any step", async () => {
    const store = memoryStore();
    const whole = await run(store, { data });
    expect(whole.result).toMatchObject({ ended: "completed", step: 33 });
    for (let until = 1; until < 33; until++) {
      const broken = memoryStore();
      const first = await run(broken, { until, data });
      expect(first.result).toMatchObject({ ended: "interrupted", step: until });
      const second = await run(broken, { data });
      expect([...first.seen, ...second.seen]).toEqual(whole.seen);
      expect(second.bytes).toEqual(whole.bytes);
      expect(broken.saved.at(-1)).toEqual(store.saved.at(-1));
      expect(second.result).toEqual(whole.result);
    }
  });

  test("lost at any moment, and gone on from the last checkpoint", async () => {
    const whole = await run(memoryStore(), { every: 4, data });
    for (let until = 1; until < 33; until += 3) {
      const first = memoryStore();
      await run(first, { until, every: 4, data });
      first.saved.pop(); // What the interruption saved is lost.
      const store = { save: () => {}, latest: first.latest };
      const { bytes, result } = await run(store, { every: 4, data });
      expect(bytes).toEqual(whole.bytes);
      expect(result).toEqual(whole.result);
    }
  });
});

test("a run that has ended does nothing more", async () => {
  const store = memoryStore();
  const whole = await run(store);
  const again = await run(store);
  expect(again.seen).toEqual([]);
  expect(again.bytes).toEqual(whole.bytes);
  expect(again.result.best).toEqual(whole.result.best);
});

test("a run that was stopped early stays stopped", async () => {
  const store = memoryStore();
  const go = (epochs: number) =>
    train({
      step: () => ({ loss: 1 }),
      data: [1],
      epochs,
      earlyStopping: { patience: 2 },
      checkpoint: { store, state: { w } },
    });
  const w = parameter("w", 1);
  expect(await go(9)).toMatchObject({ ended: "stopped", epoch: 3 });
  expect(await go(9)).toMatchObject({ ended: "stopped", epoch: 3 });
});

describe("checkpoints of train", () => {
  const w = parameter("w", [1, 2]);
  const options = { step: () => ({ loss: 1 }), data: [1, 2], epochs: 1 };

  test("are made after each epoch or every n steps, and at the end", async () => {
    const [each, some] = [memoryStore(), memoryStore()];
    await train({ ...options, epochs: 3, checkpoint: { store: each, state: { w } } });
    await train({ ...options, epochs: 3, checkpoint: { store: some, state: { w }, every: 5 } });
    expect([each.saved.length, some.saved.length]).toEqual([4, 2]);
  });

  test("carry text", async () => {
    const store = memoryStore();
    const found: unknown[] = [];
    let count = 0;
    const checkpoint = {
      store,
      state: { w },
      metadata: () => ({ language: "tiếng Việt", count: String(++count) }),
      restored: (text: unknown) => void found.push(text),
    };
    await train({ ...options, checkpoint });
    await train({ ...options, epochs: 2, checkpoint });
    expect(found).toEqual([{ language: "tiếng Việt", count: "2" }]);
    await train({ ...options, checkpoint: { ...checkpoint, resume: false } });
    expect(found).toHaveLength(1);
  });

  test("go on with callbacks that were not there before", async () => {
    const store = memoryStore();
    await train({ ...options, checkpoint: { store, state: { w } } });
    const result = await train({
      ...options,
      epochs: 3,
      checkpoint: { store, state: { w } },
      keepBest: { weights: { w } },
    });
    expect(result).toMatchObject({ step: 6, best: { step: 4 } });
    expect(await train({ ...options, epochs: 4, checkpoint: { store, state: { w } } })).toMatchObject({
      step: 8,
    });
  });

  test("of another model change nothing, neither weights nor the position", async () => {
    const store = memoryStore();
    await train({ ...options, checkpoint: { store, state: { w: parameter("w", [9, 9, 9]) } } });
    const run = train({ ...options, checkpoint: { store, state: { w } } });
    await expect(run).rejects.toThrowErrorMatchingInlineSnapshot(`
      [CheckpointError: memory 2: of another model, one difference
        shape: "w"  [3] in the checkpoint, [2] here]
    `);
    await expect(run).rejects.toThrow(CheckpointError);
    expect([w.value.toNested(), store.saved.length]).toEqual([[1, 2], 2]);
  });

  test("with a position that is damaged change nothing", async () => {
    const good = { step: "2", epoch: "1", batch: "0", looked: "2", sums: {} };
    const positions = [
      "{",
      "null",
      "[]",
      JSON.stringify({ ...good, step: "abc" }),
      JSON.stringify({ ...good, step: null }),
      JSON.stringify({ ...good, epoch: "-1" }),
      JSON.stringify({ ...good, batch: "0.5" }),
      JSON.stringify({ ...good, batch: "3" }),
      JSON.stringify({ ...good, looked: undefined }),
      JSON.stringify({ ...good, sums: "0" }),
      JSON.stringify({ ...good, sums: { loss: "" } }),
    ];
    for (const position of positions) {
      const metadata = { "unroll.train": position };
      const bytes = saveCheckpoint({ w: parameter("w", [7, 7]) }, { metadata });
      const store = { save: () => {}, latest: () => ({ name: "odd", bytes }) };
      const run = train({ ...options, checkpoint: { store, state: { w } } });
      await expect(run, position).rejects.toThrow(CheckpointError);
      await expect(run, position).rejects.toThrow("odd: its position in training is damaged");
      expect(w.value.toNested()).toEqual([1, 2]);
    }
  });

  test("that are damaged give way to the newest whole one, with a warning", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const [store, model] = [memoryStore(), parameter("w", [1, 2])];
    await train({ ...options, epochs: 3, checkpoint: { store, state: { w: model } } });
    const before = (name: string) => {
      const at = Number(name.slice("memory ".length)) - 1;
      return at > 0 ? { name: `memory ${at}`, bytes: store.saved[at - 1]! } : undefined;
    };
    for (const late of store.saved.slice(2)) late[late.length - 1]! ^= 1;
    const go = () =>
      train({ ...options, epochs: 3, checkpoint: { store: { ...store, before }, state: { w } } });
    const seen: number[] = [];
    const callbacks = [{ step: ({ step }: TrainingPosition) => void seen.push(step) }];
    const state = { w };
    await train({ ...options, epochs: 3, callbacks, checkpoint: { store: { ...store, before }, state } });
    expect(seen).toEqual([5, 6]); // after the checkpoint of epoch 2
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^train: memory 4: damaged: its checksum is .*\n {2}going on from memory 2$/),
      expect.stringMatching(/^train: memory 3: damaged/),
    ]);
    for (const each of store.saved) each[each.length - 1]! ^= 2;
    await expect(go()).rejects.toThrow(/^memory \d: damaged/);
    warn.mockRestore();
  });

  test("made by something else", async () => {
    const store = {
      save: () => {},
      latest: () => ({ name: "weights.safetensors", bytes: saveCheckpoint({ w }) }),
    };
    await expect(train({ ...options, checkpoint: { store, state: { w } } })).rejects.toThrow(
      "weights.safetensors: not made by train",
    );
  });
});
