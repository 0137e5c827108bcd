import { readFileSync } from "node:fs";
import { loadMetadata } from "@org/core";
import { flagOf, type Options, type Settings } from "./options.ts";
import type { Corpus } from "./text.ts";
import type { Training } from "./training.ts";
import { UserError } from "./user-error.ts";

/** What a checkpoint was made with. */
export interface Identity extends Settings {
  /** SHA-256 of the text. */
  readonly digest: string;
}

export function identityOf(settings: Settings, { digest }: Corpus): Identity {
  const { text, cell, hidden, batch, window, learningRate, seed, steps, threads } = settings;
  return { text, cell, hidden, batch, window, learningRate, seed, steps, threads, digest };
}

type Metadata = Readonly<Record<string, string>>;

/** What a checkpoint holds beside tensors: what it was made with, and what was seen so far. */
export const metadataOf = ({ seen, validations }: Training, identity: Identity): Metadata => ({
  identity: JSON.stringify(identity),
  seen: JSON.stringify(seen),
  validations: JSON.stringify(validations),
});

/** Gives a training what a checkpoint has seen. */
export function recall(training: Training, { seen = "[]", validations = "[]" }: Metadata): void {
  training.seen = JSON.parse(seen);
  training.validations = JSON.parse(validations);
}

/** @throws UserError for a file that is missing or is no checkpoint */
export function readIdentity(path: string): Identity {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(missing ? `${path}: there is no checkpoint to resume from` : `${path}: ${error}`);
  }
  try {
    return JSON.parse(loadMetadata(bytes).identity ?? "");
  } catch (error) {
    throw new UserError(`${path}: not a checkpoint of this program (${(error as Error).message})`);
  }
}

/** The options of a run that goes on: settings that were not given are those of the checkpoint. */
export function adopt(options: Options, identity: Identity): Options {
  const missing = Object.entries(identity).filter(([key]) => !options.given.has(flagOf(key)));
  return { ...options, text: undefined, ...Object.fromEntries(missing) };
}

/** A run may go on with other ones of these: for longer, at the rates of the longer run, or on another machine. */
const free: ReadonlySet<string> = new Set(["steps", "threads"]);

/** @throws UserError listing what differs between a checkpoint and the run that is to go on from it */
export function checkIdentity(path: string, found: Identity, wanted: Identity): void {
  const differences = Object.keys(wanted).flatMap((key) => {
    const [there, here] = [found, wanted].map((identity) => identity[key as keyof Identity]);
    return there === here || free.has(key)
      ? []
      : [`  ${label(key)}: ${show(key, there)} there, ${show(key, here)} here`];
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
