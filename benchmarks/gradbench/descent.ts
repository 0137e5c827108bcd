import {
  add,
  div,
  equal,
  jacobian,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  mul,
  norm,
  sub,
  type Tensor,
  valueAndGrad,
  where,
  whileLoop,
} from "@org/core";

/** A function of `[n]` to a number. */
export type Objective = (x: Tensor) => Tensor;

/** A function and its gradient in one. */
export type WithGradient = (x: Tensor) => readonly [value: Tensor, gradient: Tensor];

/** How gradients are found: by forward or by reverse mode. */
export type Mode = "f" | "r";

export const withGradient: Readonly<Record<Mode, (f: Objective) => WithGradient>> = {
  r: (f) => valueAndGrad(f),
  f: (f) => (x) => {
    const own = add(x, 0); // a node of its own: `f` may have captured `x`
    const y = f(own);
    return [y, jacobian(y, own, { mode: "forward" })];
  },
};

/** At and below it, a gradient or a step is none. */
const SMALL = 1e-5;
/** So many steps in a row make the rate twice as large. */
const IN_A_ROW = 10;

/**
 * Where a function is smallest, by the descent that GradBench prescribes: from `start`, steps against the gradient at a rate
 * that halves where a step does not go down and doubles after ten that do, until the gradient or a step is below 1e-5.
 */
export function argmin(at: WithGradient, start: Tensor): Tensor {
  const [y, g] = at(start);
  const { carry } = whileLoop(
    ({ g, ended }) => logicalNot(logicalOr(ended, lessEqual(norm(g), SMALL))),
    (now) => {
      const faster = equal(now.inARow, IN_A_ROW);
      const rate = where(faster, mul(now.rate, 2), now.rate);
      const x = sub(now.x, mul(rate, now.g));
      const [y, g] = at(x);
      const ended = lessEqual(norm(sub(x, now.x)), SMALL);
      const down = logicalAnd(less(y, now.y), logicalNot(ended));
      return {
        x: where(down, x, now.x),
        y: where(down, y, now.y),
        g: where(down, g, now.g),
        rate: where(down, rate, div(rate, 2)),
        inARow: where(down, add(where(faster, 0, now.inARow), 1), 0),
        ended,
      };
    },
    { init: { x: start, y, g, rate: 1e-5, inARow: 0, ended: false }, most: 1000 },
  );
  return carry.x;
}
