import type { NDArray, Parameter } from "@org/core";
import {
  byPath,
  type CheckpointContents,
  readCheckpoint,
  restoreTensors,
  type TrainingState,
  writeCheckpoint,
} from "../checkpoints/checkpoint.ts";
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
  return writeCheckpoint(
    { ...byPath(state), ...statesOf(callbacks) },
    { ...text, [PROGRESS]: JSON.stringify(progress, asText) },
  );
}

/**
 * Restores the latest checkpoint into everything, where there is one; of damaged ones the newest that is whole, with a
 * warning. What callbacks remember is left alone where the checkpoint was made without them.
 * @throws CheckpointError for one that doesn't fit or wasn't made by `train`; nothing changes then
 */
export async function unpack(
  { state, store, restored }: CheckpointOptions,
  callbacks: readonly Callback[],
  progress: Progress,
): Promise<void> {
  const latest = await newestWhole(store);
  if (!latest) return;
  const { name, tensors, metadata } = latest;
  const { [PROGRESS]: saved, ...text } = metadata;
  if (saved === undefined) throw new CheckpointError(name, "not made by train: it has no position");
  const position = readProgress(saved, name);
  const own = byPath(state);
  const remembered = statesOf(callbacks.filter((each) => isSaved(each, tensors)));
  const names = Object.keys(tensors).filter(
    (path) =>
      Object.hasOwn(own, path) || Object.hasOwn(remembered, path) || !path.startsWith(`${CALLBACKS}.`),
  );
  restoreTensors({ ...own, ...remembered }, pick(tensors, new Set(names)), name);
  Object.assign(progress, position);
  restored?.(text);
}

/** @throws CheckpointError for the latest one, where none is whole */
async function newestWhole(
  store: CheckpointStore,
): Promise<(CheckpointContents & { readonly name: string }) | undefined> {
  const latest = await store.latest();
  const damages: unknown[] = [];
  for (let kept = latest; kept; kept = await store.before?.(kept.name)) {
    const { name, bytes } = kept;
    try {
      const contents = readCheckpoint(bytes, name);
      for (const damage of damages)
        console.warn(`train: ${(damage as Error).message}\n  going on from ${name}`);
      return { name, ...contents };
    } catch (damage) {
      damages.push(damage);
    }
  }
  if (damages.length > 0) throw damages[0];
  return undefined;
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

/** Nothing of a position is trusted: a step of `"abc"` would train for ever. @throws CheckpointError */
function readProgress(saved: string, checkpoint: string): Progress {
  const refuse = (problem: string): never => {
    throw new CheckpointError(checkpoint, `its position in training is damaged: ${problem}`);
  };
  let parts: unknown;
  try {
    parts = JSON.parse(saved);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const { sums, ...places } = (Object(parts) ?? {}) as Record<string, unknown>;
  const place = (name: string): number => {
    const value = numberOf(places[name]);
    return value !== undefined && Number.isSafeInteger(value) && value >= 0
      ? value
      : refuse(`expected ${name} to be a whole number from 0 up, received ${shown(places[name])}`);
  };
  const [step, epoch, batch, looked] = [place("step"), place("epoch"), place("batch"), place("looked")];
  if (batch > step || looked > step) refuse(`batch ${batch} and a look at step ${looked}, in step ${step}`);
  if (typeof sums !== "object" || sums === null || Array.isArray(sums))
    return refuse(`expected the sums of metrics, received ${shown(sums)}`);
  const entries = Object.entries(sums).map(([name, sum]): [string, number] => [
    name,
    numberOf(sum) ?? refuse(`expected the sum of ${JSON.stringify(name)}, received ${shown(sum)}`),
  ]);
  return { step, epoch, batch, looked, sums: Object.fromEntries(entries) };
}

/** The number that `asText` wrote. */
const numberOf = (text: unknown): number | undefined =>
  typeof text === "string" && String(Number(text)) === text ? Number(text) : undefined;

const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? "a record" : String(JSON.stringify(value)).slice(0, 40);
