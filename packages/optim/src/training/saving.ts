import { type NDArray, type Parameter, saveTensors } from "@org/core";
import { byPath, readCheckpoint, restoreTensors, type TrainingState } from "../checkpoints/checkpoint.ts";
import { CheckpointError } from "../checkpoints/checkpoint-error.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { pick, prefixed } from "../transform.ts";
import type { Callback } from "./callback.ts";
import type { Sums } from "./metrics.ts";

/** How `train` saves, and where it goes on from. */
export interface CheckpointOptions {
  /** Where checkpoints are kept. */
  readonly store: CheckpointStore;
  /** All that the step changes: `{ weights: parameters(model), optimizer: updates.state }`. */
  readonly state: TrainingState;
  /** Steps between checkpoints. Default: one after each epoch. There is one at the end in any case. */
  readonly every?: number;
  /** Whether to go on from the latest checkpoint, where there is one. @default true */
  readonly resume?: boolean;
  /** Text by name to save with it; a function is asked each time. */
  readonly metadata?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /** Called with that text when a checkpoint was restored. */
  restored?(metadata: Readonly<Record<string, string>>): void;
}

/** Where training stands, the step of the last look, and the sums of this epoch's metrics. */
export interface Progress {
  step: number;
  epoch: number;
  batch: number;
  looked: number;
  sums: Sums;
}

const CALLBACKS = "callbacks";
const PROGRESS = "unroll.train";

/** A checkpoint of everything: the state, what callbacks remember, where training stands. */
export function pack(
  { state, metadata = {} }: CheckpointOptions,
  callbacks: readonly Callback[],
  progress: Progress,
): Uint8Array {
  const text = typeof metadata === "function" ? metadata() : metadata;
  return saveTensors(
    { ...byPath(state), ...statesOf(callbacks) },
    { metadata: { ...text, [PROGRESS]: JSON.stringify(progress, asText) } },
  );
}

/**
 * Restores the latest checkpoint into everything, where there is one. What callbacks remember is left alone where the
 * checkpoint was made without them.
 * @throws CheckpointError for one that doesn't fit or wasn't made by `train`; nothing changes then
 */
export async function unpack(
  { state, store, restored }: CheckpointOptions,
  callbacks: readonly Callback[],
  progress: Progress,
): Promise<void> {
  const latest = await store.latest();
  if (!latest) return;
  const { name, bytes } = latest;
  const { tensors, metadata } = readCheckpoint(bytes, name);
  const { [PROGRESS]: saved, ...text } = metadata;
  if (saved === undefined) throw new CheckpointError(name, "not made by train: it has no position");
  const own = byPath(state);
  const remembered = statesOf(callbacks.filter((each) => isSaved(each, tensors)));
  const names = Object.keys(tensors).filter(
    (path) =>
      Object.hasOwn(own, path) || Object.hasOwn(remembered, path) || !path.startsWith(`${CALLBACKS}.`),
  );
  restoreTensors({ ...own, ...remembered }, pick(tensors, new Set(names)), name);
  Object.assign(progress, JSON.parse(saved, asNumber));
  restored?.(text);
}

const isSaved = ({ name }: Callback, tensors: Readonly<Record<string, NDArray>>): boolean =>
  Object.keys(tensors).some((path) => path.startsWith(`${CALLBACKS}.${name}.`));

const statesOf = (callbacks: readonly Callback[]): Record<string, Parameter> =>
  Object.assign(
    {},
    ...callbacks.map(({ name, state }) => state && prefixed(`${CALLBACKS}.${name ?? "callback"}`, state)),
  );

/** JSON has no NaN and no infinities. */
const asText = (_: string, value: unknown): unknown => (typeof value === "number" ? String(value) : value);
const asNumber = (_: string, value: unknown): unknown => (typeof value === "string" ? Number(value) : value);
