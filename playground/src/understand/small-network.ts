import { constant, math, scan, type Tensor } from "@org/core";

/** The states of a network of one unit, `h_t = tanh(x_t w_x + h_{t-1} w_h)`: `[time]`. */
export function statesOf(xs: readonly number[], w_x: number, w_h: number): Tensor {
  const { ys } = scan(
    (h: Tensor, x) => {
      const next = math`tanh(${x} * ${w_x} + ${h} * ${w_h})`;
      return { carry: next, y: next };
    },
    { init: constant(0), xs: constant(xs) },
  );
  return ys;
}
