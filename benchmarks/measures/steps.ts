import {
  byName,
  engines,
  everyone,
  jaxJs,
  plainName as plain,
  pytorchFused,
  pytorchLoop,
  unroll,
  wideName as wide,
  withThreads,
  xlaName,
} from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { processorName } from "../results.ts";
import { ratio, spread } from "../statistics.ts";
import { type Goal, ratioSpread, table, timeSpread } from "../tables.ts";
import { type Absence, compareValues, type Outcome, takeTurns } from "../turns.ts";
import { describe, type WorkloadName, workloadNames, workloads } from "../workloads.ts";

/** Limits of our step over a peer's, by workload: on a processor with vector units of 512 bits, and on others. */
const limits = (of512: boolean) =>
  [
    { ours: plain, peer: pytorchFused, threads: 1, W1: of512 ? 1.6 : 1.2, W3: of512 ? 1.5 : 1.2 },
    { ours: wide, peer: pytorchFused, threads: 1, W1: of512 ? 1 : 0.8, W3: of512 ? 0.9 : 0.8 },
    { ours: wide, peer: pytorchFused, threads: 2, W1: 1, W3: 1 },
    { ours: plain, peer: pytorchFused, threads: 1, W2: 0.04 },
    { ours: wide, peer: jaxJs.name, threads: 1, W1: 0.07 },
  ] as const;

const two = [unroll, ...engines, byName(pytorchFused), byName(pytorchLoop), byName(xlaName)].flatMap(
  (each) => (each ? [withThreads(each, 2)] : []),
);

const named = (outcomes: readonly Outcome[], name: string): Outcome | undefined =>
  outcomes.find((each) => each.name === name);

function showTurns(outcomes: readonly Outcome[], absences: readonly Absence[]): string {
  const ours = named(outcomes, unroll.name);
  const rows = outcomes.map((each) => [
    each.name,
    timeSpread(spread(each.turns)),
    ours && each !== ours ? ratioSpread(ratio(ours.turns, each.turns)) : "",
    each.first.at(-1)!.toFixed(5),
  ]);
  const missing = absences.map(({ contestant, reason }) => [contestant.name, "not available", reason, ""]);
  return table(["", "median step (range)", "Unroll's over it (range)", "loss"], [...rows, ...missing]);
}

function goalsOf(name: WorkloadName, threads: number, outcomes: readonly Outcome[]): Goal[] {
  return limits(processorName().startsWith("Intel")).flatMap((limit): Goal[] => {
    const most = (limit as Partial<Record<WorkloadName, number>>)[name];
    if (limit.threads !== threads || most === undefined) return [];
    const ours = named(outcomes, limit.ours);
    const peer = named(outcomes, limit.peer);
    const reached = ours && peer && ratio(ours.turns, peer.turns).median;
    const what = `${name}: ${limit.ours} against ${limit.peer}${threads > 1 ? `, ${threads} threads` : ""}`;
    return [{ what, limit: most, reached }];
  });
}

/** The time of a training step, everyone in turns. */
export const steps: Measure = {
  name: "steps",
  title: "Training steps",
  async run(context: Context) {
    const parts: string[] = [];
    const goals: Goal[] = [];
    for (const name of workloadNames) {
      const network = workloads[name];
      const entry = { task: { kind: "train", network }, data: context.data(network) } as const;
      for (const threads of [1, 2]) {
        if (threads === 2 && context.quick && name !== "W2") continue;
        const inTurn = { ...context, progress: (text: string) => context.progress(`${name}, ${text}`) };
        const { outcomes, absences } = await takeTurns(
          (threads === 1 ? everyone(context) : two).map((contestant) => ({ contestant, ...entry })),
          inTurn,
          { before: context.compared, pause: threads === 1 ? 0 : 250 },
        );
        compareValues(name, outcomes);
        parts.push(`### ${name}, ${threads === 1 ? "one thread" : "two threads"}: ${describe(network)}`);
        parts.push(showTurns(outcomes, absences));
        goals.push(...goalsOf(name, threads, outcomes));
      }
    }
    return {
      about:
        "Forward, backward, clipping and Adam, with the loss read. In turns; the median step of each turn, then the " +
        "median and the range of turns; ratios within a round. `loss` is that of the last step that was compared.",
      body: parts.join("\n\n"),
      goals,
    };
  },
};
