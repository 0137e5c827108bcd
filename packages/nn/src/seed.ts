import { evaluate, type NDArray, randomKey, splitKey } from "@org/core";
import { tellOwnCode } from "./own-code.ts";

/** Where random values come from: a whole number, or a key of core's `randomKey`. The same seed, the same values. */
export type Seed = number | NDArray;

export function keyOf(seed: Seed): NDArray {
  tellOwnCode(); // every layer draws its first weights
  return typeof seed === "number" ? evaluate(randomKey(seed)) : seed;
}

/** `count` seeds that are independent of each other. */
export const splitSeed = (seed: Seed, count: number): NDArray[] => evaluate(splitKey(keyOf(seed), count));
