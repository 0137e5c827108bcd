import { jvp } from "../autodiff/forward.ts";
import {
  type Gradients,
  grad,
  isTensor,
  leavesOf,
  rebuild,
  type Tensors,
  vjp,
} from "../autodiff/gradient.ts";
import { vmap } from "../batching/vmap.ts";
import { GraphError } from "../errors.ts";
import { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { scan } from "../loops/scan.ts";
import { cast } from "../ops/cast.ts";
import { equal } from "../ops/comparison.ts";
import { arange } from "../ops/indexing.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { moveAxis, reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { sizeOf } from "../shape.ts";
import { type Mapped, withLeaves } from "../structure.ts";
import { eye } from "./filled.ts";

/** What `jacobian` takes. */
export interface JacobianOptions {
  /**
   * `"forward"` computes a column for each element of `wrt` by `jvp`, `"reverse"` a row for each element of the output
   * by `vjp`; `"auto"` whichever are fewer. @default "auto"
   */
  readonly mode?: "forward" | "reverse" | "auto";
}

/**
 * All first derivatives: `J[…i, …j] = ∂output[…i] / ∂wrt[…j]`. Columns or rows are computed together (`vmap`), up to 64 at
 * a time, the blocks in one loop: what they share is computed once, and memory stays that of one block.
 * Shapes:   `output [...i]`, `wrt [...j]` → `[...i, ...j]`, in the structure of `wrt`
 * @throws DTypeError for integers and booleans; GraphError for another mode
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(jacobian(square(x), x)); // → [[2, 0], [0, 4]]
 * evaluate(jacobian(square(x), x, { mode: "forward" })); // → [[2, 0], [0, 4]]
 */
export function jacobian<const S extends Tensors>(
  output: Tensor,
  wrt: S,
  options: JacobianOptions = {},
): Gradients<S> {
  const { mode = "auto" } = checkOptionNames("jacobian", options, "mode");
  if (!["forward", "reverse", "auto"].includes(mode)) {
    const problem = `mode: expected "forward", "reverse" or "auto", received ${JSON.stringify(mode)}`;
    throw new GraphError({ op: "jacobian", problem });
  }
  if (!(output instanceof Tensor)) {
    const problem = `output: expected one tensor, received ${inWords(output)}`;
    throw new GraphError({ op: "jacobian", problem });
  }
  leavesOf("jacobian", output, "output");
  const leaves = leavesOf("jacobian", wrt, "wrt");
  const columns = leaves.reduce((count, { shape }) => count + sizeOf(shape), 0);
  const forward = mode === "auto" ? columns < sizeOf(output.shape) : mode === "forward";
  return rebuild(wrt, forward ? byColumns(output, leaves) : byRows(output, leaves));
}

/** `J` from `jvp` along each element of each leaf. */
const byColumns = (output: Tensor, leaves: readonly Tensor[]): Tensor[] =>
  leaves.map((leaf) => {
    const [columns] = overBasis(leaf, (tangent) => [jvp(output, leaf, tangent)]);
    return reshape(moveAxis(columns!, 0, output.shape.length), [...output.shape, ...leaf.shape]);
  });

/** `J` from `vjp` of each element of the output. */
const byRows = (output: Tensor, leaves: readonly Tensor[]): Tensor[] =>
  overBasis(output, (cotangent) => vjp(output, leaves, cotangent) as readonly Tensor[]).map((rows, i) =>
    reshape(rows, [...output.shape, ...leaves[i]!.shape]),
  );

/** Columns or rows that are computed together. */
const BLOCK = 64;

/** What a linear function makes of each unit tensor of a type, stacked. */
function overBasis({ shape, dtype }: Tensor, f: (unit: Tensor) => readonly Tensor[]): Tensor[] {
  const size = sizeOf(shape);
  const all = vmap(f as (unit: Tensor) => Tensor[]);
  const blocks = Math.ceil(size / BLOCK);
  if (blocks <= 1) return all(reshape(cast(eye(size), dtype), [size, ...shape])) as Tensor[];
  const width = Math.ceil(size / blocks);
  const place = arange(width * blocks); // those past the last are units of nothing
  const { ys } = scan(
    (_carry, places: Tensor) => {
      const units = equal(reshape(places, [width, 1]), arange(size));
      return { carry: {}, y: all(reshape(cast(units, dtype), [width, ...shape])) as Tensors };
    },
    { init: {}, xs: reshape(place, [blocks, width]) },
  );
  return (ys as readonly Tensor[]).map((y) =>
    sliceAxis(reshape(y, [blocks * width, ...y.shape.slice(2)]), 0, 0, size),
  );
}

/**
 * All second derivatives: `H[…i, …j] = ∂²loss / ∂wrt[…i] ∂wrt[…j]`.
 * Shapes:   `wrt [...s]` → `[...s, ...s]`; for a structure, one block per pair in the structure twice over
 * @throws ShapeError for a loss that is not a scalar; DTypeError
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(hessian(sum(pow(x, 3)), x)); // → [[6, 0], [0, 12]]
 */
export function hessian<const S extends Tensors>(loss: Tensor, wrt: S): Mapped<S, Tensor, Gradients<S>> {
  const leaves = leavesOf("hessian", wrt, "wrt");
  const gradients = grad(loss, leaves) as readonly Tensor[];
  const rows = gradients.map((gradient) => jacobian<Tensors>(gradient, wrt));
  return withLeaves(wrt as Tensors, isTensor, rows) as never;
}
