import { type Contestant, unroll } from "./contestants.ts";
import type { Context } from "./measure.ts";
import type { Ready, Task } from "./messages.ts";
import { NotAvailable, Session } from "./session.ts";
import { median } from "./statistics.ts";

/** What a contestant did. */
export interface Outcome {
  /** What tables call it. */
  readonly name: string;
  readonly contestant: Contestant;
  /** What ran. */
  readonly about: Ready["about"];
  /** What the steps before the first turn computed. */
  readonly first: readonly number[];
  /** The median step of each turn, in milliseconds. */
  readonly turns: readonly number[];
  /** The median value of each turn. */
  readonly values: readonly number[];
}

/** An entry that could not take part, and why. */
export interface Absence {
  readonly contestant: Contestant;
  readonly reason: string;
}

/** Who does what. */
export interface Entry {
  readonly contestant: Contestant;
  readonly task: Task;
  readonly data?: string;
  /** What tables call it; default: the name of the contestant. */
  readonly name?: string;
}

export interface TurnsOptions {
  /** Steps before the first turn; their values are kept. Default 2. */
  readonly before?: number;
  /** A pause between turns, so that nobody's threads are still awake; default 0 milliseconds. */
  readonly pause?: number;
}

const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** A session that did its first steps. */
async function begin(
  session: Session,
  { task, data, name = session.contestant.name }: Entry,
  before: number,
) {
  const { about } = await session.prepare(task, data);
  const { values, times } = await session.run(before);
  return { name, session, about, first: values, step: Math.min(...times) };
}

/** Everyone in a process of their own, in turns: A, B, C, A, B, C, … */
export async function takeTurns(
  entries: readonly Entry[],
  context: Context,
  { before = 2, pause = 0 }: TurnsOptions = {},
): Promise<{ readonly outcomes: readonly Outcome[]; readonly absences: readonly Absence[] }> {
  const sessions: Session[] = [];
  const absences: Absence[] = [];
  const present: (Awaited<ReturnType<typeof begin>> & { turns: number[]; values: number[] })[] = [];
  try {
    for (const entry of entries) {
      const { contestant } = entry;
      context.progress(`${contestant.name}: first steps`);
      const session = new Session(contestant);
      sessions.push(session);
      try {
        present.push({ ...(await begin(session, entry, before)), turns: [], values: [] });
      } catch (error) {
        if (!(error instanceof NotAvailable)) throw error;
        absences.push({ contestant, reason: error.message });
        await session.stop();
      }
    }
    for (let round = 0; round < context.rounds; round++) {
      for (const each of present) {
        context.progress(`${each.name}: round ${round + 1} of ${context.rounds}`);
        if (pause > 0) await wait(pause);
        const { times, values } = await each.session.run(Math.max(1, Math.ceil(context.turn / each.step)));
        each.turns.push(median(times));
        each.values.push(median(values));
      }
    }
  } finally {
    await Promise.all(sessions.map((session) => session.stop()));
  }
  const outcomes = present.map(({ name, session, about, first, turns, values }) => ({
    name,
    contestant: session.contestant,
    about,
    first,
    turns,
    values,
  }));
  return { outcomes, absences };
}

/**
 * Holds the first value to `firstTolerance` and the last common one to 1e-4, relative to ours.
 * @throws Error that lists everyone's values
 */
export function compareValues(what: string, outcomes: readonly Outcome[], firstTolerance = 1e-5): void {
  const ours = outcomes.find(({ name }) => name === unroll.name) ?? outcomes[0];
  if (!ours) return;
  const last = ours.first.length - 1;
  const off = (values: readonly number[], index: number): number =>
    Math.abs(values[index]! / ours.first[index]! - 1);
  const wrong = outcomes.filter(
    ({ first }) => !(off(first, 0) <= firstTolerance) || !(off(first, last) <= 1e-4),
  );
  if (wrong.length === 0) return;
  const lines = outcomes.map(({ name, first }) => `  ${name}: ${first.join(", ")}`);
  const names = wrong.map(({ name }) => name).join(", ");
  throw new Error(`${what}: ${names} computed something else\n${lines.join("\n")}`);
}
