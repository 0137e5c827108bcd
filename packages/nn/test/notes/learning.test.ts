/** What the notes say of learning: that it works, and what makes it slow. Plain gradient descent, but where Adam is named. */
import {
  argmax,
  array,
  compile,
  constant,
  evaluate,
  grad,
  input,
  math,
  type NDArray,
  type Parameter,
  parameter,
  type Tensor,
  take,
} from "@org/core";
import * as nn from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { describe, expect, test } from "vitest";
import { values } from "../values.ts";

/** Updates `w ← w - rate ∂loss/∂w`. */
function descent(loss: Tensor, weights: Readonly<Record<string, Parameter>>, rate: number) {
  return Object.entries(grad(loss, weights)).map(
    ([name, g]) => [weights[name]!, math`${weights[name]!} - ${rate} * ${g}`] as const,
  );
}

test("B19: U, V and W learn a sentence by stochastic gradient descent, a sequence at a time", () => {
  const [words, hidden] = [5, 12];
  const [U, V, W] = [values(1, words, hidden), values(2, hidden, words), values(3, hidden, hidden)].map(
    (value, i) => parameter("UVW"[i]!, value),
  ) as [Parameter, Parameter, Parameter];
  const cell: nn.Cell<Tensor> = {
    parameters: { U, W },
    initialState: (batch) => constant(array(new Float64Array(batch * hidden), { shape: [batch, hidden] })),
    step: (ids, s) => math`tanh(${take(U, ids)} + ${s} @ ${W})`,
    output: (s) => s,
  };
  const ids = input("ids", [4, 1], "i32");
  const next = input("next", [4, 1], "i32");
  const loss = nn.crossEntropy(math`${nn.recurrent(cell, ids).outputs} @ ${V}`, next);
  const step = compile({
    inputs: { ids, next },
    outputs: { loss },
    updates: descent(loss, { U, V, W }, 0.5),
  });
  // The same word 1 goes on in three ways, which only the words before it tell apart.
  const sentences = [
    [0, 1, 2, 1, 3],
    [3, 1, 4, 0, 1],
  ];
  const losses = Array.from({ length: 400 }, (_, i) => {
    const sentence = sentences[i % 2]!;
    const column = (from: number): number[][] => sentence.slice(from, from + 4).map((word) => [word]);
    return step({ ids: column(0), next: column(1) }).loss.item();
  });
  expect(losses[0]).toBeGreaterThan(1);
  expect(Math.max(...losses.slice(-2))).toBeLessThan(0.05);
});

test("B20: the further back what counts lies, the smaller its gradient and the more epochs it takes", () => {
  const [time, batch] = [5, 32];
  const signs = nn.init.uniform([time, batch, 1], { seed: 1, dtype: "f64" }).data.map(Math.sign);
  const xs = constant(array(signs, { shape: [time, batch, 1] }));
  const results = [0, 1, 2, 3].map((lag) => {
    const cell = new nn.RNNCell({ inputSize: 1, hiddenSize: 8, seed: 2, dtype: "f64" });
    cell.parameters.W_hh.value = nn.init.spectralRadius([8, 8], { radius: 0.4, seed: 3, dtype: "f64" });
    const head = new nn.Linear({ inputSize: 8, outputSize: 1, seed: 4, dtype: "f64" });
    const { outputs } = nn.recurrent(cell, xs);
    const loss = nn.mse(head.apply(take(outputs, time - 1)), take(xs, time - 1 - lag));
    const parts = evaluate(nn.lagContributions(loss, cell.parameters.W_xh)).toNested() as number[][][];
    const gradient = Math.hypot(...parts[time - 1 - lag]!.flat());
    const updates = descent(loss, nn.parameters({ cell, head }), 0.05);
    const step = compile({ outputs: { loss }, updates });
    let epochs = 0;
    while (step().loss.item() > 0.02 && epochs < 5000) epochs++;
    return { epochs, gradient };
  });
  for (const [i, { epochs, gradient }] of results.slice(1).entries()) {
    expect(gradient).toBeLessThan(0.5 * results[i]!.gradient);
    expect(epochs).toBeGreaterThan(results[i]!.epochs);
  }
  expect(results[3]!.epochs).toBeGreaterThan(10 * results[0]!.epochs);
});

