import { concat, neg, square, sub, sum, type Tensor } from "@org/core";
import { argmin, type Mode, withGradient } from "../descent.ts";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly start: readonly [number, number];
}

/** `|x|² - |y|²` */
const height = (x: Tensor, y: Tensor): Tensor => sub(sum(square(x)), sum(square(y)));

/** `min_x max_y` of the height, both by descent, the second inside of the first; `f` and `r` for their modes. */
const point = (outer: Mode, inner: Mode): Evaluation =>
  evaluation(({ start }: Input) => ({
    f({ start }: { start: Tensor }) {
      const farthest = (x: Tensor): Tensor =>
        argmin(
          withGradient[inner]((y) => neg(height(x, y))),
          start,
        );
      const x = argmin(
        withGradient[outer]((x) => height(x, farthest(x))),
        start,
      );
      return concat([x, farthest(x)]);
    },
    on: { start },
  }));

export const ff: Evaluation = point("f", "f");
export const fr: Evaluation = point("f", "r");
export const rf: Evaluation = point("r", "f");
export const rr: Evaluation = point("r", "r");
