/** Training on batches that are made up one after another. */
import type { NDArray } from "@org/core";
import { train } from "@org/optim";
import { progressBar } from "@org/optim/node";

/** Makes `steps` steps, each on a new batch, under a progress bar. */
export async function practise<Batch>(
  name: string,
  steps: number,
  { step, batch }: { step(batch: Batch): { readonly loss: NDArray }; batch(): Batch },
): Promise<void> {
  const data = (function* () {
    for (;;) yield batch();
  })();
  const describe = ({ metrics }: { metrics: Readonly<Record<string, number>> }): string =>
    `${name}: loss ${metrics.loss?.toFixed(3)}`;
  await train({
    data,
    step: (each) => ({ loss: step(each).loss }),
    steps,
    callbacks: [progressBar({ describe, lines: 5 })],
  });
}
