import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { median } from "../statistics.ts";
import { table, time } from "../tables.ts";
import { type Network, workloads } from "../workloads.ts";

const times = [64, 256, 1024, 4096];
const layers = [1, 2, 3, 4];

/** The quick form takes the first and the last. */
const some = (sizes: readonly number[], { quick }: Context): readonly number[] =>
  quick ? [sizes[0]!, sizes.at(-1)!] : sizes;

/** Milliseconds of `compile`, and of drawing the graph before it, in a fresh process. */
const phases = (network: Network, context: Context) =>
  withSession(unroll, async (session) => {
    const ready = await session.prepare({ kind: "train", network }, context.data(network, 1));
    return { build: ready.phases.build!, compile: ready.phases.compile! };
  });

/** The medians for each network, measured in turns. */
async function medians(networks: readonly Network[], context: Context) {
  const rounds = context.quick ? 1 : context.rounds;
  const found = networks.map(() => ({ build: [] as number[], compile: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, network] of networks.entries()) {
      context.progress(`T ${network.time}, layers ${network.layers ?? 1}, round ${round + 1} of ${rounds}`);
      const { build, compile } = await phases(network, context);
      found[i]!.build.push(build);
      found[i]!.compile.push(compile);
    }
  }
  return found.map(({ build, compile }) => ({ build: median(build), compile: median(compile) }));
}

type Medians = Awaited<ReturnType<typeof medians>>;

const show = (title: string, sizes: readonly number[], found: Medians): string =>
  table(
    [title, "building the graph", "compile", "compile over the first"],
    sizes.map((size, i) => {
      const { build, compile } = found[i]!;
      return [String(size), time(build), time(compile), (compile / found[0]!.compile).toFixed(2)];
    }),
  );

/** How the time of `compile` grows. */
export const compileGrowth: Measure = {
  name: "compile-growth",
  title: "Growth of the compile time",
  async run(context) {
    const [lengths, depths] = [some(times, context), some(layers, context)];
    const overTime = await medians(
      lengths.map((time) => ({ ...workloads.W1, time })),
      context,
    );
    const overLayers = await medians(
      depths.map((count) => ({ ...workloads.W1, layers: count })),
      context,
    );
    return {
      about: "The training step of W1 with another T and with more layers; each time in a fresh process.",
      body: [show("T", lengths, overTime), show("layers", depths, overLayers)].join("\n\n"),
      goals: [
        {
          what: "compile time at T = 4096 against T = 64",
          limit: 1.2,
          reached: overTime.at(-1)!.compile / overTime[0]!.compile,
        },
      ],
    };
  },
};
