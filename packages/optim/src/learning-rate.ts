import { cast, mul, neg, type Tensor } from "@org/core";

/** How far a step goes: a number, or a scalar tensor, such as a parameter that the program assigns. */
export type LearningRate = number | Tensor;

/** `-rate · direction`, in the dtype of the direction. */
export const descend = (rate: LearningRate, direction: Tensor): Tensor =>
  typeof rate === "number" ? mul(direction, -rate) : mul(direction, neg(cast(rate, direction.dtype)));
