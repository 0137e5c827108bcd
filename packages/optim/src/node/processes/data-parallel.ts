import {
  checkOptionNames,
  compile,
  DTypeError,
  type NDArray,
  type Runtime,
  type Tensor,
  type Update,
} from "@org/core";
import type { Minimization } from "../../minimize.ts";
import { splitUpdates } from "../../split-updates.ts";
import type { ProcessGroup } from "./process-group.ts";

type Named = Readonly<Record<string, Tensor>>;

/** A step of training, of which every process makes a part. */
export interface DataParallelOptions<I extends Named, O extends Named> {
  /** The inputs, under the keys that feeds use: the graph is that of one process's part of the batch. Default: none. */
  readonly inputs?: I;
  /** What a step returns, the mean over the processes. Floats. Default: nothing. */
  readonly outputs?: O;
  /** What `minimize` gave. */
  readonly updates: Minimization;
  /** What each process carries on for itself: a cell's state, a random key (of a seed of its own). Default: nothing. */
  readonly carried?: readonly Update[];
  /** The processes: `await joinProcesses()`. */
  readonly group: ProcessGroup;
  /** Where to run. Default: one runtime shared by all. */
  readonly runtime?: Runtime;
}

/** A step: feeds of this process in, means over all processes out. */
export interface ParallelStep<I extends Named, O extends Named> {
  (feeds: { readonly [Key in keyof I]: unknown }): Promise<{ readonly [Key in keyof O]: NDArray }>;
  /** Gives its programs back. The group stays. */
  dispose(): void;
}

/**
 * Compiles a step that several processes make together (data parallel training): each takes the gradients of its part of
 * the batch, `g = Σ_rank g_rank / size`, and all make the same update. Weights and the optimizer's state of process 0 are everyone's
 * from the beginning. As `step` of `train`, with `sharedStore` for its
 * checkpoints.
 * The mean over processes is the mean over the whole batch where each has as many elements; where labels are left out, let
 * the loss be a sum divided by a count that is the same everywhere.
 * @throws DTypeError for outputs that are no floats; GraphError for updates that read more than gradients; ProcessError, also of
 *   the step, where a process is gone or not in step
 * @example
 * import { dataParallel, joinProcesses } from "@org/optim/node";
 * const x = input("x", [2]);
 * const w = parameter("w", 1);
 * const loss = mean(square(sub(w, x)));
 * const updates = minimize(loss, { w }, sgd({ learningRate: 0.5 }));
 * const step = await dataParallel({ inputs: { x }, outputs: { loss }, updates, group: await joinProcesses() });
 * (await step({ x: [3, 5] })).loss; // → 10
 * w.value; // → 4
 */
export async function dataParallel<
  const I extends Named = Record<never, never>,
  const O extends Named = Record<never, never>,
>(options: DataParallelOptions<I, O>): Promise<ParallelStep<I, O>> {
  const op = "dataParallel";
  checkOptionNames(op, options, "inputs outputs updates carried group runtime");
  const { inputs = {} as I, outputs = {} as O, updates, carried = [], group, runtime } = options;
  for (const [name, { dtype }] of Object.entries(outputs))
    if (dtype !== "f32" && dtype !== "f64")
      throw new DTypeError({ op, problem: `${name} is ${dtype}: means are of floats` });
  const split = splitUpdates(updates);
  const where = runtime ? { runtime } : {};
  const backward = compile({
    inputs: inputs as Named,
    outputs: { outputs: outputs as Named, gradients: split.gradients as Named },
    updates: carried,
    ...where,
  });
  const update = compile({ inputs: split.inputs as Named, updates: split.updates, ...where });

  const kept = updates.map(([parameter]) => parameter);
  const begun = await group.broadcast(Object.fromEntries(kept.map(({ value }, i) => [String(i), value])));
  for (const [i, parameter] of kept.entries()) parameter.value = begun[i]!;

  const step = async (feeds: object) => {
    const own = backward(feeds as never) as {
      outputs: Record<string, NDArray>;
      gradients: Record<string, NDArray>;
    };
    const all = await group.mean({
      ...prefixed("outputs", own.outputs),
      ...prefixed("gradients", own.gradients),
    });
    const under = (word: string, names: Named) =>
      Object.fromEntries(Object.keys(names).map((name) => [name, all[`${word} ${name}`]!]));
    update(under("gradients", split.inputs) as never);
    return under("outputs", outputs);
  };
  return Object.assign(step, {
    dispose() {
      backward.dispose();
      update.dispose();
    },
  }) as unknown as ParallelStep<I, O>;
}

const prefixed = (word: string, arrays: Readonly<Record<string, NDArray>>): Record<string, NDArray> =>
  Object.fromEntries(Object.entries(arrays).map(([name, value]) => [`${word} ${name}`, value]));
