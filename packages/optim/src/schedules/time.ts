import { cast, minimum, type Operand, type Tensor } from "@org/core";
import { math } from "../equation.ts";

/** The number of steps made, in f64: in f32, rates of one run would differ in their last digits from those of another. */
export const time = (step: Operand): Tensor => cast(step, "f64");

/** How much of `length` steps is over: from 0 to 1, and 1 from there on. */
export const progress = (step: Operand, length: number): Tensor =>
  minimum(math`${time(step)} / ${length}`, 1);

/** From `from` to `to` along half a cosine, as `part` goes from 0 to 1. */
export const cosineBetween = (from: number, to: number, part: Tensor): Tensor =>
  math`${to} + ${(from - to) / 2} * (1 + cos(${Math.PI} * ${part}))`;

/** From `from` to `to` along a line, as `part` goes from 0 to 1. */
export const lineBetween = (from: number, to: number, part: Tensor): Tensor =>
  math`${from} + ${to - from} * ${part}`;
