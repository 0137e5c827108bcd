/** Stencils of 1,000 points, written with shifts: what `stencils.c` writes as loops. */
import {
  add,
  array,
  compile,
  concat,
  input,
  mul,
  type Runtime,
  scan,
  slice,
  sub,
  sum,
  type Tensor,
  take,
  zerosLike,
} from "@org/core";
import type { Stencil } from "../workloads.ts";
import { type Prepared, timed } from "./serve.ts";

const points = 1000;

/** `uᵢ ← uᵢ + k (uᵢ₋₁ - 2 uᵢ + uᵢ₊₁)`, zeros outside. */
function heat(first: Tensor, length: number): Tensor {
  const zero = zerosLike(take(first, [0]));
  const step = (u: Tensor): Tensor => {
    const beside = add(concat([slice(u, [1], [points]), zero]), concat([zero, slice(u, [0], [points - 1])]));
    return add(u, mul(0.2, sub(beside, mul(2, u))));
  };
  return sum(scan((u: Tensor) => ({ carry: step(u) }), { init: first, length }).carry);
}

/** `yᵢ' = xᵢ yᵢ₋₁` with 1 before `y₀`, from 0 to 2 by the method of Runge and Kutta. */
function ode(x: Tensor, length: number): Tensor {
  const h = 2 / length;
  const slope = (y: Tensor): Tensor => mul(x, concat([[1], slice(y, [0], [-1])]));
  const step = (y: Tensor): Tensor => {
    const k1 = slope(y);
    const k2 = slope(add(y, mul(h / 2, k1)));
    const k3 = slope(add(y, mul(h / 2, k2)));
    const k4 = slope(add(y, mul(h, k3)));
    return add(y, mul(h / 6, add(k1, mul(2, k2), mul(2, k3), k4)));
  };
  const { carry } = scan((y: Tensor) => ({ carry: step(y) }), { init: zerosLike(x), length });
  return add(take(carry, points - 1), take(carry, 0));
}

export function prepareStencil({ form, dtype, steps }: Stencil, runtime: Runtime): Prepared {
  const x = input("x", [points], dtype);
  const [value, build] = timed(() => (form === "heat" ? heat(x, steps) : ode(x, steps)));
  const [run, compilation] = timed(() => compile({ inputs: { x }, outputs: { value }, runtime }));
  const { target, threads, rewrites } = run.report();
  const given = array(
    Float64Array.from({ length: points }, (_, i) => 0.5 + 0.001 * i),
    { dtype },
  );
  return {
    phases: { build, compile: compilation },
    about: { target, threads, rewrites: Object.keys(rewrites) },
    step: () => run({ x: given }).value.item(),
  };
}
