import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { compareValues, takeTurns } from "../turns.ts";
import { type LinearRun, linearCells } from "../workloads.ts";

type Sizes = Pick<LinearRun, "units" | "batch" | "time">;

const sizes = (quick: boolean): readonly Sizes[] =>
  quick
    ? [{ units: 8, batch: 1, time: 16 }]
    : [
        [16, 1],
        [64, 8],
      ].flatMap(([units, batch]) => [16, 128, 1024].map((time) => ({ units: units!, batch: batch!, time })));

/** The loop and all steps at once, in turns; how long they take, and the one over the other. */
async function compare(run: Omit<LinearRun, "parallel">, context: Context): Promise<string[]> {
  const { outcomes } = await takeTurns(
    [false, true].map((parallel) => ({
      contestant: unroll,
      name: parallel ? "parallel" : "loop",
      task: { kind: "linear", run: { ...run, parallel } } as const,
    })),
    context,
  );
  compareValues("the mean square of all outputs", outcomes, 1e-3);
  const [loop, once] = outcomes;
  return [
    timeSpread(spread(loop!.turns)),
    timeSpread(spread(once!.turns)),
    ratioSpread(ratio(loop!.turns, once!.turns)),
  ];
}

/** When a running combination of all steps is faster than the loop. */
export const linearCellRuns: Measure = {
  name: "linear-cells",
  title: "Linear cells: the loop and all steps at once",
  async run(context) {
    const rows: string[][] = [];
    for (const cell of linearCells)
      for (const gradient of [false, true])
        for (const each of sizes(context.quick)) {
          const { units, batch, time } = each;
          const what = `${cell}, ${gradient ? "forwards and backwards" : "forwards"}, ${batch} × ${units}, T ${time}`;
          context.progress(what);
          rows.push([what, ...(await compare({ cell, gradient, ...each }, context))]);
        }
    return {
      about:
        "Cells whose state is a linear function of the one before, by `recurrent` and by `recurrent` with `parallel: true`, " +
        "on one thread: the mean square of all outputs, and with gradients a step down from it. Sizes are batch × units. Above 1, " +
        "all steps at once are faster.",
      body: table(["", "loop (range)", "parallel (range)", "loop over parallel (range)"], rows),
    };
  },
};
