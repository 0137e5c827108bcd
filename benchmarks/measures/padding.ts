import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { takeTurns } from "../turns.ts";
import { describe, type Network, workloads } from "../workloads.ts";

const LONGEST = 5;

/** The layer of W1 on padded batches: names, sizes, and how long the longest sequence is said to be. */
const cases = (
  network: Network,
): readonly (readonly [name: string, network: Network, longest?: number])[] => [
  [`padded to ${network.time}, longest ${LONGEST}`, network, LONGEST],
  [`${LONGEST} steps, with lengths`, { ...network, time: LONGEST }, LONGEST],
  [`${network.time} steps, with lengths`, network, network.time],
  [`${network.time} steps`, network],
];

async function measure(context: Context): Promise<string> {
  const network = workloads.W1;
  const { outcomes } = await takeTurns(
    cases(network).map(([name, each, longest]) => ({
      contestant: unroll,
      name,
      task: { kind: "padded", network: each, ...(longest !== undefined && { longest }) },
      data: context.data(each),
    })),
    context,
  );
  const short = outcomes[1]!;
  const rows = outcomes.map(({ name, turns }) => [
    name,
    timeSpread(spread(turns)),
    ratioSpread(ratio(turns, short.turns)),
  ]);
  return table(["", "median step (range)", `over ${LONGEST} steps (range)`], rows);
}

/** Whether a padded batch costs what its longest sequence costs. */
export const padding: Measure = {
  name: "padding",
  title: "Padded batches",
  async run(context) {
    return {
      about: `A step of the layer of W1 (${describe(workloads.W1)}) alone, forwards and backwards, on batches with lengths.`,
      body: await measure(context),
    };
  },
};
