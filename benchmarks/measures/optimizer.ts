import { unroll } from "../contestants.ts";
import type { Measure } from "../measure.ts";
import type { Task } from "../messages.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { compareValues, takeTurns } from "../turns.ts";
import { describe, workloads } from "../workloads.ts";

const network = workloads.W1;

const forms: Readonly<Record<string, Task>> = {
  "the step with clipping and Adam": { kind: "train", network },
  "the step with `p - 1e-3 g`": { kind: "train", network, update: "plain" },
  "clipping and Adam alone": { kind: "optimizer", network, form: "compiled" },
  "the same, op at a time": { kind: "optimizer", network, form: "op at a time" },
  "the same, interpreted": { kind: "optimizer", network, form: "interpreted" },
};

/** What clipping and Adam cost. */
export const optimizer: Measure = {
  name: "optimizer",
  title: "Clipping and Adam",
  async run(context) {
    const data = context.data(network);
    const entries = Object.entries(forms).map(([name, task]) => ({ contestant: unroll, name, task, data }));
    const { outcomes } = await takeTurns(entries, context, { before: 1 });
    compareValues("the first loss", outcomes.slice(0, 2));
    const [step, plain, alone, naive, interpreted] = outcomes;
    const rows = outcomes.map(({ name, turns }) => [
      name,
      timeSpread(spread(turns)),
      turns === step!.turns ? "" : ratioSpread(ratio(turns, step!.turns)),
      turns === naive!.turns || turns === interpreted!.turns ? ratioSpread(ratio(turns, alone!.turns)) : "",
    ]);
    return {
      about:
        `Of W1: ${describe(network)}. In turns, each in a process of its own. Alone: on the gradients of the first ` +
        "step, which lie in the runtime's memory, as weights and state do. Op at a time: an executable for each op of " +
        `each parameter, ${naive!.about.calls} calls, whose results stay in that memory. The last two are held to ` +
        "the one executable, number for number, over ten steps before they are measured.",
      body: table(["", "median (range)", "over the step (range)", "over alone (range)"], rows),
      goals: [
        {
          what: "clipping and Adam alone, over the step",
          limit: 0.02,
          reached: ratio(alone!.turns, step!.turns).median,
        },
        {
          what: "the step less the one with `p - 1e-3 g`, over the step, fastest turns",
          limit: 0.02,
          reached: 1 - spread(plain!.turns).min / spread(step!.turns).min,
        },
      ],
    };
  },
};
