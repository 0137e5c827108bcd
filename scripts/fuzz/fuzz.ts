import { Random } from "./random.ts";
import type { Reader } from "./readers.ts";

/** What became of the mutations for one reader. */
export interface Outcome {
  readonly name: string;
  readonly runs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Errors that its documentation does not name, one of each message, with the run that shows it. */
  readonly faults: readonly { readonly run: number; readonly error: unknown }[];
}

/** Words of the engine, which no error of ours has. */
const FROM_INSIDE =
  /call stack|Invalid (typed )?array length|Cannot (read|convert|set)|is not (a function|iterable)/;

/** How often a reader is handed what is valid, since some of it is drawn: it has to read it every time. */
const UNCHANGED = 20;

/**
 * Hands a reader what is valid, and `runs` mutations of it, each determined by the seed and its number. What is refused
 * unchanged is a fault too: nothing behind the refusal would be tried.
 */
export async function fuzz(reader: Reader, seed: number, runs: number, first = 0): Promise<Outcome> {
  let [accepted, refused] = [0, 0];
  const faults = new Map<string, { run: number; error: unknown }>();
  for (let run = 0; run < UNCHANGED; run++) {
    try {
      await reader.read(new Random(seed + run, false));
    } catch (error) {
      faults.set("unchanged", { run: -1, error: new Error(`refuses what is valid: ${error}`) });
    }
  }
  for (let run = first; run < first + runs; run++) {
    try {
      await reader.read(new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)));
      accepted++;
    } catch (error) {
      refused++;
      const text = String(error);
      if (reader.isDocumented(error) && !FROM_INSIDE.test(text)) continue;
      const kind = text.slice(0, 60);
      if (!faults.has(kind)) faults.set(kind, { run, error });
    }
  }
  return { name: reader.name, runs, accepted, refused, faults: [...faults.values()] };
}
