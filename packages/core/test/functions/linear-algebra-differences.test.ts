/** Factors and solutions: gradients to the third order are those of differences. */
import { checkGradients } from "@org/core/testing";
import { expect, test } from "vitest";
import { grad, square, sum } from "../../src/index.ts";
import { losses } from "./matrix-losses.ts";

test.each(losses)("%s", (_, y, w) => {
  expect(checkGradients(y, w, { order: 2 }).passed).toBe(true);
  expect(checkGradients(sum(square(grad(y, w))), w, { order: 2 }).passed).toBe(true);
});
