import { unroll } from "../contestants.ts";
import type { Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { median } from "../statistics.ts";
import { digits, megabytes, table, time } from "../tables.ts";
import type { Network } from "../workloads.ts";

const small: Network = { cell: "rnn", hidden: 8, batch: 1, time: 0 };
const lengths = [1_000, 10_000, 100_000, 1_000_000];

/** One loop of up to a million steps, with its gradient: what a step of it takes. */
export const longLoops: Measure = {
  name: "long-loops",
  title: "Long loops",
  async run(context) {
    const rows: string[][] = [];
    for (const length of context.quick ? lengths.slice(0, 2) : lengths) {
      context.progress(`T ${length}`);
      const network = { ...small, time: length };
      const [step, bytes] = await withSession(unroll, async (session) => {
        const before = await session.peak();
        await session.prepare({ kind: "train", network }, context.data(network, 1));
        await session.run(2);
        const { times } = await session.run(5);
        return [median(times), (await session.peak()) - before] as const;
      });
      rows.push([
        length.toLocaleString("en-US"),
        time(step),
        `${digits((step / length) * 1e6)} ns`,
        megabytes(bytes),
        `${digits(bytes / length)} B`,
      ]);
    }
    return {
      about:
        "A tanh RNN of 8 units that reads one sequence, full backpropagation through time, clipping and Adam. Memory is " +
        "what the process has grown by, tokens and code included.",
      body: table(
        ["T", "training step", "of each step of the loop", "memory", "of each step of the loop"],
        rows,
      ),
    };
  },
};
