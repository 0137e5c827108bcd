import {
  add,
  div,
  greater,
  mul,
  neg,
  norm,
  reciprocal,
  reshape,
  square,
  stack,
  sub,
  type Tensor,
  take,
  whileLoop,
} from "@org/core";
import { argmin, type Mode, withGradient } from "../descent.ts";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly w: number;
}

const TIME_STEP = 0.1;

/**
 * The square of the place where the particle meets the axis, for the control `w [1]`: Euler's method in the field of two
 * charges, whose force is the gradient of a potential, and a straight line to the axis from the last step above it.
 */
function missed(w: Tensor, mode: Mode): Tensor {
  const charges = [stack([10, sub(10, take(w, 0))]), stack([10, 0])];
  const potential = (x: Tensor): Tensor =>
    add(...(charges.map((p) => reciprocal(norm(sub(x, p)))) as [Tensor, Tensor]));
  const at = withGradient[mode](potential);

  const moved = (x: Tensor, v: Tensor): Tensor => add(x, mul(TIME_STEP, v));
  const heightOf = (x: Tensor): Tensor => take(x, 1);
  const { carry } = whileLoop(
    ({ x, v }) => greater(heightOf(moved(x, v)), 0),
    ({ x, v }) => {
      const [, slope] = at(x);
      return { x: moved(x, v), v: sub(v, mul(TIME_STEP, slope)) };
    },
    { init: { x: [0, 8], v: [0.75, 0] }, most: 1000 },
  );
  const { x, v } = carry;
  const left = div(neg(heightOf(x)), heightOf(v));
  return square(take(add(x, mul(left, v)), 0));
}

/** The `w` whose particle meets the origin, `f` and `r` for the mode of the descent and that of the force. */
const control = (descent: Mode, force: Mode): Evaluation =>
  evaluation(({ w }: Input) => ({
    f({ w }: { w: Tensor }) {
      const objective = (w: Tensor): Tensor => missed(w, force);
      return take(argmin(withGradient[descent](objective), reshape(w, [1])), 0);
    },
    on: { w },
  }));

export const ff: Evaluation = control("f", "f");
export const fr: Evaluation = control("f", "r");
export const rf: Evaluation = control("r", "f");
export const rr: Evaluation = control("r", "r");
