import { readFileSync } from "node:fs";
import { array, type NDArray } from "@org/core";
import { assign, loadTensors, saveTensors } from "@org/nn";
import { flagOf, type Options, type Settings } from "./options.ts";
import { replaceFile } from "./safe-file.ts";
import type { Corpus } from "./text.ts";
import type { Training } from "./training.ts";
import { UserError } from "./user-error.ts";

/** What a checkpoint was made with. */
export interface Identity extends Settings {
  /** SHA-256 of the text. */
  readonly digest: string;
}

export function identityOf(settings: Settings, { digest }: Corpus): Identity {
  const { text, cell, hidden, batch, window, learningRate, seed } = settings;
  return { text, cell, hidden, batch, window, learningRate, seed, digest };
}

export interface Checkpoint {
  readonly identity: Identity;
  readonly tensors: Readonly<Record<string, NDArray>>;
}

/** Everything that a run needs to go on exactly, in one safetensors file. */
export function writeCheckpoint(path: string, training: Training, identity: Identity): void {
  const { values, losses, validations } = training;
  const tensors = {
    ...Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value])),
    "history.losses": array(Float64Array.from(losses)),
    "history.validations": array(Float64Array.from(validations.flatMap(({ step, loss }) => [step, loss]))),
    identity: array(new TextEncoder().encode(JSON.stringify(identity))),
  };
  replaceFile(path, saveTensors(tensors));
}

/** @throws UserError for a file that is missing or is no checkpoint */
export function readCheckpoint(path: string): Checkpoint {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(missing ? `${path}: there is no checkpoint to resume from` : `${path}: ${error}`);
  }
  try {
    const { identity, ...tensors } = loadTensors(bytes);
    const text = new TextDecoder().decode(Uint8Array.from(identity?.data ?? []));
    return { identity: JSON.parse(text), tensors };
  } catch (error) {
    throw new UserError(`${path}: not a checkpoint of this program (${(error as Error).message})`);
  }
}

/** The options of a run that goes on: settings that were not given are those of the checkpoint. */
export function adopt(options: Options, identity: Identity): Options {
  const missing = Object.entries(identity).filter(([key]) => !options.given.has(flagOf(key)));
  return { ...options, text: undefined, ...Object.fromEntries(missing) };
}

/** @throws UserError listing what differs between a checkpoint and the run that is to go on from it */
export function checkIdentity(path: string, found: Identity, wanted: Identity): void {
  const differences = Object.keys(wanted).flatMap((key) => {
    const [there, here] = [found, wanted].map((identity) => identity[key as keyof Identity]);
    return there === here ? [] : [`  ${label(key)}: ${show(key, there)} there, ${show(key, here)} here`];
  });
  if (differences.length === 0) return;
  throw new UserError(
    `${path} belongs to another run:\n${differences.join("\n")}\n` +
      "Options that are left out are taken from the checkpoint; without --resume, a new run replaces it.",
  );
}

const label = (key: string): string => (key === "digest" ? "SHA-256 of the text" : `--${flagOf(key)}`);

const show = (key: string, value: unknown): string => {
  if (key === "text" && value === undefined) return "Moby-Dick";
  return key === "digest" ? `${String(value).slice(0, 12)}…` : String(value);
};

/** Sets a training to where the checkpoint was made. @throws UserError for one whose tensors do not fit */
export function restore(path: string, training: Training, { tensors }: Checkpoint): void {
  const { "history.losses": losses, "history.validations": validations, ...values } = tensors;
  try {
    assign(training.values, values);
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`);
  }
  const rows = [...(validations?.data ?? [])];
  training.losses = [...(losses?.data ?? [])];
  training.validations = rows.flatMap((step, i) =>
    i % 2 === 0 ? [{ step, loss: rows[i + 1] ?? Number.NaN }] : [],
  );
}
