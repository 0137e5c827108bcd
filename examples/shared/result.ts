/** How an example hands over what it found: a file, of which `examples --full` makes lines of RESULTS.md. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One line of RESULTS.md. */
export interface Result {
  /** What was measured, and in what: `"perplexity of held-out words"`. */
  readonly metric: string;
  readonly value: number | string;
  /** What a lazy answer gets in the same, and which one it is: `"57.1, pairs of words"`. */
  readonly baseline: string;
  /** What others got, with their source: `"31,390 sequences (Hochreiter & Schmidhuber 1997, table 7)"`. */
  readonly published?: string;
}

export interface Found {
  /** From how many seeds the values come. */
  readonly seeds: number;
  /** At least one. */
  readonly results: readonly Result[];
  /** The name of a picture saved by `savePicture` that stands for the example; small, for it is committed. */
  readonly picture?: string;
}

/** With the processor's time, of all threads, from the start of the process to here. */
export interface Reported extends Found {
  readonly cpuSeconds: number;
}

export const resultPath = (example: string): string => join("out", example, "result.json");

/**
 * Writes `out/<example>/result.json`. The last thing that an example does, after its own checks.
 * @throws Error for no results
 */
export function saveResults(example: string, found: Found): void {
  if (found.results.length === 0) throw new Error(`saveResults: ${example} has found nothing`);
  const { user, system } = process.cpuUsage();
  const reported: Reported = { ...found, cpuSeconds: (user + system) / 1e6 };
  const path = resultPath(example);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(reported, null, 2)}\n`);
}

/** @throws Error where the example has saved none */
export function readResults(example: string): Reported {
  return JSON.parse(readFileSync(resultPath(example), "utf8")) as Reported;
}
