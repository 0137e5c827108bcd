import { byName, engines, pytorchFused, unroll, xlaName } from "../contestants.ts";
import type { Measure } from "../measure.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { compareValues, takeTurns } from "../turns.ts";
import { describe, type Network } from "../workloads.ts";

const networks: Readonly<Record<string, Network>> = {
  W4: { cell: "lstm", hidden: 512, batch: 32, time: 64 },
  W5: { cell: "lstm", hidden: 1024, batch: 32, time: 32 },
};

/** Networks whose weights do not fit into the caches, beside libraries that are made for these. */
export const largeSteps: Measure = {
  name: "large-steps",
  title: "Training steps of large networks",
  async run(context) {
    const contestants = [unroll, ...engines, byName(pytorchFused), byName(xlaName)].filter(
      (each) => each !== undefined,
    );
    const parts: string[] = [];
    for (const [name, network] of Object.entries(networks)) {
      if (context.quick && name !== "W4") continue;
      const task = { kind: "train", network } as const;
      const data = context.data(network, 2);
      const { outcomes, absences } = await takeTurns(
        contestants.map((contestant) => ({ contestant, task, data })),
        { ...context, progress: (text) => context.progress(`${name}, ${text}`) },
      );
      compareValues(name, outcomes);
      const ours = outcomes.find((each) => each.name === unroll.name);
      const rows = outcomes.map((each) => [
        each.name,
        timeSpread(spread(each.turns)),
        ours && each !== ours ? ratioSpread(ratio(ours.turns, each.turns)) : "",
      ]);
      const missing = absences.map(({ contestant, reason }) => [contestant.name, "not available", reason]);
      parts.push(
        `### ${name}, one thread: ${describe(network)}`,
        table(["", "median step (range)", "Unroll's over it (range)"], [...rows, ...missing]),
      );
    }
    return {
      about: "The same as above, on one thread, with weights of 4 MB and 17 MB.",
      body: parts.join("\n\n"),
    };
  },
};
