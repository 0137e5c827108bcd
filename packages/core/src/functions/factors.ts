import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { div, mul, neg, sub } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { equal, greater, greaterEqual, logicalAnd, where } from "../ops/comparison.ts";
import { customGradient } from "../ops/control.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import { argsort } from "../ops/ordering.ts";
import { abs } from "../ops/piecewise.ts";
import { argmax } from "../ops/reduction.ts";
import { flipLast, reshape } from "../ops/reshape.ts";
import { expandDims } from "./arrangement.ts";
import { ones } from "./filled.ts";

import { takeAlong } from "./selection.ts";
import { prod } from "./statistics.ts";
import { substituted } from "./triangular.ts";

/** `P a = L U` of matrices in one batch. */
export interface Factors {
  /** U on and above the diagonal; below it L, whose diagonal are ones: `[batch, n, n]`. */
  readonly lu: Tensor;
  /** Row i of `P a` is row `rows[i]` of `a`: `i32 [batch, n]`. */
  readonly rows: Tensor;
  /** The determinant of P, 1 or −1: `[batch]`. */
  readonly sign: Tensor;
}

/**
 * LU factors of `a [batch, n, n]` by elimination with partial pivoting. They are meant for operands of
 * `customGradient` without a gradient: none is to go through these steps.
 * A column without a pivot is left as it is, with a zero on the diagonal.
 */
export function factorsOf(a: Tensor): Factors {
  const [batch, n] = a.shape as [number, number];
  const place = arange(n);
  const unmoved = broadcastTo(place, [batch, n]);
  if (n === 0) return { lu: a, rows: unmoved, sign: ones([batch], "i32") };
  const inColumn = (x: Tensor): Tensor => reshape(x, [batch, 1]);
  const { carry, ys } = scan(
    ({ lu, rows }: { lu: Tensor; rows: Tensor }, j: Tensor) => {
      const column = take(lu, j, { axis: 2 });
      const best = argmax(where(greaterEqual(place, j), abs(column), -1), { axis: 1 });
      const at = inColumn(best);
      const here = equal(place, j);
      const there = equal(place, at);
      const exchanged = (x: Tensor): Tensor =>
        where(here, takeAlong(x, at, { axis: 1 }), where(there, inColumn(take(x, j, { axis: 1 })), x));
      const pivotRow = reshape(
        takeAlong(lu, broadcastTo(reshape(best, [batch, 1, 1]), [batch, 1, n]), { axis: 1 }),
        [batch, 1, n],
      );
      const ownRow = reshape(take(lu, j, { axis: 1 }), [batch, 1, n]);
      const across = (x: Tensor): Tensor => expandDims(x, -1);
      const moved = where(across(here), pivotRow, where(across(there), ownRow, lu));
      const entries = exchanged(column);
      const pivot = inColumn(take(entries, j, { axis: 1 }));
      const below = greater(place, j);
      const l = across(where(logicalAnd(below, notZero(pivot)), div(entries, pivot), 0));
      const eliminated = sub(moved, mul(l, where(below, pivotRow, 0)));
      const stored = where(logicalAnd(across(below), here), l, eliminated);
      return { carry: { lu: stored, rows: exchanged(rows) }, y: where(equal(best, j), 1, -1) };
    },
    { init: { lu: a, rows: unmoved }, xs: place },
  );
  return { ...carry, sign: prod(ys, { axis: 0 }) };
}

const notZero = (x: Tensor): Tensor => greater(abs(x), 0);

/** `x` with `a x = b`, or with `aᵀ x = b`, by factors. */
function bySubstitution(lu: Tensor, rows: Tensor, b: Tensor, flipped: boolean): Tensor {
  const L = { lower: true, unitDiagonal: true };
  const U = { lower: false, unitDiagonal: false };
  const inOrder = (x: Tensor, order: Tensor): Tensor =>
    takeAlong(x, broadcastTo(reshape(order, [...order.shape, 1]), x.shape), { axis: 1 });
  if (!flipped) {
    const inner = substituted(lu, inOrder(b, rows), { ...L, transposed: false });
    return substituted(lu, inner, { ...U, transposed: false });
  }
  const inner = substituted(lu, b, { ...U, transposed: true });
  return inOrder(substituted(lu, inner, { ...L, transposed: true }), argsort(rows, { axis: 1 }));
}

/**
 * `a x = b`, or `aᵀ x = b`, from the factors of `a`, which are computed once for all orders: `gb = a⁻ᵀ g`,
 * `ga = −gb xᵀ`.
 */
export function solveWith(
  a: Tensor,
  { lu, rows }: Pick<Factors, "lu" | "rows">,
  b: Tensor,
  flipped = false,
): Tensor {
  const differentiable = customGradient(
    (_: Tensor, lu: Tensor, rows: Tensor, b: Tensor) => bySubstitution(lu, rows, b, flipped),
    (g, x, [a, lu, rows]) => {
      const gb = solveWith(a, { lu, rows }, g, !flipped);
      const ga = flipped ? matmul(x, flipLast(gb)) : matmul(gb, flipLast(x));
      return [neg(ga), null, null, gb];
    },
  );
  return differentiable(a, lu, rows, b);
}
