/**
 * A process to be killed: trains and saves a checkpoint after every step, and says so when it begins. What is saved is
 * large enough for a kill to hit the writing; `ballast` holds the number of the step everywhere, so that a checkpoint
 * put together from two would show.
 */
import { type NDArray, parameter } from "@org/core";
import { type TrainingState, train } from "@org/optim";
import { checkpointFolder } from "@org/optim/node";
import { type Batch, batches, regression } from "../training/regression.ts";

const BALLAST = 100_000;

interface Killable {
  readonly state: TrainingState;
  readonly data: readonly Batch[];
  readonly step: (batch: Batch) => { loss: NDArray };
  /** To be called with the number of steps made before. */
  readonly resumedAt: (step: number) => void;
}

/** The state of a run, its data and its step. */
export function killable(): Killable {
  const { state, step } = regression();
  const ballast = parameter("ballast", new Float32Array(BALLAST));
  let made = 0;
  return {
    state: { ...state, ballast },
    data: batches,
    resumedAt: (at) => {
      made = at;
    },
    step: (batch) => {
      const measured = step(batch);
      made++;
      ballast.value = new Float32Array(BALLAST).fill(made);
      return measured;
    },
  };
}

const [, , folder, steps] = process.argv;
if (folder !== undefined && steps !== undefined) {
  const { state, data, step, resumedAt } = killable();
  await train({
    step,
    data,
    steps: Number(steps),
    checkpoint: { store: checkpointFolder(folder, { keep: 2 }), state, every: 1 },
    callbacks: [
      {
        start({ step }) {
          resumedAt(step);
          process.stdout.write(`from ${step}\n`);
        },
      },
    ],
  });
}
