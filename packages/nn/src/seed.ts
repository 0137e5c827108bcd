import { evaluate, GraphError, NDArray, randomKey, splitKey } from "@org/core";
import { tellOwnCode } from "./own-code.ts";

/** Where random values come from: a whole number, or a key of core's `randomKey`. The same seed, the same values. */
export type Seed = number | NDArray;

/** @throws GraphError for what is neither, nothing for instance */
export function keyOf(seed: Seed): NDArray {
  tellOwnCode(); // every layer draws its first weights
  if (typeof seed === "number") return evaluate(randomKey(seed));
  if (seed instanceof NDArray) return seed;
  throw new GraphError({
    op: "seed",
    problem: `expected a whole number or a key, received ${seed === undefined ? "nothing" : typeof seed}`,
    hint: "seed: 1",
  });
}

/** `count` seeds that are independent of each other. */
export const splitSeed = (seed: Seed, count: number): NDArray[] => evaluate(splitKey(keyOf(seed), count));
