import type { ParameterRecord } from "../transform.ts";
import type { Metrics, Numbers } from "./metrics.ts";

/** How far training has come. */
export interface TrainingPosition {
  /** Steps made. */
  readonly step: number;
  /** Passes over the data made. */
  readonly epoch: number;
  /** Batches of this pass taken. */
  readonly batch: number;
}

/** What happened, and where; `stop()` ends training after this step. */
export interface TrainingEvent<M> extends TrainingPosition {
  readonly metrics: M;
  stop(): void;
}

/** The beginning of training, or of its continuation from a checkpoint. */
export interface TrainingStart extends TrainingPosition {
  /** Steps there will be at most, where that is known. */
  readonly total: number | undefined;
  stop(): void;
}

/** Why training ended: all steps were made, somebody called `stop()`, or its signal was aborted. */
export type TrainingEnd = "completed" | "stopped" | "interrupted";

/** What came of training. */
export interface TrainingResult<M, V> extends TrainingPosition {
  readonly ended: TrainingEnd;
  /** Of the last step; undefined where none was made. */
  readonly metrics: M | undefined;
  /** Of the last validation; undefined where there was none. */
  readonly validation: V | undefined;
  /** The best value that `keepBest` saw, and the number of steps before it. */
  readonly best: { readonly step: number; readonly value: number } | undefined;
}

/**
 * Functions that `train` calls as it goes on, and waits for, whatever they return. All are optional: `{ step: ({ step, metrics }) => … }` is
 * a callback.
 */
export interface Callback<M = Numbers<Metrics>, V = Numbers<Metrics>> {
  /** Under which name its state is saved; needed by those that have one. */
  readonly name?: string;
  /** What it remembers, saved and restored with checkpoints. */
  readonly state?: ParameterRecord;
  /** Before the first step, and after a checkpoint was restored. */
  start?(event: TrainingStart): unknown;
  /** After each step. */
  step?(event: TrainingEvent<M>): unknown;
  /** After each pass over the data, with the means of its steps' metrics. */
  epoch?(event: TrainingEvent<M>): unknown;
  /** After each validation. */
  validation?(event: TrainingEvent<V>): unknown;
  /** Before a checkpoint is saved: what was written so far has to last. */
  checkpoint?(position: TrainingPosition): unknown;
  /** At the end, also where training throws; the result is undefined then. */
  end?(result: TrainingResult<M, V> | undefined): unknown;
}
