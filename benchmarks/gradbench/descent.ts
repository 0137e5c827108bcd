import {
  add,
  cond,
  div,
  equal,
  gradOf,
  jacobian,
  less,
  lessEqual,
  logicalNot,
  logicalOr,
  mul,
  neg,
  norm,
  sub,
  type Tensor,
  whileLoop,
} from "@org/core";

/** The gradient of a function of `[n]` to a number, and how it is found: by `"f"` forward or by `"r"` reverse mode. */
export const gradients: Readonly<Record<"f" | "r", (f: Objective) => (x: Tensor) => Tensor>> = {
  r: (f) => gradOf(f),
  f: (f) => (x) => {
    const own = add(x, 0);
    return jacobian(f(own), own, { mode: "forward" });
  },
};

/** A function of `[n]` to a number. */
export type Objective = (x: Tensor) => Tensor;

/** Below it, a gradient or a step is none. */
const SMALL = 1e-5;
/** Ten steps in a row make the rate twice as large. */
const IN_A_ROW = 10;

/**
 * Where `f` is smallest, by the descent that GradBench prescribes: from `start`, steps against the gradient at a rate that
 * halves where a step does not go down and doubles after ten that do, until the gradient or a step is below 1e-5.
 */
export function argmin(f: Objective, gradient: (x: Tensor) => Tensor, start: Tensor): Tensor {
  const state = { x: start, y: f(start), g: gradient(start), rate: 1e-5, inARow: 0, ended: false };
  const { carry } = whileLoop(
    ({ g, ended }) => logicalNot(logicalOr(ended, lessEqual(norm(g), SMALL))),
    (now) =>
      cond(
        equal(now.inARow, IN_A_ROW),
        () => ({ ...now, rate: mul(now.rate, 2), inARow: 0 }),
        () => {
          const x = sub(now.x, mul(now.rate, now.g));
          return cond(
            lessEqual(norm(sub(now.x, x)), SMALL),
            () => ({ ...now, ended: true }),
            () => {
              const y = f(x);
              return cond(
                less(y, now.y),
                () => ({ ...now, x, y, g: gradient(x), inARow: add(now.inARow, 1) }),
                () => ({ ...now, rate: div(now.rate, 2), inARow: 0 }),
              );
            },
          );
        },
      ),
    { init: state, most: 1000 },
  );
  return carry.x;
}

/** Where `f` is largest. */
export const argmax = (f: Objective, gradient: (x: Tensor) => Tensor, start: Tensor): Tensor =>
  argmin(
    (x) => neg(f(x)),
    (x) => neg(gradient(x)),
    start,
  );
