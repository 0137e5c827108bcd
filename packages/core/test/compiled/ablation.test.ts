/** Each rewrite of graphs and of kernels left out: the same numbers, up to rounding. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { type CompileOptions, compile } from "../../src/compile.ts";
import { evaluate } from "../../src/evaluate.ts";
import { constant } from "../../src/graph/leaves.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { sum } from "../../src/ops/broadcast.ts";
import type { Report } from "../../src/report.ts";
import { derivatives } from "../properties/runs.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectRounded } from "./rounding.ts";
import { cells, type StepOptions, type TrainingStep, trainingStep } from "./training-steps.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

type Rewrites = NonNullable<CompileOptions<never, never>["rewrites"]>;
const names = Object.keys(compile({ outputs: constant(1) }).report().rewrites) as (keyof Rewrites)[];
const nothing: Rewrites = Object.fromEntries(names.map((name) => [name, false]));

/** Two steps from the parameters as they were: outputs of both, then the parameters. */
function train(step: TrainingStep, rewrites: Rewrites): { values: NDArray[]; report: Report } {
  const { inputs, outputs, updates, parameters, feeds } = step;
  const before = parameters.map(({ value }) => value);
  const run = compile({ inputs, outputs, updates, rewrites, runtime });
  const first = run(feeds);
  const second = run(feeds);
  const values = [first.loss, first.norm, second.loss, second.norm, ...parameters.map(({ value }) => value)];
  parameters.forEach((each, i) => {
    each.value = before[i]!;
  });
  const report = run.report();
  run.dispose();
  return { values, report };
}

const operations = ({ flops, nodes }: Report): number => flops + nodes;

const programs: Record<string, StepOptions> = {
  plain: {},
  reversed: { reverse: true },
  checkpointed: { checkpoint: 3 },
  "in f32, smooth": { dtype: "f32", smooth: true },
  "of 5 steps": { count: sum(constant([2, 3], "i32")) },
};
const fired = new Map<string, number>();

describe.each(cells)("a training step of an %s", (cell) => {
  describe.each(Object.entries(programs))("%s", (_, options) => {
    const step = trainingStep(cell, options);
    const all = train(step, {});
    for (const name of names) fired.set(name, (fired.get(name) ?? 0) + all.report.rewrites[name].fired);

    test("as it was written", () => {
      const { values, report } = train(step, nothing);
      expectRounded(values, all.values, operations(report));
      expect(Object.values(report.rewrites).map((rewrite) => rewrite.fired)).toEqual(names.map(() => 0));
      const expected = evaluate(step.outputs, step.feeds);
      expectRounded(values.slice(0, 2), [expected.loss, expected.norm], operations(report));
    });

    test.each(names)("without %s", (name) => {
      const { values, report } = train(step, { [name]: false });
      expectRounded(values, all.values, operations(report));
      expect(report.rewrites[name].fired).toBe(0);
    });

    if (options !== programs.plain) return;
    test.each(names)("with %s alone", (name) => {
      const { values, report } = train(step, { ...nothing, [name]: true });
      expectRounded(values, all.values, operations(report));
    });
  });
});

test.each(names)("%s fires in a training step", (name) => {
  expect(fired.get(name)).toBeGreaterThan(0);
});

describe.each(names)("random graphs to second derivatives without %s", (name) => {
  test("agree with all rewrites and with the interpreter", () => {
    fc.assert(
      fc.property(arbitraryGraph({ smooth: true }), (graph) => {
        const tensors = derivatives(graph);
        const expected = evaluate(tensors, graph.feeds);
        for (const rewrites of [{ [name]: false }, { ...nothing, [name]: true }]) {
          const run = compile({ inputs: graph.inputs, outputs: tensors, rewrites, runtime });
          expectRounded(run(graph.feeds as never), expected, 1e6, JSON.stringify(rewrites));
          run.dispose();
        }
      }),
      runs(6),
    );
  });
});
