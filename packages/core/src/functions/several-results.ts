import type { Tensor } from "../graph/tensor.ts";
import { customGradient } from "../ops/control.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { type Shape, sizeOf } from "../shape.ts";

/**
 * `customGradient` for a function of matrices in one batch that gives several results, `[batch, ...]` each: they stand
 * side by side in one tensor, so that one rule sees the gradients of all.
 */
export const severalResults =
  (
    forward: (a: Tensor) => readonly Tensor[],
    rule: (gs: readonly Tensor[], ys: readonly Tensor[], a: Tensor) => Tensor,
  ): ((a: Tensor) => readonly Tensor[]) =>
  (a) => {
    let shapes: readonly Shape[] = [];
    const differentiable = customGradient(
      (a: Tensor) => {
        const ys = forward(a);
        shapes = ys.map(({ shape }) => shape);
        return sideBySide(ys);
      },
      (g, y, [a]) => [rule(apart(g, shapes), apart(y, shapes), a)],
    );
    return apart(differentiable(a), shapes);
  };

const widthOf = (shape: Shape): number => sizeOf(shape.slice(1));

const sideBySide = (ys: readonly Tensor[]): Tensor =>
  concat(
    ys.map((y) => reshape(y, [y.shape[0]!, widthOf(y.shape)])),
    { axis: 1 },
  );

function apart(y: Tensor, shapes: readonly Shape[]): readonly Tensor[] {
  let start = 0;
  return shapes.map((shape) => {
    const end = start + widthOf(shape);
    const part = reshape(sliceAxis(y, 1, start, end), shape);
    start = end;
    return part;
  });
}
