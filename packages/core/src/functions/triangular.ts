import { ShapeError } from "../errors.ts";
import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { div, mul, neg, sub } from "../ops/arithmetic.ts";
import { greater, less, where } from "../ops/comparison.ts";
import { customGradient } from "../ops/control.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { flipLast, moveAxis, reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { checkOptionValues } from "../option-values.ts";
import { broadcastShapes, showShape } from "../shape.ts";
import { diagonal, inOneBatch, leadOf, toSquare, triangle } from "./matrices.ts";

/** What `triangularSolve` takes. */
export interface TriangularSolveOptions {
  /** Whether the lower triangle of `a` counts; otherwise the upper one. @default false */
  readonly lower?: boolean;
  /** Solves `aᵀ x = b`. @default false */
  readonly transposed?: boolean;
  /** Takes the diagonal of `a` for ones, whatever it holds. @default false */
  readonly unitDiagonal?: boolean;
}

type Triangle = Required<TriangularSolveOptions>;

/**
 * Solution of `a x = b` for triangular matrices, by substitution. The other triangle of `a` is not looked at. A zero on
 * the diagonal gives what division by zero gives.
 * Shapes:   `a [..., n, n], b [..., n, k]` → `[..., n, k]`, leading axes broadcast; a vector `b [n]` counts as one
 *   column → `[..., n]`
 * Gradient: `gb = a⁻ᵀ g`, `ga = −gb xᵀ` in its triangle
 * @throws ShapeError for matrices that are not square or don't fit; DTypeError for integers and booleans
 * Source: the options of `scipy.linalg.solve_triangular`; the rule of Giles 2008, "Collected matrix derivative results".
 * @example
 * evaluate(triangularSolve([[2, 0], [1, 4]], [2, 9], { lower: true })); // → [1, 2]
 * evaluate(triangularSolve([[2, 1], [0, 4]], [[4], [8]])); // → [[1], [2]]
 */
export function triangularSolve(a: Operand, b: Operand, options: TriangularSolveOptions = {}): Tensor {
  const {
    lower = false,
    transposed = false,
    unitDiagonal = false,
  } = checkOptionNames("triangularSolve", options, "lower transposed unitDiagonal");
  checkOptionValues("triangularSolve", {
    lower: [lower, truth],
    transposed: [transposed, truth],
    unitDiagonal: [unitDiagonal, truth],
  });
  return withScope("triangularSolve", () =>
    solveBatches("triangularSolve", a, b, (left, right) =>
      solved(left, right, { lower, transposed, unitDiagonal }),
    ),
  );
}

const truth = { text: "true or false", holds: (value: unknown) => typeof value === "boolean" };

/** Systems in one batch, `[batch, n, n]` and `[batch, n, k]`, from operands of any leading axes, and back. */
export function solveBatches(
  op: string,
  a: Operand,
  b: Operand,
  solve: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [left, given] = promoteAll(op, [a, b]) as [Tensor, Tensor];
  toSquare(op, left);
  const vector = given.shape.length === 1;
  const right = vector ? reshape(given, [-1, 1]) : given;
  const n = left.shape.at(-1)!;
  const lead = right.shape.length < 2 ? undefined : broadcastShapes(leadOf(left), leadOf(right));
  if (!lead || right.shape.at(-2) !== n) {
    throw new ShapeError({
      op,
      problem: `a ${showShape(left.shape)} and b ${showShape(given.shape)} don't fit`,
      rule: "a [..., n, n], b [..., n, k] or [n] → [..., n, k] or [..., n]",
    });
  }
  const columns = right.shape.at(-1)!;
  const x = solve(inOneBatch(left, lead), inOneBatch(right, lead));
  return reshape(x, vector ? [...lead, n] : [...lead, n, columns]);
}

function solved(a: Tensor, b: Tensor, triangle: Triangle): Tensor {
  const differentiable = customGradient(
    (a: Tensor, b: Tensor) => substituted(a, b, triangle),
    (g, x, [a]) => {
      const gb = solved(a, g, { ...triangle, transposed: !triangle.transposed });
      return [
        inTriangle(neg(triangle.transposed ? outerProducts(x, gb) : outerProducts(gb, x)), triangle),
        gb,
      ];
    },
  );
  return differentiable(a, b);
}

/** `a bᵀ` */
const outerProducts = (a: Tensor, b: Tensor): Tensor => matmul(a, flipLast(b));

const inTriangle = (x: Tensor, { lower, unitDiagonal }: Triangle): Tensor => {
  const strictly = unitDiagonal ? 1 : 0;
  return lower ? triangle(x, "lower", -strictly) : triangle(x, "upper", strictly);
};

/**
 * `xⱼ = bⱼ / aⱼⱼ`, then `bᵢ ← bᵢ − aᵢⱼ xⱼ` for all i behind j: a step for each column of `a [batch, n, n]`, all columns
 * of `b [batch, n, k]` together.
 */
export function substituted(
  a: Tensor,
  b: Tensor,
  { lower, transposed: flipped, unitDiagonal }: Triangle,
): Tensor {
  const [batch, n, columns] = b.shape as [number, number, number];
  const matrix = flipped ? flipLast(a) : a;
  const forward = lower !== flipped;
  const { ys } = scan(
    (rest: Tensor, { column, pivot, j }: { column: Tensor; pivot: Tensor; j: Tensor }) => {
      const row = take(rest, j, { axis: 1 });
      const x = unitDiagonal ? row : div(row, reshape(pivot, [batch, 1]));
      const behind = forward ? greater(arange(n), j) : less(arange(n), j);
      const factors = reshape(where(behind, column, 0), [batch, n, 1]);
      return { carry: sub(rest, mul(factors, reshape(x, [batch, 1, columns]))), y: x };
    },
    {
      init: b,
      xs: { column: moveAxis(matrix, 2, 0), pivot: moveAxis(diagonal(a), 1, 0), j: arange(n) },
      reverse: !forward,
    },
  );
  return moveAxis(ys, 0, 1);
}
