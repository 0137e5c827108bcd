import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray } from "../ndarray.ts";
import { broadcastShapes, type Shape, sizeOf } from "../shape.ts";
import { broadcastTo } from "./broadcast.ts";
import { type Binary, checkAlike, describeAll, numbers } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { multiply } from "./product.ts";
import { promoteAll } from "./promotion.ts";
import { flipLast, moveAxis, reshape } from "./reshape.ts";

const RULE = "[..., m, k] × [..., k, n] → [..., m, n]";

export const matmulOp: Op = defineOp<Binary>({
  name: "matmul",
  rule: RULE,
  type([a, b]) {
    checkAlike({ name: "matmul", rule: RULE, labels: ["a", "b"], takes: numbers }, [a, reshapeType(b, a)]);
    return { shape: [...a.shape.slice(0, -1), b.shape.at(-1)!], dtype: a.dtype };
  },
  evaluate([a, b], _, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    const [m, n] = [shape.at(-2)!, shape.at(-1)!];
    const k = a!.shape.at(-1)!;
    for (let i = 0; i < sizeOf(shape.slice(0, -2)); i++) {
      multiply({ m, k, n, a: a!.data, b: b!.data, y: y.data, offsets: [i * m * k, i * k * n, i * m * n] });
    }
    return y;
  },
  kernel: { kind: "product" },
  vjp: (g, _, [a, b]) => [matmul(g, flipLast(b)), matmul(flipLast(a), g)],
  // A matrix on the right that examples share takes all their rows at once; `matmul` does that.
  batch([a, b], _, { size }) {
    if (a.shape.length === 2) {
      // One on the left takes all their columns: as rows where each has one, and else side by side. There they have to
      // be copied, which costs what one row of the product does.
      const [m, k, n] = [a.shape[0]!, a.shape[1]!, b.shape[2]!];
      if (n === 1) return reshape(matmul(reshape(b, [size, k]), flipLast(a)), [size, m, 1]);
      if (m >= n)
        return moveAxis(reshape(matmul(a, reshape(moveAxis(b, 0, 1), [k, size * n])), [m, size, n]), 1, 0);
    }
    return matmul(a, b);
  },
});

/** Only for the check of dtypes: shapes have a check of their own. */
const reshapeType = (b: Tensor, a: Tensor): Tensor =>
  ({ dtype: b.dtype, shape: a.shape, name: b.name }) as Tensor;

/**
 * Matrix product, batched: `y = a b`. A vector counts as a row on the left and as a column on the right. A matrix on
 * the right of a batch is applied to all rows at once.
 * Shapes:   `a [..., m, k], b [..., k, n]` → `[..., m, n]`, leading axes broadcast
 * Gradient: `ga = g bᵀ`, `gb = aᵀ g`
 * @throws ShapeError where the inner dimensions differ
 * @example
 * evaluate(matmul([[1, 2], [3, 4]], [[1, 0], [1, 1]])); // → [[3, 2], [7, 4]]
 */
export function matmul(a: Operand, b: Operand): Tensor {
  const [left, right] = promoteAll("matmul", [a, b]) as [Tensor, Tensor];
  checkInner(left, right);
  if (right.shape.length === 1) return squeezeAt(matmul(left, reshape(right, [-1, 1])), -1);
  if (left.shape.length === 1) return squeezeAt(matmul(reshape(left, [1, -1]), right), -2);
  if (right.shape.length === 2 && left.shape.length > 2) return matmulRows(left, right);
  const lead = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  if (!lead) throw misfit("leading axes do not broadcast", left, right);
  const widen = (x: Tensor): Tensor => broadcastTo(x, [...lead, ...x.shape.slice(-2)]);
  return apply(matmulOp, [widen(left), widen(right)]);
}

function matmulRows(a: Tensor, b: Tensor): Tensor {
  const lead = a.shape.slice(0, -1);
  const rows = reshape(a, [sizeOf(lead), a.shape.at(-1)!]);
  return reshape(apply(matmulOp, [rows, b]), [...lead, b.shape[1]!]);
}

const squeezeAt = (x: Tensor, axis: number): Tensor =>
  reshape(
    x,
    x.shape.filter((_, i) => i !== x.shape.length + axis),
  );

function checkInner(a: Tensor, b: Tensor): void {
  if (a.shape.length === 0 || b.shape.length === 0)
    throw misfit("takes vectors and matrices, received a scalar", a, b);
  const inner = a.shape.at(-1)!;
  const rows = b.shape.length === 1 ? b.shape[0]! : b.shape.at(-2)!;
  if (inner === rows) return;
  throw misfit(`inner dimensions differ (${inner} ≠ ${rows})`, a, b, transposeHint(a, b));
}

/** Says which operand to transpose, where that would do. */
function transposeHint(a: Tensor, b: Tensor): string | undefined {
  const flipped = (shape: Shape): number[] => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
  if (b.shape.length === 2 && b.shape[1] === a.shape.at(-1))
    return `transpose(b) is [${flipped(b.shape).join(", ")}] and would fit`;
  const rows = b.shape.length === 1 ? b.shape[0] : b.shape.at(-2);
  if (a.shape.length === 2 && a.shape[0] === rows)
    return `transpose(a) is [${flipped(a.shape).join(", ")}] and would fit`;
  return undefined;
}

function misfit(problem: string, a: Tensor, b: Tensor, hint?: string): ShapeError {
  const operands = describeAll([a, b], ["a", "b"]).map(({ dtype: _, ...rest }) => rest);
  return new ShapeError({ op: "matmul", problem, operands, rule: RULE, ...(hint && { hint }) });
}
