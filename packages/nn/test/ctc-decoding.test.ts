/** Decoding of CTC against the sum over all paths, a search that is written as the paper has it, and the loss. */
import { type ArrayValue, array, evaluate } from "@org/core";
import { ctcBeamSearch, ctcGreedyDecode, ctcLoss } from "@org/nn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";

/** `p(class)` of each step. */
const softmax = (step: readonly number[]): number[] => {
  const largest = Math.max(...step);
  const weights = step.map((x) => Math.exp(x - largest));
  return weights.map((x) => x / weights.reduce((a, b) => a + b));
};

/** Repeated classes merged, blanks left out. */
const said = (path: readonly number[], blank: number): string =>
  path.filter((label, t) => label !== blank && label !== path[t - 1]).join();

/** The probability of every target, by going through all paths. */
function exhaustive(steps: readonly (readonly number[])[], blank: number): Map<string, number> {
  const targets = new Map<string, number>();
  const visit = (path: readonly number[], probability: number): void => {
    const step = steps[path.length];
    if (!step) {
      const target = said(path, blank);
      targets.set(target, (targets.get(target) ?? 0) + probability);
      return;
    }
    softmax(step).forEach((p, label) => {
      if (p > 0) visit([...path, label], probability * p);
    });
  };
  visit([], 1);
  return targets;
}

/** Beam search over all labels, with prefixes as keys of records. */
function plain(steps: readonly (readonly number[])[], blank: number, beams: number): [string, number][] {
  let held = new Map([["", { blank: 1, label: 0 }]]);
  for (const step of steps) {
    const next = new Map<string, { blank: number; label: number }>();
    const of = (target: string) => {
      if (!next.has(target)) next.set(target, { blank: 0, label: 0 });
      return next.get(target)!;
    };
    for (const [target, paths] of held)
      for (const [label, p] of softmax(step).entries()) {
        const all = paths.blank + paths.label;
        const longer = target === "" ? String(label) : `${target},${label}`;
        const repeats = target.split(",").at(-1) === String(label);
        if (label === blank) of(target).blank += p * all;
        else of(longer).label += p * (repeats ? paths.blank : all);
        if (repeats) of(target).label += p * paths.label;
      }
    const sorted = [...next].sort(([, a], [, b]) => b.blank + b.label - a.blank - a.label);
    held = new Map(sorted.filter(([, { blank, label }]) => blank + label > 0).slice(0, beams));
  }
  return [...held].map(([target, { blank, label }]) => [target, blank + label]);
}

const element = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -400, max: 400 }).map((x) => x / 100) },
  fc.constant(-Infinity),
);
const drawn = (most: { readonly time: number; readonly classes: number }) =>
  fc
    .record({
      time: fc.integer({ min: 0, max: most.time }),
      classes: fc.integer({ min: 2, max: most.classes }),
    })
    .chain(({ time, classes }) => {
      const step = fc
        .array(element, { minLength: classes, maxLength: classes })
        .filter((values) => values.some((value) => value > -Infinity));
      return fc.record({
        // Moved a little each, so that no two targets are equally likely: either may come first.
        steps: fc
          .array(step, { minLength: time, maxLength: time })
          .map((all) =>
            all.map((values, t) => values.map((x, label) => x + Math.sin(7.3 * t + 1.7 * label))),
          ),
        blank: fc.integer({ min: 0, max: classes - 1 }),
      });
    });

const logitsOf = (steps: readonly (readonly number[])[], classes: number): ArrayValue =>
  array(Float64Array.from(steps.flat()), { shape: [steps.length, 1, classes] });

test("with beams for all prefixes the search is the sum over all paths, and the loss", () => {
  fc.assert(
    fc.property(drawn({ time: 4, classes: 4 }), ({ steps, blank }) => {
      const classes = steps[0]?.length ?? 4;
      const expected = exhaustive(steps, blank);
      const logits = logitsOf(steps, classes);
      const [found] = ctcBeamSearch(logits, { blank, beams: 1000, paths: 1000 });
      expect(found!.map(({ labels }) => labels.join()).sort()).toEqual([...expected.keys()].sort());
      found!.forEach(({ labels, logProbability }, i) => {
        expect(Math.exp(logProbability)).toBeCloseTo(expected.get(labels.join())!, 12);
        expect(logProbability).toBeLessThanOrEqual(found![i - 1]?.logProbability ?? 0 + 1e-12);
      });
      const [{ labels, logProbability } = { labels: [0], logProbability: 0 }] = found!;
      if (steps.length > 0 && labels.length > 0)
        expect(evaluate(ctcLoss(logits, [[...labels]], { blank, reduction: "sum" })).item()).toBeCloseTo(
          -logProbability,
          9,
        );
    }),
    runs(60),
  );
});

