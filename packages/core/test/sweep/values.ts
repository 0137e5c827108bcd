import { evaluate, type Feeds } from "../../src/evaluate.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { Nested } from "../../src/ndarray.ts";
import { nested } from "../samples/arrays.ts";
import { assertClose } from "./compare.ts";

/** The value of a tensor as nested arrays. */
export const valueOf = (tensor: Tensor, feeds: Feeds = {}): Nested => evaluate(tensor, feeds).toNested();

/** @throws Error where a tensor is not `expected`, to a relative 1e-12 (1e-6 in `f32`) */
export function assertValue(tensor: Tensor, expected: Nested, feeds: Feeds = {}): void {
  const tolerance = tensor.dtype === "f32" ? 1e-6 : 1e-12;
  const value = nested(expected, tensor.dtype);
  assertClose("value", evaluate(tensor, feeds), value, { relative: tolerance, absolute: tolerance });
}
