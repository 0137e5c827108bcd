import { barrierFunction } from "./barrier.ts";
import { loopsAtOnce } from "./loops-at-once.ts";
import { pipelineLoops } from "./pipeline-loops.ts";
import { schedule } from "./schedule.ts";
import { shareRows } from "./share-rows.ts";
import { stepsInPart } from "./step-part.ts";

/** How the work of a program is divided among threads. It is handed in, so that one thread comes without it. */
export interface WorkSharing {
  readonly shareRows: typeof shareRows;
  readonly pipelineLoops: typeof pipelineLoops;
  readonly loopsAtOnce: typeof loopsAtOnce;
  readonly schedule: typeof schedule;
  readonly stepsInPart: typeof stepsInPart;
  readonly barrierFunction: typeof barrierFunction;
}

/** Threads among which work is divided, and how. */
export interface Team {
  /** At least 2. */
  readonly count: number;
  readonly sharing: WorkSharing;
}

export const workSharing: WorkSharing = {
  shareRows,
  pipelineLoops,
  loopsAtOnce,
  schedule,
  stepsInPart,
  barrierFunction,
};