describe("B23: what gates are for", () => {
  const [time, batch, hidden] = [40, 32, 16];
  // Ids 0 and 1 can be the answer, 2 to 4 are noise, 5 is a marker.
  const marker = 5;
  const draw = (seed: number, task: Task): { ids: NDArray; labels: number[] } => {
    const uniform = nn.init.uniform([batch, time, 2], { seed, low: 0, high: 1, dtype: "f64" }).toNested();
    const rows = (uniform as [number, number][][]).map((row) =>
      task.prepare(row.map(([u, v]) => (u < task.rate ? Math.floor(2 * v) : 2 + Math.floor(3 * v)))),
    );
    const ids = Int32Array.from({ length: time * batch }, (_, i) => rows[i % batch]![Math.floor(i / batch)]!);
    return { ids: array(ids, { shape: [time, batch] }), labels: rows.map(task.answer) };
  };
  interface Task {
    /** How many of the tokens are 0 or 1. */
    readonly rate: number;
    /** Whether an RNN of the same size fails. It does not where nothing but 0 and 1 asks it to change its state. */
    readonly hard: boolean;
    prepare(ids: number[]): number[];
    answer(ids: number[]): number;
  }
  const tasks: Record<string, Task> = {
    "the first token counts, whatever follows": {
      rate: 0.4,
      hard: true,
      prepare: ([first = 0, ...rest]) => [first % 2, ...rest],
      answer: (ids) => ids[0]!,
    },
    "noise is to be skipped": {
      rate: 0.05,
      hard: false,
      prepare: ([first = 0, ...rest]) => [first % 2, ...rest],
      answer: (ids) => ids.filter((id) => id < 2).at(-1)!,
    },
    "a marker starts anew": {
      rate: 0.4,
      hard: true,
      prepare: (ids) => {
        const place = (t: number): number => (t < time - 1 ? (t + ids[0]!) % 20 : -1);
        return ids.map((id, t) => (place(t) === 5 ? marker : place(t - 1) === 5 ? id % 2 : id));
      },
      answer: (ids) => ids[ids.lastIndexOf(marker) + 1]!,
    },
  };

  const accuracy = (cell: nn.Cell<{ readonly h: Tensor }>, task: Task): number => {
    // As in the notes' listings: recurrent weights start small.
    for (const [name, parameter] of Object.entries(cell.parameters)) {
      if (!name.startsWith("W_h")) continue;
      parameter.value = nn.init.normal(parameter.shape, { seed: name.length, scale: 0.01 });
    }
    const embedding = new nn.Embedding({ count: 6, size: 8, seed: 1 });
    const head = new nn.Linear({ inputSize: hidden, outputSize: 2, seed: 2 });
    const ids = input("ids", [time, batch], "i32");
    const labels = input("labels", [batch], "i32");
    const logits = head.apply(nn.recurrent(cell, embedding.apply(ids)).state.h);
    const loss = nn.crossEntropy(logits, labels);
    const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }));
    const step = compile({
      inputs: { ids, labels },
      outputs: { loss },
      updates: minimize(loss, nn.parameters({ cell, embedding, head }), optimizer),
    });
    for (let i = 0; i < 200; i++) step(draw(i, task));
    const answer = compile({ inputs: { ids }, outputs: { classes: argmax(logits, { axis: -1 }) } });
    const tests = Array.from({ length: 8 }, (_, i) => draw(1000 + i, task));
    const right = tests.map(({ ids, labels }) => {
      const { data } = answer({ ids }).classes;
      return labels.filter((label, i) => data[i] === label).length / batch;
    });
    return right.reduce((sum, each) => sum + each / right.length, 0);
  };

  test.each(Object.entries(tasks))(
    "%s: a GRU learns it; an RNN does not where it would need gates",
    (_, task) => {
      const sizes = { inputSize: 8, hiddenSize: hidden, seed: 3 };
      const gru = new nn.GRUCell({ ...sizes, update: "keep", reset: "before" });
      gru.parameters.b_z!.value = nn.init.forgetBias(hidden, { value: 2 });
      expect(accuracy(gru, task)).toBeGreaterThan(0.95);
      if (task.hard) expect(accuracy(new nn.RNNCell(sizes), task)).toBeLessThan(0.75);
    },
  );
});
