import { evaluate, randomCategorical, randomKey, randomUniform } from "@org/core";
import { expect, test } from "vitest";

test("a uniform draw of exactly 0 does not choose an index of probability 0", () => {
  const key = randomKey(6_903_729);
  expect(evaluate(randomUniform(key, [7])).data[6]).toBe(0);
  const drawn = (last: number): number => evaluate(randomCategorical(key, [0, 0, 0, 0, 0, 0, last])).item();
  expect(drawn(0)).toBe(6);
  expect(drawn(-40)).not.toBe(6);
  expect(drawn(Number.NEGATIVE_INFINITY)).not.toBe(6);
});
