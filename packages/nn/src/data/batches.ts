import { checkOptionNames, checkOptionValues, evaluate, GraphError, randomUniform } from "@org/core";
import { count as natural, size } from "../option-values.ts";
import { type Seed, splitSeed } from "../seed.ts";

/** What `batches` takes. */
export interface BatchesOptions {
  /** Items of a batch. */
  readonly batch: number;
  /** Of the order; every pass has one of its own. Default: the items' own order in every pass. */
  readonly seed?: Seed;
  /** Which pass over the items, from 0: with the same seed, a run that goes on makes the same one. @default 0 */
  readonly pass?: number;
  /** What becomes of a last batch that is not full. A compiled step takes full ones. @default "drop" */
  readonly last?: "drop" | "keep";
}

/**
 * One pass over some items, in batches.
 * @throws GraphError for sizes that are not whole, and where there is no batch at all
 * @example
 * batches(["a", "b", "c", "d", "e"], { batch: 2 }); // → [["a", "b"], ["c", "d"]]
 * batches([1, 2, 3], { batch: 2, seed: 1, last: "keep" }).flat().sort(); // → [1, 2, 3]
 */
export function batches<Item>(items: ArrayLike<Item>, options: BatchesOptions): Item[][] {
  checkOptionNames("batches", options, "batch seed pass last");
  const { batch, seed, pass = 0, last = "drop" } = options;
  checkOptionValues("batches", { batch: [batch, size], pass: [pass, natural] });
  const places =
    seed === undefined ? Array.from({ length: items.length }, (_, i) => i) : order(items, seed, pass);
  const count = last === "keep" ? Math.ceil(items.length / batch) : Math.floor(items.length / batch);
  if (count === 0)
    throw new GraphError({ op: "batches", problem: `${items.length} items make no batch of ${batch}` });
  return Array.from({ length: count }, (_, i) =>
    places.slice(i * batch, (i + 1) * batch).map((place) => items[place]!),
  );
}

/** The places of items in the order of random numbers. */
function order(items: ArrayLike<unknown>, seed: Seed, pass: number): number[] {
  const key = splitSeed(seed, pass + 1)[pass]!;
  const numbers = evaluate(randomUniform(key, [items.length], { dtype: "f64" })).data;
  return Array.from(numbers.keys()).sort((a, b) => numbers[a]! - numbers[b]! || a - b);
}
