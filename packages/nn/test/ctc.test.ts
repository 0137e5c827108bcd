/** CTC against PyTorch, against the sum over all paths, and against differences. */
import { array, compile, constant, evaluate, grad, input, type NDArray, type Nested, sum } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { ctcLoss, type LossOptions } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { expectClose, fixture, values } from "./values.ts";

interface Row {
  readonly value: number | "Infinity" | (number | "Infinity")[];
  readonly gradient: Nested | null;
}

const { cases } = fixture<{
  cases: Record<
    string,
    {
      readonly logits: Nested;
      readonly labels: number[][];
      readonly labelLengths: number[];
      readonly lengths: number[];
      readonly blank: number;
      readonly rows: Record<string, Row>;
    }
  >;
}>("ctc");

const numbers = (value: Row["value"]): number[] => [value].flat().map(Number);

describe.each(Object.keys(cases))("%s", (name) => {
  const { logits, labels, labelLengths, lengths, blank, rows } = cases[name]!;
  const z = constant(logits, "f64");
  const targets = array(labels, { dtype: "i32" });

  test.each(Object.keys(rows))("PyTorch's values and gradients: %s", (row) => {
    const [reduction, zero] = row.split(" ") as [NonNullable<LossOptions["reduction"]>, string];
    const options = { reduction, blank, lengths, labelLengths, zeroInfinity: zero === "True" };
    const loss = ctcLoss(z, targets, options);
    const expected = numbers(rows[row]!.value);
    const found = [...evaluate(loss).data];
    expected.forEach((value, i) => {
      if (Number.isFinite(value))
        expect(Math.abs(found[i]! / value - 1 || found[i]! - value)).toBeLessThan(1e-12);
      else expect(found[i]).toBe(value);
    });
    const gradient = evaluate(grad(sum(loss), z));
    expect(gradient.data.every(Number.isFinite)).toBe(true);
    if (rows[row]!.gradient) expectClose(gradient, rows[row]!.gradient, 1e-12);
  });

  test("compiled, in f32 too, with lengths and labels that are fed", () => {
    const [steps, batch] = z.shape;
    const fed = {
      z: input("z", z.shape),
      labels: input("labels", targets.shape, "i32"),
      lengths: input("lengths", [batch!], "i32"),
      sizes: input("sizes", [batch!], "i32"),
    };
    const options = { blank, lengths: fed.lengths, labelLengths: fed.sizes, zeroInfinity: true } as const;
    const loss = ctcLoss(fed.z, fed.labels, { ...options, reduction: "sum" });
    const step = compile({ inputs: fed, outputs: { loss, gradient: grad(loss, fed.z) } });
    const out = step({ z: logits, labels, lengths, sizes: labelLengths });
    const { value, gradient } = rows["sum True"]!;
    expectClose(out.loss, Number(value), 2e-6);
    expectClose(out.gradient, gradient!, 3e-5);
    expect(steps).toBe(z.shape[0]);
  });
});

/** `-ln Σ` over all paths, by the definition. */
function byPaths(p: NDArray, target: readonly number[], blank: number): number {
  const [time, , classes] = p.shape as [number, number, number];
  let total = 0;
  for (let code = 0; code < classes ** time; code++) {
    const path = Array.from({ length: time }, (_, t) => Math.floor(code / classes ** t) % classes);
    const said = path.filter((c, t) => c !== blank && c !== path[t - 1]);
    if (String(said) !== String(target)) continue;
    total += path.reduce((product, c, t) => product * p.data[t * classes + c]!, 1);
  }
  return -Math.log(total);
}

test("is the sum over all paths", () => {
  const draw = fc.record({
    time: fc.integer({ min: 0, max: 4 }),
    classes: fc.integer({ min: 1, max: 3 }),
    picks: fc.array(fc.nat(), { maxLength: 3 }),
    blankPick: fc.nat(),
    seed: fc.nat(1000),
  });
  fc.assert(
    fc.property(draw, ({ time, classes, picks, blankPick, seed }) => {
      const blank = blankPick % classes;
      const others = Array.from({ length: classes }, (_, c) => c).filter((c) => c !== blank);
      const target = others.length === 0 ? [] : picks.map((pick) => others[pick % others.length]!);
      const logits = values(seed, time, 1, classes);
      const p = array(logits.data, { shape: logits.shape });
      for (let t = 0; t < time; t++) {
        const row = Array.from(logits.data.slice(t * classes, (t + 1) * classes), Math.exp);
        const whole = row.reduce((a, b) => a + b);
        row.forEach((e, c) => {
          p.data[t * classes + c] = e / whole;
        });
      }
      const labels = array(Int32Array.from(target), { shape: [1, target.length] });
      const found = evaluate(ctcLoss(constant(logits), labels, { blank, reduction: "sum" })).item();
      const expected = byPaths(p, target, blank);
      if (expected === Infinity) expect(found).toBe(Infinity);
      else expect(Math.abs(found - expected)).toBeLessThan(1e-12);
    }),
    runs(25),
  );
});

