/** No buffer is overwritten while somebody still reads it: seen by running plans on memory that remembers. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  concat,
  grad,
  input,
  matmul,
  parameter,
  scan,
  square,
  sum,
  type Tensor,
  tanh,
  zeros,
} from "../../src/index.ts";
import type { LoopCounter } from "../../src/lower/kernel.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import type { Job, TargetRewrite } from "../../src/runtime.ts";
import { type JobPlan, planJob } from "../../src/targets/wasm/program/job-plan.ts";
import { workSharing } from "../../src/targets/wasm/program/work-sharing.ts";
import { cells, trainingStep } from "../compiled/training-steps.ts";
import {
  arbitraryDeepNetwork,
  type DeepNetwork,
  deepNetwork,
  stepwise,
  whole,
} from "../loops/deep-networks.ts";
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

/** Both directions over one sequence, drawn one after the other, side by side; a loss of both. */
function directions(batch: number): {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
} {
  const [xs, size] = [input("xs", [6, batch, 3]), 4];
  const run = (reverse: boolean) => {
    const [u, w] = [
      [3, size],
      [size, size],
    ].map((shape) => parameter("w", array(new Float32Array(shape[0]! * size).fill(0.1), { shape })));
    const step = (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(x, u!), matmul(h, w!)));
      return { carry: next, y: next };
    };
    return { ys: scan(step, { init: zeros([batch, size]), xs, reverse }).ys, weights: [u!, w!] };
  };
  const [there, back] = [run(false), run(true)];
  const outputs = concat([there.ys, back.ys], { axis: 2 });
  const loss = sum(square(outputs));
  return { inputs: [xs], outputs: [loss, outputs, ...grad(loss, [...there.weights, ...back.weights])] };
}

test("of two directions at once, forwards and backwards", () => {
  const { inputs, outputs } = directions(1);
  const { roots } = rewriteAll(outputs);
  const plan = planned({ inputs, outputs: roots }, 2);
  const found = plan.kernels.flatMap((kernel) =>
    kernel.kind === "loop" ? [plan.atOnce.get(kernel.counter)] : [],
  );
  expect(found).toEqual([
    { group: 0, thread: 0 },
    { group: 0, thread: 1 },
    { group: 1, thread: 0 },
    { group: 1, thread: 1 },
  ]);
  check(plan);
  // Loops that rows are shared of are done by all threads.
  const rows = directions(4);
  const shared = planned({ inputs: rows.inputs, outputs: rewriteAll(rows.outputs).roots }, 2);
  expect(shared.shares.size).toBeGreaterThan(0);
  expect(shared.atOnce.size).toBe(0);
  check(shared);
});

describe("of deep networks on several threads", () => {
  const plannedOn = (network: DeepNetwork, threads: number): JobPlan => {
    const { inputs, outputs } = deepNetwork(network);
    return planned({ inputs: Object.values(inputs), outputs: rewriteAll(outputs).roots }, threads);
  };
  /** The threads of each pipeline's stages. */
  const pipelines = ({ kernels, atOnce }: JobPlan): number[][] =>
    kernels.flatMap((kernel) => {
      const stages = kernel.kind === "loop" ? kernel.body : [];
      const threads = stages.flatMap((stage) =>
        stage.kind === "loop" ? [atOnce.get(stage.counter)?.thread] : [],
      );
      return threads.every((thread) => thread === undefined)
        ? []
        : [threads.filter((thread) => thread !== undefined)];
    });
  const plain: DeepNetwork = {
    time: 12,
    batch: 1,
    size: 4,
    reverse: false,
    turning: false,
    reads: ["outputs"],
    gated: true,
    everyLayer: true,
  };

  test.each([2, 3, 4])("%i threads", (threads) => {
    fc.assert(
      fc.property(arbitraryDeepNetwork(), (network) => {
        check(plannedOn(network, threads));
      }),
      runs(25),
    );
  });

  test("layers whose steps need the steps up to them are a pipeline, and so are their gradients", () => {
    for (const reads of stepwise) {
      for (const reverse of [false, true]) {
        const [forwards, backwards] = pipelines(plannedOn({ ...plain, reverse, reads: [reads] }, 2));
        expect([reads, forwards, backwards]).toEqual([reads, [0, 1], [0, 1]]);
      }
    }
    const deep = (layers: number, threads: number) =>
      pipelines(
        plannedOn({ ...plain, reads: Array.from({ length: layers - 1 }, () => "outputs") }, threads),
      )[0];
    expect([deep(3, 2), deep(4, 2), deep(4, 3), deep(4, 4)]).toEqual([
      [0, 1, 1],
      [0, 0, 1, 1],
      [0, 1, 1, 2],
      [0, 1, 2, 3],
    ]);
  });

  test("layers whose steps need later ones are none", () => {
    for (const reads of whole)
      expect([reads, pipelines(plannedOn({ ...plain, reads: [reads] }, 2))]).toEqual([reads, []]);
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
