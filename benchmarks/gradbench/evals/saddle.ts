import { concat, square, sub, sum, type Tensor } from "@org/core";
import { argmax, argmin, gradients, type Objective } from "../descent.ts";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly start: readonly [number, number];
}

type Mode = keyof typeof gradients;

/** `|x|² - |y|²` */
const height = (x: Tensor, y: Tensor): Tensor => sub(sum(square(x)), sum(square(y)));

/** `min_x max_y` of the height, both by descent, the second inside of the first; `f` and `r` for their modes. */
const point = (outer: Mode, inner: Mode): Evaluation =>
  evaluation(({ start }: Input) => ({
    f({ start }: { start: Tensor }) {
      const farthest = (x: Tensor): Tensor => {
        const ofY: Objective = (y) => height(x, y);
        return argmax(ofY, gradients[inner](ofY), start);
      };
      const worst: Objective = (x) => height(x, farthest(x));
      const x = argmin(worst, gradients[outer](worst), start);
      return concat([x, farthest(x)]);
    },
    on: { start },
  }));

export const ff: Evaluation = point("f", "f");
export const fr: Evaluation = point("f", "r");
export const rf: Evaluation = point("r", "f");
export const rr: Evaluation = point("r", "r");
