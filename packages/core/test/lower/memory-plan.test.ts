/** No buffer is overwritten while somebody still reads it: seen by running plans on memory that remembers. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { LoopCounter } from "../../src/lower/kernel.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import type { Job, TargetRewrite } from "../../src/runtime.ts";
import { type JobPlan, planJob } from "../../src/targets/wasm/program/job-plan.ts";
import { workSharing } from "../../src/targets/wasm/program/work-sharing.ts";
import { cells, trainingStep } from "../compiled/training-steps.ts";
import { derivatives } from "../properties/runs.ts";
import { ShadowMemory } from "./shadow-memory.ts";

const targetRewrites = Object.keys(planned({ outputs: [] }).lowered.reports).concat(
  "packFactors",
) as TargetRewrite[];

function planned(job: Partial<Job>, threads = 1): JobPlan {
  const empty: Job = { inputs: [], outputs: [], updates: [], checkNumerics: false, disabled: new Set() };
  const team = threads > 1 ? { count: threads, sharing: workSharing } : undefined;
  return planJob({ ...empty, ...job }, team, { leastCost: team && 0 });
}

/** Places are apart by whole lines and inside of the arena. */
function check(plan: JobPlan): void {
  for (const [{ size }, offset] of plan.memory.offsets) {
    expect(offset % 64).toBe(0);
    expect(offset + size).toBeLessThanOrEqual(plan.memory.bytes);
  }
  new ShadowMemory(plan).run();
}

/** Updates of the parameters by tensors of their shapes. */
const updatesOf = (parameters: readonly { readonly shape: readonly number[] }[], values: readonly Tensor[]) =>
  parameters.map((parameter, i) => ({ parameter, value: values[i]! })) as unknown as Job["updates"];

const subset = <T>(all: readonly T[]) =>
  fc.subarray([...all]).map((chosen) => new Set<string>(chosen as never));

test("of random graphs, with any kernel passes left out", () => {
  fc.assert(
    fc.property(arbitraryGraph(), subset(targetRewrites), fc.boolean(), (graph, disabled, rewritten) => {
      const tensors = derivatives(graph);
      const { roots } = rewriteAll(tensors, rewritten ? {} : noRewrites);
      const inputs = Object.values(graph.inputs);
      const updates = updatesOf(graph.parameters, roots.slice(graph.outputs.length));
      check(planned({ inputs, outputs: roots, updates, disabled }));
    }),
    runs(50),
  );
});

test("of random graphs that watch for bad numbers", () => {
  fc.assert(
    fc.property(arbitraryGraph(), (graph) => {
      const outputs = derivatives(graph);
      check(planned({ inputs: Object.values(graph.inputs), outputs, checkNumerics: true }));
    }),
    runs(20),
  );
});

test("of random graphs for several threads, whose shares stay apart", () => {
  fc.assert(
    fc.property(arbitraryGraph(), fc.integer({ min: 2, max: 4 }), (graph, threads) => {
      const { roots } = rewriteAll(derivatives(graph));
      check(planned({ inputs: Object.values(graph.inputs), outputs: roots }, threads));
    }),
    runs(25),
  );
});

describe.each(cells)("of the training step of an %s", (cell) => {
  test.each([{}, { reverse: true }, { checkpoint: 3 }])("%j", (options) => {
    const { inputs, outputs, updates } = trainingStep(cell, options);
    const { roots } = rewriteAll([...Object.values(outputs), ...updates.map(([, value]) => value)]);
    const job: Partial<Job> = {
      inputs: Object.values(inputs),
      outputs: roots.slice(0, 2),
      updates: updates.map(([parameter], i) => ({ parameter, value: roots[2 + i]! })),
    };
    check(planned(job));
    const shared = planned(job, 2);
    check(shared);
    expect(shared.shares.size).toBeGreaterThan(0);
  });
});

test("memory that remembers notices buffers in one place", () => {
  const { inputs, outputs } = trainingStep("RNN");
  const plan = planned({ inputs: Object.values(inputs), outputs: Object.values(outputs) });
  const offsets = new Map([...plan.memory.offsets.keys()].map((buffer) => [buffer, 0]));
  const shares: ReadonlySet<LoopCounter> = new Set();
  expect(() => new ShadowMemory({ ...plan, shares, memory: { ...plan.memory, offsets } }).run()).toThrow(
    /finds buffer|lies over an operand/,
  );
});