test("gradients, first and second order, with repeated labels, ends and nothing to say", () => {
  const logits = constant(values(3, 4, 2, 3));
  const labels = array(
    [
      [1, 1],
      [0, 0],
    ],
    { dtype: "i32" },
  );
  const loss = ctcLoss(logits, labels, { lengths: [4, 2], labelLengths: [2, 0] });
  checkGradients(loss, logits, { order: 2 }).assert();
});

test("what padding holds has no effect: logits past the ends, labels that are none", () => {
  const clean = values(4, 6, 2, 4);
  const dirty = array(clean.data.slice(), { shape: clean.shape });
  dirty.data.fill(Number.NaN, 4 * 2 * 4 + 4, 4 * 2 * 4 + 8);
  dirty.data.fill(Infinity, 5 * 2 * 4 + 4, 5 * 2 * 4 + 8);
  const [a, b] = [
    [
      clean,
      [
        [1, 2, 3],
        [2, 0, 0],
      ],
    ],
    [
      dirty,
      [
        [1, 2, 3],
        [2, -100, 99],
      ],
    ],
  ].map(([value, labels]) => {
    const z = constant(value as NDArray);
    const loss = ctcLoss(z, array(labels as number[][], { dtype: "i32" }), {
      lengths: [6, 4],
      labelLengths: [3, 1],
    });
    return evaluate({ loss, g: grad(loss, z) });
  });
  expect(b).toEqual(a);
});

test("a long sequence is one loop, without underflow, and code does not grow with it", () => {
  const sizes = [40, 400].map((time) => {
    const z = input("z", [time, 2, 6]);
    const labels = array(
      Int32Array.from({ length: 2 * 15 }, (_, i) => 1 + (i % 5)),
      { shape: [2, 15] },
    );
    const loss = ctcLoss(z, labels);
    const step = compile({ inputs: { z }, outputs: { loss, g: grad(loss, z) } });
    const { loss: value, g } = step({
      z: array(
        new Float32Array(time * 12).map((_, i) => 3 * Math.sin(i)),
        { shape: z.shape },
      ),
    });
    expect(Number.isFinite(value.item())).toBe(true);
    expect(g.data.every(Number.isFinite)).toBe(true);
    return step.report().nodes;
  });
  expect(sizes[0]).toBe(sizes[1]);
});

test("what is refused", () => {
  const z = input("z", [5, 2, 3]);
  expect(() => ctcLoss(z, [[1], [2], [1]])).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: ctcLoss: a target goes with each sequence of logits
      logits: [5, 2, 3]  f32  "z"
      labels: [3, 1]  i32
      rule: [time, batch, classes], i32 [batch, labels] → scalar]
  `);
  expect(() => ctcLoss(z, [[1], [2]], { blank: 3 })).toThrow("blank is one of 3 classes, received 3");
  expect(() => ctcLoss(z, input("labels", [2, 1]))).toThrow("labels are i32, received f32");
  expect(() => ctcLoss(z, [[1], [2]], { labelLengths: [1, 2] })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: ctcLoss: labelLengths[1] is 2, the targets have 1 labels
      rule: a length is a whole number from 0 to the number of labels]
  `);
  expect(() => ctcLoss(z, [[1], [2]], { lengths: [6, 2] })).toThrow(
    "lengths[0] is 6, the sequences have 5 steps",
  );
  const zeros = array(new Float32Array(30), { shape: [5, 2, 3] });
  const longer = constant(array([1, 2], { dtype: "i32" }));
  expect(() => evaluate(ctcLoss(zeros, [[1], [2]], { labelLengths: longer }))).toThrow(
    "ctcLoss: length 2 is out of range for targets of 1 labels",
  );
  for (const [wrong, problem] of [
    [3, "label 3 is out of range for 3 classes"],
    [-1, "label -1 is out of range for 3 classes"],
    [0, "label 0 is the blank, which no target holds"],
  ] as const)
    expect(() => evaluate(ctcLoss(zeros, array([[1], [wrong]], { dtype: "i32" })))).toThrow(
      `ctcLoss: ${problem}`,
    );
});
