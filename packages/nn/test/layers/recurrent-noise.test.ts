import {
  add,
  constant,
  evaluate,
  grad,
  input,
  type NDArray,
  randomKey,
  square,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import {
  type Cell,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  type NoiseRates,
  parameters,
  RecurrentStack,
  RNN,
  RNNCell,
  recurrent,
  Sequential,
} from "@org/nn";
import { describe, expect, test, vi } from "vitest";
import { expectClose, randomize, values } from "../values.ts";

const [T, B, D, H] = [4, 3, 3, 5];
const x = constant(values(1, T, B, D));
const key = randomKey(7);
const sizes = { inputSize: D, hiddenSize: H, seed: 1, dtype: "f64" } as const;

const lstm = (rates: NoiseRates, layers = 2): LSTM => {
  const made = new LSTM({ ...sizes, layers, ...rates });
  randomize(parameters(made), 2);
  return made;
};
const outputs = (layer: RNN | LSTM | GRU, options?: Parameters<LSTM["apply"]>[1]): NDArray =>
  evaluate(layer.apply(x, options as never).outputs);

/** The identity through time and layers: what comes out is what is dropped. */
function identity(hidden: number, rates: NoiseRates, layers: number): RNN {
  const rnn = new RNN({
    inputSize: hidden,
    hiddenSize: hidden,
    seed: 1,
    dtype: "f64",
    activation: "identity",
    layers,
    ...rates,
  });
  const eye = Array.from({ length: hidden }, (_, i) =>
    Array.from({ length: hidden }, (_, j) => Number(i === j)),
  );
  const zero = eye.map((row) => row.map(() => 0));
  for (const [path, parameter] of Object.entries(parameters(rnn))) {
    if (path.endsWith("W_xh")) parameter.value = eye;
    if (path.endsWith("W_hh")) parameter.value = zero;
  }
  return rnn;
}

/** The mean of values, and how far it may be off: five standard errors of a coin with probability p. */
const near = (data: ArrayLike<number>, p: number): void => {
  const total = Array.from(data).reduce((sum, value) => sum + Number(value !== 0), 0);
  expect(Math.abs(total / data.length - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / data.length));
};

describe.each(["dropout", "recurrentDropout", "zoneout"] as const)("%s", (name) => {
  const noisy = lstm({ [name]: 0.4 });

  test("is random in training alone, and determined by the key", () => {
    const first = outputs(noisy, { training: true, key });
    expect(outputs(noisy, { training: true, key: randomKey(7) })).toEqual(first);
    expect(outputs(noisy, { training: true, key: evaluate(randomKey(7)) })).toEqual(first);
    expect(outputs(noisy, { training: true, key: randomKey(8) })).not.toEqual(first);
    expect(outputs(noisy)).not.toEqual(first);
    expect(outputs(noisy, { training: false, key })).toEqual(outputs(noisy));
  });

  test("a rate of 0 is none, and needs no key", () => {
    expect(outputs(lstm({ [name]: 0 }), { training: true })).toEqual(outputs(lstm({})));
  });

  test("gradients see the same noise as values, first and second order", () => {
    const { outputs, state } = noisy.apply(x, { training: true, key });
    const loss = state.reduce((total, { c }) => add(total, sum(square(c))), sum(square(outputs)));
    checkGradients(loss, { x, own: parameters(noisy) }, { order: 2 }).assert();
  });

  test("with lengths, truncation and checkpoints the noise is the same", () => {
    const plain = outputs(noisy, { training: true, key });
    expectClose(outputs(noisy, { training: true, key, checkpoint: 2 }), plain, 1e-14);
    expectClose(outputs(noisy, { training: true, key, unroll: true }), plain, 1e-14);
    expectClose(outputs(noisy, { training: true, key, truncate: 2 }), plain, 1e-14);
    expectClose(outputs(noisy, { training: true, key, lengths: [T, T, T] }), plain, 1e-14);
  });

  test("the key can be fed", () => {
    const fed = input("key", [2], "i32");
    const { outputs: noise } = noisy.apply(x, { training: true, key: fed });
    expect(evaluate(noise, { key: evaluate(key) })).toEqual(outputs(noisy, { training: true, key }));
  });
});

describe("dropout", () => {
  test("between layers, not after the last: each element by itself, the mean kept", () => {
    const rnn = identity(20, { dropout: 0.3 }, 2);
    const ones = constant(new Array(10).fill(new Array(30).fill(new Array(20).fill(1))), "f64");
    const { data } = evaluate(rnn.apply(ones, { training: true, key }).outputs);
    expect([...new Set(data)].sort()).toEqual([0, 1 / 0.7]);
    near(data, 0.7);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const single = identity(20, { dropout: 0.3 }, 1);
    warn.mockRestore();
    expect(new Set(evaluate(single.apply(ones, { training: true, key }).outputs).data)).toEqual(new Set([1]));
    const steps = evaluate(rnn.apply(ones, { training: true, key }).outputs).toNested() as number[][][];
    expect(steps[0]).not.toEqual(steps[1]);
  });

  test("each layer draws for itself", () => {
    const twice = identity(50, { dropout: 0.5 }, 3);
    const ones = constant(new Array(4).fill(new Array(20).fill(new Array(50).fill(1))), "f64");
    near(evaluate(twice.apply(ones, { training: true, key }).outputs).data, 0.25);
  });
});

describe("recurrentDropout", () => {
  test.each([
    ["RNN", new RNNCell(sizes), new RNN({ ...sizes, recurrentDropout: 0.5 })],
    ["LSTM", new LSTMCell(sizes), new LSTM({ ...sizes, recurrentDropout: 0.5 })],
    [
      "GRU",
      new GRUCell({ ...sizes, update: "keep", reset: "before" }),
      new GRU({ ...sizes, recurrentDropout: 0.5, update: "keep", reset: "before" }),
    ],
    [
      "GRU, reset after",
      new GRUCell({ ...sizes, update: "write", reset: "after" }),
      new GRU({ ...sizes, recurrentDropout: 0.5, update: "write", reset: "after" }),
    ],
  ] as unknown as [string, Cell<Record<string, Tensor>>, RNN][])(
    "%s: rows of the recurrent matrices that are left out, the same at all steps and for all gates",
    (_, cell, layer) => {
      // One sequence, so that its mask is the same as changing the matrices.
      const alone = constant(values(4, T, 1, D));
      const own = Object.entries(parameters(layer));
      randomize(parameters(layer), 3);
      const noisy = evaluate(layer.apply(alone, { training: true, key }).outputs);
      const matches: number[][] = [];
      for (let bits = 0; bits < 2 ** H; bits++) {
        const mask = Array.from({ length: H }, (_, i) => (bits & (1 << i) ? 2 : 0));
        for (const [path, { value }] of own) {
          const name = path.slice(2);
          const scale = (row: number): number => (name.startsWith("W_h") ? mask[row]! : 1);
          const width = value.shape[1] ?? value.data.length;
          cell.parameters[name]!.value = Float64Array.from(
            value.data,
            (w, i) => w * scale(Math.floor(i / width)),
          );
        }
        const { data } = evaluate(recurrent(cell, alone).outputs);
        if (data.every((value, i) => Math.abs(value - noisy.data[i]!) < 1e-12)) matches.push(mask);
      }
      expect(matches).toHaveLength(1);
    },
  );

  test("needs a cell that takes a mask", () => {
    const own: Cell<Tensor> = {
      parameters: {},
      initialState: () => constant([[0]]),
      step: (x) => x,
      output: (state) => state,
    };
    expect(() => new RecurrentStack([own], { recurrentDropout: 0.5 })).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: RecurrentStack: recurrentDropout: cell 0 takes no mask
        rule: step(x, state, mask)]
    `);
  });
});

describe("zoneout", () => {
  test("in training each element of h and c stays as it was with this probability, step by step", () => {
    const rnn = identity(40, { zoneout: 0.3 }, 1);
    const ramp = constant(
      Array.from({ length: 6 }, (_, t) => new Array(50).fill(new Array(40).fill(t + 1))),
      "f64",
    );
    const steps = evaluate(rnn.apply(ramp, { training: true, key }).outputs).toNested() as number[][][];
    steps.forEach((step, t) => {
      // The element is t + 1 where step t wrote it, else what it was.
      const written = step.flat().map((value) => Number(value === t + 1));
      near(written, 0.7);
      const before = steps[t - 1]?.flat() ?? new Array(2000).fill(0);
      expect(step.flat().every((value, i) => value === t + 1 || value === before[i])).toBe(true);
    });
  });

  test("outside of training a step takes the mean", () => {
    const rnn = identity(1, { zoneout: 0.25 }, 1);
    const { outputs, state } = rnn.apply(constant([[[8]], [[0]], [[4]]], "f64"));
    expectClose(outputs, [[[6]], [[1.5]], [[3.375]]], 1e-15);
    expectClose(state[0]!.h, [[3.375]], 1e-15);
  });

  test("learned gradients flow through what stays", () => {
    const rnn = identity(30, { zoneout: 0.5 }, 1);
    const ones = constant(new Array(2).fill(new Array(40).fill(new Array(30).fill(1))), "f64");
    const { outputs } = rnn.apply(ones, { training: true, key });
    const gradient = evaluate(grad(sum(take(outputs, 1)), ones));
    near(gradient.data.slice(0, 1200), 0.25);
    near(gradient.data.slice(1200), 0.5);
  });
});

test("in a Sequential, training and a key of its own come from there", () => {
  const model = new Sequential([
    lstm({ dropout: 0.5 }),
    new Linear({ inputSize: H, outputSize: 2, seed: 1, dtype: "f64" }),
  ]);
  const run = (options: Parameters<Sequential["apply"]>[1]) => evaluate(model.apply(x, options));
  expect(run({ training: true, key })).toEqual(run({ training: true, key }));
  expect(run({ training: true, key })).not.toEqual(run({ training: false }));
});

test("what is refused", () => {
  expect(() =>
    lstm({ dropout: 0.5, zoneout: 0.1 }).apply(x, { training: true }),
  ).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: LSTM: training with dropout 0.5, zoneout 0.1 needs a key
      hint: const random = randomState(seed); apply(x, { training: true, key: random }), random.updates among the step's]
  `);
  expect(() => lstm({ dropout: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: LSTM: dropout is a number from 0 and below 1, received 1]`,
  );
  expect(() => lstm({ zoneout: -0.1 })).toThrow(/zoneout is a number/);
  expect(() => lstm({ recurrentDropout: Number.NaN })).toThrow(/recurrentDropout is a number/);
});
