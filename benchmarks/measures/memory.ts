import { type Contestant, everyone } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { megabytes, table } from "../tables.ts";
import { workloads } from "../workloads.ts";

const peaks = (contestant: Contestant, context: Context): Promise<readonly number[]> =>
  withSession(contestant, async (session) => {
    const loaded = await session.peak();
    const network = workloads.W1;
    await session.prepare({ kind: "train", network }, context.data(network));
    await session.run(context.compared);
    return [loaded, await session.peak()];
  });

/** The memory of whole processes. */
export const memory: Measure = {
  name: "memory",
  title: "Peak memory",
  async run(context) {
    const rows: string[][] = [];
    for (const contestant of everyone(context)) {
      context.progress(contestant.name);
      const [loaded, peak] = (await peaks(contestant, context)) as [number, number];
      rows.push([contestant.name, megabytes(loaded), megabytes(peak), megabytes(peak - loaded)]);
    }
    return {
      about: `Of the process (resident set), with its libraries loaded and after ${context.compared} steps of W1.`,
      body: table(["", "loaded", "peak", "difference"], rows),
    };
  },
};
