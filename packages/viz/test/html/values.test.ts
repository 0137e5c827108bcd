import {
  array,
  evaluate,
  type Feeds,
  grad,
  input,
  isFinite as isFiniteTensor,
  log,
  math,
  mul,
  named,
  parameter,
  scan,
  square,
  sum,
  type Tensor,
  unroll,
  where,
} from "@org/core";
import { renderHtml } from "@org/viz";
import { expect, test } from "vitest";
import { normOf, statisticsOf } from "../../src/html/statistics.ts";
import { type Page, readPage } from "./read-page.ts";

const feeds: Feeds = {
  x: [
    [0.5, -1],
    [2, 0.25],
    [-0.75, 1.5],
    [1, 1],
    [-2, 0.5],
  ],
  h0: [0.1, -0.2],
};

/** `h_t = tanh(x_t ⊙ w + R h_{t-1})` in f64, all states squared, with its states where they are written out. */
function network(write: typeof unroll, reverse: boolean): { loss: Tensor; states: Tensor[]; w: Tensor } {
  const w = parameter("w", array([0.7, -0.4], { dtype: "f64" }));
  const R = parameter(
    "R",
    array(
      [
        [0.3, -0.2],
        [0.5, 0.9],
      ],
      { dtype: "f64" },
    ),
  );
  const states: Tensor[] = [];
  const { ys, carry } = write(
    (h, x) => {
      const next = named(math`tanh(${x} ⊙ ${w} + ${R} @ ${h})`, "h");
      states.push(next);
      return { carry: next, y: next };
    },
    { init: input("h0", [2], "f64"), xs: input("x", [5, 2], "f64"), reverse },
  );
  return {
    loss: sum(math`${sum(square(ys))} + ${carry}`),
    states: reverse ? states.toReversed() : states,
    w,
  };
}

const page = async (loss: Tensor | Tensor[], steps: number, given: Feeds = feeds): Promise<Page> =>
  readPage(await renderHtml(loss, { unroll: steps, feeds: given }));

test.each([
  [2, false],
  [2, true],
  [5, false],
  [5, true],
])(
  "values and gradients of %i steps are those of a graph written out by hand, reversed: %s",
  async (steps, reverse) => {
    const drawn = await page(network(scan, reverse).loss, steps);
    const { loss, states, w } = network(unroll, reverse);
    const values = evaluate([...states, w], feeds);
    const gradients = evaluate(grad(loss, [...states, w]), feeds);
    const check = (label: string, i: number): void => {
      const { values: found, gradient } = drawn.mark(label);
      const { count, bad, ...expected } = statisticsOf(values[i]!);
      expect(found).toMatchObject({ count, bad });
      for (const [name, value] of Object.entries(expected)) {
        expect(found![name as "norm"], `${label} ${name}`).toBeCloseTo(Number(value), 12);
      }
      expect(gradient, label).toBeCloseTo(normOf(gradients[i]!), 12);
    };
    for (let t = 0; t < steps; t++) check(`h${"₀₁₂₃₄"[t]}`, t);
    check("w", 5);
    const root = drawn.view.marks.filter(({ gradient, shape }) => gradient === 1 && shape === "[]");
    expect(root.length).toBeGreaterThan(0);
    expect(Number(root.at(-1)!.values!.mean)).toBeCloseTo(evaluate(loss, feeds).item(), 12);
  },
);

test("without values the page shows none; without a scalar no gradients", async () => {
  const { loss, w } = network(scan, false);
  const plain = readPage(await renderHtml(loss));
  expect(plain.view.marks.some((mark) => "values" in mark || "gradient" in mark)).toBe(false);
  expect(plain.html).not.toContain('id="colours"');
  const vector = await page(mul(w, 2), 2, {});
  expect(vector.mark("w").values).toMatchObject({ min: -0.4, max: 0.7 });
  expect(vector.mark("w")).not.toHaveProperty("gradient");
  await expect(renderHtml(loss, { feeds: {} })).rejects.toThrow(/h0|x/);
});

test("NaN and infinities by name; integers and booleans have no gradient", async () => {
  const x = input("x", [3]);
  const kept = named(where(isFiniteTensor(log(x)), 1, 0), "kept");
  const { mark } = await page(sum(mul(log(x), kept)), 0, { x: [1, 0, -1] });
  expect(mark("log").values).toEqual({ count: 3, norm: "NaN", bad: 2, min: 0, mean: 0, max: 0 });
  expect(mark("isFinite").values).toMatchObject({ max: 1 });
  expect(mark("isFinite")).not.toHaveProperty("gradient");
  expect(mark("x").gradient).toBe("NaN");
  const steep = await page(sum(log(x)), 0, { x: [1, 0, 2] });
  expect(steep.mark("x").gradient).toBe("Infinity");
  expect(steep.mark("Σ").values).toEqual({ count: 1, norm: "Infinity", bad: 1 });
});

test("statistics: empty, huge and tiny arrays", () => {
  const of = (values: number[]) => statisticsOf(array(values, { dtype: "f64" }));
  expect(of([])).toEqual({ count: 0, norm: 0, bad: 0 });
  expect(of([3e200, -4e200]).norm).toBeCloseTo(5e200, -190);
  expect(of([3e-200, 4e-200]).norm).toBeCloseTo(5e-200, 210);
  expect(of([Number.POSITIVE_INFINITY])).toEqual({ count: 1, norm: "Infinity", bad: 1 });
  expect(of([1.7e308, 1.7e308]).mean).toBe(1.7e308);
});
