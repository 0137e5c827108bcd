import { loadMetadata } from "@org/core";
import { assign, loadTensors, saveTensors } from "@org/nn";
import { restoreCheckpoint, saveCheckpoint } from "@org/optim";
import { Problem, wordsOf } from "../problem.ts";
import {
  type Dials,
  firstDials,
  firstSettings,
  type Settings,
  wrongDial,
  wrongSetting,
} from "../settings.ts";
import type { Training } from "./training.ts";

/** What files say beside their tensors. */
const metadataOf = ({ settings, corpus }: Training): Record<string, string> => ({
  settings: JSON.stringify(settings),
  vocabulary: corpus.vocabulary.toJSON(),
});

/** The weights alone. */
export const weightsFile = (training: Training): Uint8Array =>
  saveTensors(training.weights, { metadata: metadataOf(training) });

/** Everything that the run goes on from. */
export const checkpointFile = (training: Training, dials: Dials): Uint8Array =>
  saveCheckpoint(training.state, {
    metadata: { ...metadataOf(training), step: String(training.step), dials: JSON.stringify(dials) },
  });

/** @throws CheckpointError; nothing changes then */
export function restore(training: Training, checkpoint: Uint8Array): void {
  restoreCheckpoint(training.state, checkpoint, "the file");
}

/** What a file wants to be loaded into. */
export interface FilePlan {
  /** Of a file made here. */
  readonly settings: Settings | undefined;
  readonly dials: Dials | undefined;
  readonly step: number;
  readonly isCheckpoint: boolean;
}

/** @throws Problem for bytes that are no safetensors file, and for weights of another text's characters */
export function planOf(bytes: Uint8Array, vocabulary: string): FilePlan {
  let metadata: Record<string, string>;
  try {
    metadata = loadMetadata(bytes);
    loadTensors(bytes);
  } catch (error) {
    throw new Problem({ kind: "damagedFile", said: {}, detail: wordsOf(error) });
  }
  if (metadata.settings === undefined)
    return { settings: undefined, dials: undefined, step: 0, isCheckpoint: false };
  if (metadata.vocabulary !== vocabulary) throw new Problem({ kind: "fileOfAnotherText", said: {} });
  let [settings, dials] = [firstSettings, firstDials];
  try {
    settings = { ...settings, ...JSON.parse(metadata.settings) };
    dials = { ...dials, ...JSON.parse(metadata.dials ?? "{}") };
  } catch (error) {
    throw new Problem({ kind: "unreadableSettings", said: {}, detail: wordsOf(error) });
  }
  const step = Number(metadata.step ?? 0);
  const wrong =
    wrongSetting(settings) ??
    wrongDial(dials) ??
    (Number.isSafeInteger(step) && step >= 0 ? undefined : "step");
  if (wrong !== undefined) throw new Problem({ kind: "wrongSetting", said: { setting: wrong } });
  return {
    settings,
    dials: metadata.dials === undefined ? undefined : dials,
    step,
    isCheckpoint: metadata.step !== undefined,
  };
}

/** Gives a training what a file holds, all of it or nothing. @throws what the library says of tensors that don't fit */
export function loadInto(training: Training, bytes: Uint8Array, { isCheckpoint }: FilePlan): void {
  if (isCheckpoint) restore(training, bytes);
  else assign(training.weights, loadTensors(bytes));
}
