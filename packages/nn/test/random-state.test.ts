/** Random states: new draws in every step, the same ones after a restart, and programs that forget to move on. */
import {
  add,
  compile,
  constant,
  evaluate,
  GraphError,
  grad,
  input,
  mean,
  type Parameter,
  parameter,
  randomKey,
  reshape,
  scan,
  splitKey,
  square,
  sub,
  sum,
  type Tensor,
  type Update,
} from "@org/core";
import * as nn from "@org/nn";
import { minimize, restoreCheckpoint, saveCheckpoint, sgd, train } from "@org/optim";
import { describe, expect, test, vi } from "vitest";
import { values } from "./values.ts";

const ones = constant(new Array(64).fill(1));
const dropout = new nn.Dropout({ rate: 0.5 });
const sizes = { inputSize: 3, hiddenSize: 4, layers: 2, seed: 1 } as const;
const xs = constant(values(1, 5, 2, 3), "f32");

/** What draws, in training with a key. */
const drawing: Record<string, (key: nn.KeySource) => Tensor> = {
  Dropout: (key) => dropout.apply(ones, { training: true, key }),
  "LSTM with dropout": (key) =>
    new nn.LSTM({ ...sizes, dropout: 0.5 }).apply(xs, { training: true, key }).outputs,
  "RNN with recurrent dropout": (key) =>
    new nn.RNN({ ...sizes, recurrentDropout: 0.5 }).apply(xs, { training: true, key }).outputs,
  "GRU with zoneout": (key) => {
    const gru = new nn.GRU({ ...sizes, zoneout: 0.3, update: "keep", reset: "after", bidirectional: true });
    return gru.apply(xs, { training: true, key, lengths: [5, 3] }).outputs;
  },
  Sequential: (key) =>
    new nn.Sequential([dropout, (x) => add(x, 1), new nn.Dropout({ rate: 0.1 })]).apply(ones, {
      training: true,
      key,
    }),
  "Dropout in a loop": (key) =>
    scan((h: Tensor) => ({ carry: add(h, dropout.apply(ones, { training: true, key })) }), {
      init: ones,
      length: 3,
    }).carry,
};

describe.each(Object.keys(drawing))("%s", (name) => {
  const draw = drawing[name]!;
  const moved = (key: nn.KeySource, more: readonly Update[] = []) => {
    const w = parameter("w", 1);
    const out = draw(key);
    const updates: Update[] = [[w, sub(w, grad(mean(square(add(out, w))), w))], ...more];
    return { out, updates };
  };

  test("draws anew in every step of a random state, and the same again from the same state", () => {
    const random = nn.randomState(3);
    const { out, updates } = moved(random);
    const step = compile({ outputs: out, updates: [...updates, ...random.updates] });
    const saved = saveCheckpoint({ random: random.state });
    const run = (): string[] => Array.from({ length: 6 }, () => String(step().data));
    const first = run();
    expect(new Set(first).size).toBe(6);
    restoreCheckpoint({ random: random.state }, saved);
    expect(run()).toEqual(first);
  });

  test("is refused by compile where nothing changes its key", () => {
    const random = nn.randomState(3);
    const still = parameter("key", evaluate(randomKey(1)));
    for (const key of [randomKey(1), evaluate(randomKey(1)), splitKey(randomKey(1))[1]!, still, random]) {
      const { out, updates } = moved(key);
      expect(() => compile({ outputs: out, updates })).toThrow(GraphError);
      // Without updates it is an evaluation, which may well be the same each time.
      compile({ outputs: out }).dispose();
    }
  });

  test("takes a key that is fed, or a parameter that is updated", () => {
    const fed = input("key", [2], "i32");
    compile({ inputs: { key: fed }, outputs: {}, updates: [...moved(fed).updates] });
    const { out, updates } = moved(fed);
    const step = compile({ inputs: { key: fed }, outputs: out, updates });
    const [a, b] = [1, 2, 1].map((seed) => String(step({ key: evaluate(randomKey(seed)) }).data));
    expect(a).not.toEqual(b);
    const key = parameter("key", evaluate(randomKey(1)));
    const [next, draws] = splitKey(key) as [Tensor, Tensor];
    const own = moved(draws, [[key, next]]);
    const moving = compile({ outputs: own.out, updates: own.updates });
    expect(String(moving().data)).not.toEqual(String(moving().data));
  });
});

