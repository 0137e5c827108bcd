import { byName, jaxJs, pytorchLoop, unroll } from "../contestants.ts";
import type { Measure } from "../measure.ts";
import { ratio, spread } from "../statistics.ts";
import { ratioSpread, table, timeSpread } from "../tables.ts";
import { compareValues, takeTurns } from "../turns.ts";
import { describe, type Network } from "../workloads.ts";

const network: Network = { cell: "rnn", hidden: 64, batch: 8, time: 32 };

/** Second derivatives. */
export const hessianVector: Measure = {
  name: "hessian-vector",
  title: "Hessian-vector product",
  async run(context) {
    const entry = { task: { kind: "hessian-vector", network }, data: context.data(network) } as const;
    const contestants = [unroll, jaxJs, byName(pytorchLoop)].flatMap((each) => (each ? [each] : []));
    const { outcomes } = await takeTurns(
      contestants.map((contestant) => ({ contestant, ...entry })),
      context,
      { before: 3 },
    );
    compareValues("the norm of the Hessian-vector product", outcomes, 1e-4);
    const [ours, ...others] = outcomes;
    const rows = others.map(({ name, turns }) => [
      name,
      timeSpread(spread(turns)),
      ratioSpread(ratio(ours!.turns, turns)),
    ]);
    return {
      about:
        `Of the loss of a ${describe(network)}, over all weights; the norm of the result is read and compared. ` +
        "TensorFlow.js is left out: its second derivative of tanh is wrong. PyTorch's fused layers have none.",
      body: table(
        ["", "median (range)", "Unroll's over it (range)"],
        [[unroll.name, timeSpread(spread(ours!.turns)), ""], ...rows],
      ),
    };
  },
};
