import { add, array, mul, type NDArray, type Shape, swapAxes, type Tensor } from "../../src/index.ts";

export const double = (values: ArrayLike<number>, shape: Shape): NDArray =>
  array(Float64Array.from(values), { shape });

export const close = { relative: 1e-12, absolute: 1e-12 };

/** Numbers without a pattern, the same in each run. */
export const wave = (shape: Shape, shift = 0): NDArray =>
  double(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(shift + 1 + 1.7 * i * i)),
    shape,
  );

export const turned = (x: Tensor): Tensor => swapAxes(x, -1, -2);
export const symmetric = (x: Tensor): Tensor => mul(0.5, add(x, turned(x)));
