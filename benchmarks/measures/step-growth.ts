import { byName, type Contestant, pytorchFused, unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { median } from "../statistics.ts";
import { digits, table, time } from "../tables.ts";
import type { Network } from "../workloads.ts";

const base: Network = { cell: "lstm", hidden: 128, batch: 8, time: 64 };

const series = {
  time: [64, 256, 1024, 4096],
  hidden: [32, 64, 128, 256, 512],
  batch: [1, 4, 16, 64, 256],
} as const satisfies Partial<Record<keyof Network, readonly number[]>>;

const titles = { time: "T", hidden: "hidden", batch: "batch" };

/** The quick form starts few processes. */
const sizes = (key: keyof typeof series, { quick }: Context): readonly number[] =>
  quick ? series[key].slice(0, 2) : series[key];

/** The median step of a few, in milliseconds. */
const stepTime = (contestant: Contestant, network: Network, context: Context): Promise<number> =>
  withSession(contestant, async (session) => {
    await session.prepare({ kind: "train", network }, context.data(network, 2));
    const { times } = await session.run(1);
    const count = Math.max(1, Math.min(200, Math.ceil(context.turn / times[0]!)));
    await session.run(Math.min(count, 3));
    return median((await session.run(count)).times);
  });

/** The times of one contestant; it stops before a step that would be too long. */
async function grow(contestant: Contestant, key: keyof typeof series, context: Context) {
  const times: number[] = [];
  let previous: { size: number; time: number } | undefined;
  for (const size of sizes(key, context)) {
    const growth = previous ? size / previous.size : 1;
    if (previous && previous.time * growth > context.longest) break;
    context.progress(`${contestant.name}, ${titles[key]} ${size}`);
    const each = await stepTime(contestant, { ...base, [key]: size }, context);
    times.push(each);
    previous = { size, time: each };
  }
  return times;
}

/** How the time of a step grows with T, hidden size and batch. */
export const stepGrowth: Measure = {
  name: "step-growth",
  title: "Growth of the step time",
  async run(context) {
    const peer = context.quick ? undefined : byName(pytorchFused);
    const contestants = peer ? [unroll, peer] : [unroll];
    const parts: string[] = [];
    for (const key of ["time", "hidden", "batch"] as const) {
      const columns: number[][] = [];
      for (const contestant of contestants) columns.push(await grow(contestant, key, context));
      const unit = (index: number): number => series[key][index]! / series[key][0];
      const rows = sizes(key, context).map((size, index) => [
        String(size),
        ...columns.flatMap((times) =>
          times[index] === undefined
            ? ["too long", ""]
            : [time(times[index]), digits(times[index] / times[0]! / unit(index))],
        ),
      ]);
      const head = contestants.flatMap(({ name }) => [name, `per unit of ${titles[key]}, relative`]);
      parts.push(table([titles[key], ...head], rows));
    }
    return {
      about:
        `LSTM, hidden ${base.hidden}, batch ${base.batch}, T ${base.time}, with one of the three changed. The second ` +
        "column of each is the time over the size, the first row being 1: below 1, larger is cheaper per unit.",
      body: parts.join("\n\n"),
    };
  },
};
