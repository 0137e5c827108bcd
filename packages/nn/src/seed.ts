import { evaluate, type NDArray, randomKey, splitKey } from "@org/core";

/** Where random values come from: a whole number, or a key of core's `randomKey`. The same seed, the same values. */
export type Seed = number | NDArray;

export const keyOf = (seed: Seed): NDArray => (typeof seed === "number" ? evaluate(randomKey(seed)) : seed);

/** `count` seeds that are independent of each other. */
export const splitSeed = (seed: Seed, count: number): NDArray[] => evaluate(splitKey(keyOf(seed), count));
