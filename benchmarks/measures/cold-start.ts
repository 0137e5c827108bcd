import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contestant, everyone, jaxJs, keeping, plain, unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { workloads } from "../workloads.ts";

/** Milliseconds from the start of a process to its first loss. */
const firstStep = (contestant: Contestant, context: Context): Promise<number> =>
  withSession(contestant, async (session) => {
    const network = workloads.W1;
    await session.prepare({ kind: "train", network }, context.data(network));
    await session.run(1);
    return performance.now() - session.started;
  });

/** How long it takes until something happens. */
export const coldStart: Measure = {
  name: "cold-start",
  title: "Cold start",
  async run(context) {
    const rounds = context.quick ? 1 : Math.min(5, context.rounds);
    const folder = mkdtempSync(join(tmpdir(), "unroll-programs-"));
    const plainOnes = [...new Set([unroll, plain])];
    const kept = plainOnes.map((each) => keeping(each, folder));
    for (const contestant of kept) await firstStep(contestant, context); // it compiles, and keeps
    const [ours, ...others] = everyone(context);
    const times = new Map([ours!, ...kept, ...others].map((contestant) => [contestant, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [contestant, list] of times) {
        context.progress(`${contestant.name}, start ${round + 1} of ${rounds}`);
        list.push(await firstStep(contestant, context));
      }
    }
    rmSync(folder, { recursive: true });
    const rows = [...times].map(([contestant, list]) => [
      contestant.name,
      timeSpread(spread(list)),
      contestant === ours ? "" : ratioSpread(ratio(times.get(ours!)!, list)),
    ]);
    return {
      about:
        "From the start of a process to the end of its first W1 step: loading, reading the weights, building and " +
        "compiling the step, running it once. *Program kept*: an earlier process has compiled the step, and `folderCache` kept it.",
      body: table(["", "median (range)", "Unroll's over it (range)"], rows),
      goals: [...plainOnes, ...kept].map((each) => ({
        what: `first W1 step against jax-js: ${each.name}`,
        limit: 0.1,
        reached: ratio(times.get(each)!, times.get(jaxJs)!).median,
      })),
    };
  },
};
