import { parseArgs } from "node:util";

export interface Options {
  /** Parts to run, by name; empty for all. */
  readonly parts: readonly string[];
  /** A short form, to see that everything works. */
  readonly quick: boolean;
  /** How many times everyone has their turn. */
  readonly rounds: number;
  /** How long a turn takes, in milliseconds, if a step is not longer. */
  readonly turn: number;
  /** How many steps are run and compared before the first turn. */
  readonly compared: number;
  /** The longest step that is waited for where sizes grow, in milliseconds. */
  readonly longest: number;
}

export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, rounds: { type: "string" } },
  });
  const { quick } = values;
  const rounds = values.rounds === undefined ? (quick ? 2 : 7) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: a whole number from 1`);
  return quick
    ? { parts: positionals, quick, rounds, turn: 100, compared: 2, longest: 500 }
    : { parts: positionals, quick, rounds, turn: 700, compared: 10, longest: 8000 };
}
