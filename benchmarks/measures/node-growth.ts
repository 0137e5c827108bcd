import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { type LargeForm, largeForms } from "../messages.ts";
import { withSession } from "../session.ts";
import { table, time } from "../tables.ts";

/** The last two of them say how the time grows: the first has not much more than the engine's own warming up. */
const sizes: Readonly<Record<LargeForm, readonly number[]>> = {
  "add and mul": [2_500, 10_000, 40_000, 100_000],
  tanh: [2_500, 10_000, 40_000, 100_000],
  "concat, with gradient": [1_250, 2_500, 10_000],
  "parameters, with updates": [1_250, 5_000, 20_000],
};

interface Point {
  readonly size: number;
  readonly build: number;
  readonly compile: number;
}

/** The least of some rounds, each in a fresh process. */
async function measured(form: LargeForm, size: number, context: Context): Promise<Point> {
  const rounds = context.quick ? 1 : Math.min(3, context.rounds);
  let least: Point = { size, build: Infinity, compile: Infinity };
  for (let round = 0; round < rounds; round++) {
    context.progress(`${form}, ${size}, round ${round + 1} of ${rounds}`);
    const { phases } = await withSession(unroll, async (session) => {
      const ready = await session.prepare({ kind: "large", form, nodes: size });
      await session.run(1);
      return ready;
    });
    const build = Math.min(least.build, phases.build!);
    least = { size, build, compile: Math.min(least.compile, phases.compile!) };
  }
  return least;
}

/** `p` of a time that grows as `sizeᵖ`, between two sizes. */
const exponent = (a: Point, b: Point): number => Math.log(b.compile / a.compile) / Math.log(b.size / a.size);

/** How the time of `compile` grows with the nodes that somebody wrote. */
export const nodeGrowth: Measure = {
  name: "node-growth",
  title: "Growth of the compile time with nodes",
  async run(context) {
    const rows: string[][] = [];
    const goals = [];
    for (const form of largeForms) {
      const points: Point[] = [];
      for (const size of context.quick ? sizes[form].slice(0, 2) : sizes[form])
        points.push(await measured(form, size, context));
      points.forEach((point, i) => {
        const before = points[i - 1];
        const growth = before ? exponent(before, point).toFixed(2) : "";
        rows.push([`${form}, ${point.size}`, time(point.build), time(point.compile), growth]);
      });
      const [before, last] = points.slice(-2) as [Point, Point];
      goals.push({ what: `${form}: exponent at ${last.size}`, limit: 1.1, reached: exponent(before, last) });
      if (last.size >= 100_000)
        goals.push({ what: `${form}: seconds for ${last.size}`, limit: 10, reached: last.compile / 1000 });
    }
    return {
      about:
        "Graphs that were written without a loop: chains of so many nodes, one array of so many parts with its gradient, " +
        "so many parameters with their updates. Time of the processor, the least of the rounds, each in a fresh process; " +
        "the exponent is that of the growth since the row above.",
      body: table(["", "building the graph", "compile", "exponent"], rows),
      goals,
    };
  },
};
