import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { compareValues, takeTurns } from "../turns.ts";
import { describe, type Network, type WorkloadName, workloads } from "../workloads.ts";

/** The names of all rewrites, as `report()` lists them. */
const rewriteNames = (network: Network, context: Context): Promise<readonly string[]> =>
  withSession(unroll, async (session) => {
    const { about } = await session.prepare({ kind: "train", network }, context.data(network));
    return about.rewrites as string[];
  });

async function ablate(name: WorkloadName, context: Context): Promise<string> {
  const network = workloads[name];
  const names = await rewriteNames(network, context);
  const off = (some: readonly string[]) => Object.fromEntries(some.map((each) => [each, false]));
  const variants = [
    ["all on", {}],
    ...names.map((each) => [`without ${each}`, off([each])] as const),
    ["all off", off(names)],
  ] as const;
  const { outcomes } = await takeTurns(
    variants.map(([variant, rewrites]) => ({
      contestant: unroll,
      name: variant,
      task: { kind: "train", network, rewrites },
      data: context.data(network),
    })),
    { ...context, turn: Math.min(300, context.turn) },
  );
  compareValues(`${name} without a rewrite`, outcomes);
  const whole = outcomes[0]!;
  const rows = outcomes.map((each) => [
    each.name,
    timeSpread(spread(each.turns)),
    each === whole ? "" : ratioSpread(ratio(each.turns, whole.turns)),
  ]);
  const head = ["", "median step (range)", "over all on (range)"];
  return [`### ${name}: ${describe(network)}`, table(head, rows)].join("\n\n");
}

/** What each rewrite is worth. */
export const ablation: Measure = {
  name: "ablation",
  title: "Rewrites, one at a time",
  async run(context) {
    const parts: string[] = [];
    for (const name of context.quick ? (["W2"] as const) : (["W1", "W3"] as const)) {
      const progress = (text: string): void => context.progress(`${name}, ${text}`);
      parts.push(await ablate(name, { ...context, progress, rounds: Math.min(5, context.rounds) }));
    }
    return {
      about: "The time of a training step with one rewrite switched off, and with none.",
      body: parts.join("\n\n"),
    };
  },
};
