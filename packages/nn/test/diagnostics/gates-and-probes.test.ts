/** What cells do while they read: gates that open and shut, units that follow a feature of the text. */
import { add, constant, evaluate, matmul, type Parameter, take } from "@org/core";
import * as nn from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";

const [T, size] = [6, 3];
const options = { inputSize: 2, hiddenSize: size, seed: 1, dtype: "f64" } as const;
const x = constant(values(1, T, 2, 2));
const gru = { ...options, update: "keep", reset: "before" } as const;

function ready<C extends { readonly parameters: object }>(cell: C): C {
  randomize(cell.parameters as Record<string, Parameter>, 2);
  return cell;
}

test("gates by name: values of an LSTM and a GRU, and a cell without names", () => {
  const lstm = ready(new nn.LSTMCell(options));
  const found = nn.gates(nn.recurrent(lstm, x).outputs);
  expect(Object.keys(found)).toEqual(["i", "f", "o"]);
  const first = evaluate(take(found.f!, 0)).toNested() as number[][];
  const { W_xf, b_f } = lstm.parameters;
  const sums = evaluate(add(matmul(take(x, 0), W_xf), b_f!)).toNested() as number[][];
  expectClose(
    first,
    sums.map((row) => row.map((s) => 1 / (1 + Math.exp(-s)))),
    1e-14,
  );
  expect(Object.keys(nn.gates(nn.recurrent(ready(new nn.GRUCell(gru)), x).outputs))).toEqual(["z", "r"]);
  expect(() =>
    nn.gates(nn.recurrent(ready(new nn.RNNCell(options)), x).outputs),
  ).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: gates: no loop that the outputs depend on has a sigmoid in it
      rule: outputs are what recurrent or a layer returns, or depend on it; not of a run with unroll or checkpoint]
  `);
});

test("saturation: forced gates are always shut or open, others in their shares", () => {
  const cell = new nn.LSTMCell({ ...options, forgetBias: 50 });
  cell.parameters.b_i!.value = [-50, 0, 50];
  const found = evaluate(nn.saturation(nn.recurrent(cell, x).outputs));
  expectClose(found.f!.above, [1, 1, 1], 0);
  expectClose(found.f!.below, [0, 0, 0], 0);
  expect([found.i!.below.data[0], found.i!.above.data[2]]).toEqual([1, 1]);
  const wide = evaluate(nn.saturation(nn.recurrent(cell, x).outputs, { low: 0.5, high: 0.5 }));
  expect(wide.i!.below.data[1]! + wide.i!.above.data[1]!).toBeCloseTo(1, 6);
});

describe("probes", () => {
  const text = 'say "one (two)" and\n"three [four {five}]"\nsix “seven” end';

  test("features of a text", () => {
    const { insideQuotes, linePosition, depth } = nn.textFeatures(text);
    const characters = [...text];
    const at = (word: string): number => characters.join("").indexOf(word);
    expect([
      insideQuotes[at("say")],
      insideQuotes[at("one")],
      insideQuotes[at("and")],
      insideQuotes[at("seven")],
      insideQuotes[at("end")],
    ]).toEqual([0, 1, 0, 1, 0]);
    expect([depth[at("one")], depth[at("two")], depth[at("five")], depth[at("six")]]).toEqual([0, 1, 2, 0]);
    expect(linePosition[at("say")]).toBe(1);
    expect(linePosition[at("six")]).toBe(1);
    expect(nn.textFeatures(")]🙂").depth).toEqual(new Float64Array(3));
  });

  test("a cell that follows a feature is found among noise, over a batch as well", () => {
    const { insideQuotes, depth } = nn.textFeatures(text);
    const n = insideQuotes.length;
    const noise = values(1, n, 8).toNested() as number[][];
    const states = noise.map((row, t) =>
      row.map((x, i) => (i === 5 ? 3 - 2 * depth[t]! + 0.1 * x : i === 2 ? insideQuotes[t]! + 0.1 * x : x)),
    );
    const ranked = nn.probeCells(constant(states, "f64"), { insideQuotes, depth });
    expect(ranked.insideQuotes[0]).toMatchObject({ unit: 2 });
    expect(ranked.insideQuotes[0]!.correlation).toBeGreaterThan(0.95);
    expect(ranked.depth[0]).toMatchObject({ unit: 5 });
    expect(ranked.depth[0]!.correlation).toBeLessThan(-0.95);
    expect(ranked.depth).toHaveLength(8);
    const batch = nn.probeCells(
      states.map((row) => [row, row]),
      { depth: Array.from(depth, (d) => [d, d]) },
    );
    expect(batch.depth[0]!.correlation).toBeCloseTo(ranked.depth[0]!.correlation, 12);
  });

  test("what never changes goes with nothing; features of another length are refused", () => {
    const still = nn.probeCells(
      [
        [1, 0],
        [1, 1],
      ],
      { a: [0, 1], b: [2, 2] },
    );
    expect(still.a).toEqual([
      { unit: 1, correlation: expect.closeTo(1) },
      { unit: 0, correlation: 0 },
    ]);
    expect(still.b.map(({ correlation }) => correlation)).toEqual([0, 0]);
    expect(() => nn.probeCells([[1], [2]], { a: [1, 2, 3] })).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: probeCells: the feature "a" has not one number for each state
        states: [2, 1]
        a: [3]
        rule: states [time, units], features [time]; or [time, batch, units], [time, batch]]
    `);
  });
});