test("what compile says", () => {
  const w = parameter("w", new Array(64).fill(1));
  const updates = (key: nn.KeySource) =>
    minimize(sum(dropout.apply(w, { training: true, key })), { w }, sgd({ learningRate: 0.1 }));
  expect(() => compile({ updates: updates(randomKey(1)) })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: compile: Dropout would draw the same in every step: nothing changes its key
      rule: beside updates, a key comes from an input or from a parameter that is updated too
      hint: const random = randomState(seed), given as key: random; compile({ …, updates: [...updates, ...random.updates] })]
  `);
  expect(() => dropout.apply(w, { training: true })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: Dropout: training needs a key, such as randomState(seed)]`,
  );
});

test("draws are independent of each other, within a step and between steps, whenever updates were asked for", () => {
  const random = nn.randomState(1);
  const early = random.updates;
  const draws = Array.from({ length: 5 }, () => random.draw());
  const step = compile({ outputs: { draws, key: random.state.key }, updates: early });
  const seen = Array.from({ length: 50 }, () => {
    const { draws, key } = step();
    return [...draws, key].map(({ data }) => String(data));
  }).flat();
  expect(new Set(seen).size).toBe(seen.length);
  expect(nn.parameters({ random })).toEqual({});
});

test("sample draws from a random state", () => {
  const random = nn.randomState(2);
  const token = nn.sample(random, new Array(50).fill(0));
  const step = compile({ outputs: token, updates: random.updates });
  expect(new Set(Array.from({ length: 20 }, () => step().item())).size).toBeGreaterThan(10);
  expect(() => compile({ outputs: token, updates: [[parameter("n", 0), constant(1)]] })).toThrow(
    /sample would draw the same in every step/,
  );
});

test("train keeps a random state in its checkpoints: broken off anywhere, it ends in the same bits", async () => {
  const made = () => {
    const x = input("x", [8, 3]);
    const random = nn.randomState(5);
    const head = new nn.Linear({ inputSize: 3, outputSize: 1, seed: 1 });
    const noisy = new nn.Dropout({ rate: 0.4 }).apply(x, { training: true, key: random });
    const loss = mean(square(sub(reshape(head.apply(noisy), [8]), 1)));
    const weights: Record<string, Parameter> = nn.parameters(head);
    const updates = minimize(loss, weights, sgd({ learningRate: 0.05, momentum: 0.9 }));
    const step = compile({ inputs: { x }, outputs: { loss }, updates: [...updates, ...random.updates] });
    return { step, random, state: { weights, optimizer: updates.state } };
  };
  const data = [1, 2, 3].map((seed) => ({ x: values(seed, 8, 3).toNested() as number[][] }));
  const run = async (saved: Uint8Array[], until: number): Promise<Uint8Array> => {
    const { step, random, state } = made();
    const latest = () => (saved.length > 0 ? { name: "memory", bytes: saved.at(-1)! } : undefined);
    const store = { save: (bytes: Uint8Array) => void saved.push(bytes), latest };
    await train({ step, data, steps: until, checkpoint: { store, state }, random });
    return saveCheckpoint({ ...state, random: random.state });
  };
  const whole = await run([], 8);
  for (const until of [1, 3, 5]) {
    const saved: Uint8Array[] = [];
    await run(saved, until);
    expect(await run(saved, 8)).toEqual(whole);
  }
  const { step, random, state } = made();
  const store = { save: () => {}, latest: () => undefined };
  const twice = train({
    step,
    data,
    steps: 1,
    checkpoint: { store, state: { ...state, random: random.state } },
    random,
  });
  await expect(twice).rejects.toThrow("checkpoint.state has a part called random beside the option random");
});

test("dropout in a stack of one layer says that it does nothing", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  new nn.LSTM({ ...sizes, layers: 1, dropout: 0.2 });
  expect(warn.mock.calls.flat()).toMatchInlineSnapshot(`
    [
      "LSTM: dropout 0.2 does nothing in a stack of one layer: it stands between layers.
      hint: new Dropout({ rate }).apply(outputs, …) drops what the layer shows, recurrentDropout what it sees of itself",
    ]
  `);
  new nn.LSTM({ ...sizes, dropout: 0.2 });
  new nn.LSTM({ ...sizes, layers: 1, recurrentDropout: 0.2, dropout: 0 });
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});