test("with fewer beams it is the search over all labels", () => {
  const all = fc.tuple(drawn({ time: 8, classes: 7 }), fc.integer({ min: 1, max: 6 }));
  fc.assert(
    fc.property(all, ([{ steps, blank }, beams]) => {
      const [found] = ctcBeamSearch(logitsOf(steps, steps[0]?.length ?? blank + 1), {
        blank,
        beams,
        paths: beams,
      });
      const expected = plain(steps, blank, beams);
      expect(found!.map(({ labels }) => labels.join())).toEqual(expected.map(([target]) => target));
      found!.forEach(({ logProbability }, i) => {
        expect(Math.exp(logProbability)).toBeCloseTo(expected[i]![1], 12);
      });
    }),
    runs(100),
  );
});

test("a label that repeats the last one leaves room for the next likeliest", () => {
  // One beam holds "1", half of it behind a blank: "1 1" has 0.225 and "1" 0.335, "1 2" has 0.44 though 1 is the likeliest.
  const steps = [
    [0, 1, 0],
    [0.5, 0.5, 0],
    [0.11, 0.45, 0.44],
  ].map((step) => step.map(Math.log));
  const [[best] = []] = ctcBeamSearch(logitsOf(steps, 3), { beams: 1 });
  expect(best!.labels).toEqual([1, 2]);
  expect(Math.exp(best!.logProbability)).toBeCloseTo(0.44, 12);
});

test("the greedy search says what the likeliest path says", () => {
  fc.assert(
    fc.property(drawn({ time: 6, classes: 4 }), ({ steps, blank }) => {
      const [found] = ctcGreedyDecode(logitsOf(steps, steps[0]?.length ?? blank + 1), { blank });
      const path = steps.map((step) => step.indexOf(Math.max(...step)));
      expect(found!.labels.join()).toBe(said(path, blank));
      const probability = steps.reduce((product, step) => product * Math.max(...softmax(step)), 1);
      expect(Math.exp(found!.logProbability)).toBeCloseTo(probability, 12);
    }),
    runs(60),
  );
});

test("sequences of a batch have lengths of their own, and padding has no effect", () => {
  const logits = [
    [
      [0, 9, 0],
      [0, 0, 9],
    ],
    [
      [9, 0, 0],
      [Number.NaN, 0, Infinity],
    ],
    [
      [0, 9, 0],
      [-Infinity, -Infinity, -Infinity],
    ],
  ];
  const options = { lengths: [3, 1] };
  expect(ctcGreedyDecode(logits, options).map(({ labels }) => labels)).toEqual([[1, 1], [2]]);
  expect(ctcBeamSearch(logits, options).map(([best]) => best!.labels)).toEqual([[1, 1], [2]]);
  expect(ctcBeamSearch(logits, { lengths: [0, 0] })).toEqual([
    [{ labels: [], logProbability: 0 }],
    [{ labels: [], logProbability: 0 }],
  ]);
});

test("what is refused", () => {
  expect(() => ctcBeamSearch([[1, 2]])).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: ctcBeamSearch: logits have axes of time, batch and classes
      logits: [1, 2]
      rule: [time, batch, classes]]
  `);
  expect(() => ctcGreedyDecode([[[1, Number.NaN]]])).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: ctcGreedyDecode: step 0 of sequence 0 has no probabilities, its largest logit is NaN]`,
  );
  expect(() => ctcGreedyDecode([[[1, 2]]], { blank: 2 })).toThrow("blank is one of 2 classes, received 2");
  expect(() => ctcBeamSearch([[[1, 2]]], { lengths: [2] })).toThrow("lengths[0] is 2");
  expect(() => ctcBeamSearch([[[1, 2]]], { beams: 0 })).toThrow("beams is a whole number from 1, received 0");
});
