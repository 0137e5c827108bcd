import type { TrainingPosition } from "./callback.ts";

/** What can be walked with `for await`. */
type Batches<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

/**
 * Batches: an array or anything else that can be walked once per epoch, or a function that returns them. A function is
 * told where to begin, for a shuffle by `epoch` or a place in a text; it has to leave out the first `batch` batches of
 * the epoch, which training that goes on from a checkpoint has seen. Of other data they are passed over.
 */
export type TrainingData<Batch> = Batches<Batch> | ((from: TrainingPosition) => Batches<Batch>);

/** The batches of an epoch from a position on. */
export async function* batchesFrom<Batch>(
  data: TrainingData<Batch>,
  from: TrainingPosition,
): AsyncGenerator<Batch, void, void> {
  let seen = typeof data === "function" ? 0 : from.batch;
  for await (const batch of typeof data === "function" ? data({ ...from }) : data) {
    if (seen > 0) seen--;
    else yield batch;
  }
}

/** How many batches an epoch has, where that can be told. */
export const countOf = (data: TrainingData<unknown>): number =>
  Array.isArray(data) ? data.length : Number.POSITIVE_INFINITY;
