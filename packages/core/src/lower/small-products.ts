import type { KernelRule } from "../graph/kernel-rule.ts";
import type { Op } from "../graph/op.ts";
import type { Node } from "../graph/tensor.ts";
import { addOp, mulOp } from "../ops/arithmetic.ts";
import { sizeOf } from "../shape.ts";
import { load } from "./expressions.ts";
import type { Expression, MapKernel, View } from "./kernel.ts";

/** Terms of an element, and multiplications of a product, up to which products are small. */
const MOST_TERMS = 6;
const MOST_MULTIPLICATIONS = 64;
/** So many of them are worth it. */
const LEAST_PRODUCTS = 4;

/**
 * Many products of small matrices as a map, `y[…, i, j] = Σₖ a[…, i, k] b[…, k, j]` with the sum written out: vectors lie
 * along whichever axis suits, and the map joins others. One after another, calls would cost more than their arithmetic.
 * Undefined where products are few or larger.
 */
export function smallProducts(a: View, b: View, y: View, node: Node): MapKernel | undefined {
  const { shape } = y;
  const terms = a.shape.at(-1)!;
  const multiplications = terms * sizeOf(shape.slice(-2));
  const small = terms <= MOST_TERMS && multiplications <= MOST_MULTIPLICATIONS;
  if (!small || sizeOf(shape.slice(0, -2)) < LEAST_PRODUCTS) return undefined;
  const apply = (op: Op, operands: readonly Expression[]): Expression => {
    const rule = op.kernel as Extract<KernelRule<unknown>, { kind: "map" }>;
    return { kind: "apply", rule, cheap: op.cheap, attributes: undefined, operands, type: node.results[0]! };
  };
  // The elements that a term takes from a factor: `own` is its axis of terms, 1 from the end or 2.
  const factor = (view: View, own: number, term: number): Expression => {
    const axis = view.strides.length - own;
    return load({
      ...view,
      shape,
      offset: view.offset + term * view.strides[axis]!,
      strides: view.strides.with(axis, 0),
    });
  };
  const products = Array.from({ length: terms }, (_, term) =>
    apply(mulOp, [factor(a, 1, term), factor(b, 2, term)]),
  );
  const value = products.reduce((sum, product) => apply(addOp, [sum, product]));
  return { kind: "map", shape, stores: [{ view: y, value }], nodes: [node] };
}
