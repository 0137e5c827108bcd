import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { add, addOp } from "../ops/arithmetic.ts";
import { matmul, matmulOp } from "../ops/matmul.ts";
import { reshape, reshapeOp } from "../ops/reshape.ts";
import { mergeRewrite, type Scope, times } from "./merges.ts";
import type { Log, Rewrite } from "./rewrite.ts";
import { groupBy } from "./siblings.ts";
import { inOrder, joined, loopOf, pays, sourceOf } from "./side-by-side.ts";
import { transform } from "./transform.ts";

/**
 * A sum of products is one product: `A₁ B₁ + A₂ B₂ + …` → `[A₁ A₂ …] [B₁; B₂; …]`, where nobody else reads a term.
 * Other terms of the sum stay. Changes the order of the sum.
 */
export const mergeTerms: Rewrite = mergeRewrite("mergeTerms", [[matmulOp], [addOp]], merge);

function merge(scope: Scope, log: Log): Tensor[] {
  const readers = countReaders(scope);
  const alone = (tensor: Tensor): boolean => readers.get(tensor) === 1;
  const nodes = ancestors(scope.outputs);
  const sums = nodes.filter((node) => node.op === addOp && scope.holds(node));
  const isInner = (term: Tensor): boolean => term.op === addOp && scope.holds(term.node) && alone(term);
  const inner = new Set(sums.flatMap((node) => node.inputs.filter(isInner)));
  const merged = new Map<Node, { readonly terms: Tensor[]; readonly products: Tensor[][] }>();
  for (const node of sums) {
    if (inner.has(node.result())) continue;
    const terms = termsOf(node, isInner);
    const products = mergeable(terms.filter((term) => isProduct(term, scope, alone)));
    if (products.length > 0) merged.set(node, { terms, products });
  }
  if (merged.size === 0) return [...scope.outputs];
  return transform(
    scope.outputs,
    (node, _, __, current) => {
      const sum = merged.get(node);
      if (!sum) return undefined;
      const done = new Set<Tensor>();
      const made = sum.products.flatMap((products) => {
        const product = mergeProducts(products.map(product2d), current, scope, log);
        if (!product) return [];
        log.fire();
        for (const term of products) done.add(term);
        return [reshape(product, products[0]!.shape)];
      });
      if (made.length === 0) return undefined;
      const rest = sum.terms.filter((term) => !done.has(term)).map(current);
      return [[...rest, ...made].reduce((total, term) => add(total, term))];
    },
    { nodes },
  );
}

/** How often each tensor is read in the scope or leaves it. */
function countReaders({ outputs }: Scope): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const read = (tensor: Tensor): void => {
    counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  };
  for (const node of ancestors(outputs)) node.inputs.forEach(read);
  outputs.forEach(read);
  return counts;
}

/** The terms of a sum from left to right, through the sums in it. */
function termsOf(sum: Node, isInner: (term: Tensor) => boolean): Tensor[] {
  const terms: Tensor[] = [];
  const pending = [...sum.inputs].reverse();
  for (let term = pending.pop(); term; term = pending.pop()) {
    if (isInner(term)) pending.push(...[...term.inputs].reverse());
    else terms.push(term);
  }
  return terms;
}

const product2d = (term: Tensor): Tensor => (term.op === reshapeOp ? term.inputs[0]! : term);

function isProduct(term: Tensor, { holds }: Scope, alone: (tensor: Tensor) => boolean): boolean {
  const product = product2d(term);
  const { op, shape, node } = product;
  return op === matmulOp && shape.length === 2 && holds(node) && alone(term) && alone(product);
}

/** Two or more products at a time, of one shape. Histories of several loops could only be copied side by side. */
function mergeable(terms: readonly Tensor[]): Tensor[][] {
  const kind = (term: Tensor): string => {
    const { shape, inputs } = product2d(term);
    return `${shape} ${loopOf(inputs[0]!)}`;
  };
  return groupBy(terms, kind).filter(({ length }) => length > 1);
}

function mergeProducts(
  products: readonly Tensor[],
  current: (tensor: Tensor) => Tensor,
  scope: Scope,
  log: Log,
): Tensor | undefined {
  const [rows, columns] = products[0]!.shape as readonly [number, number];
  const pairs = products.map(({ inputs }) => inputs.map(current) as [Tensor, Tensor]);
  const lefts = pairs.map(([left]) => left);
  const rights = pairs.map(([, right]) => right);
  // What one loop made is written side by side from the start (mergeRows, mergeHistories).
  const copied = loopOf(lefts[0]!) === undefined ? [columns * times(scope, lefts)] : [];
  if (!pays([...copied, rows * times(scope, rights)])) {
    log.decline("products too small to be worth joining their factors");
    return undefined;
  }
  const oneSource = new Set(lefts.map((left) => sourceOf(left).node)).size === 1;
  const ordered = inOrder(pairs, ([left, right]) => (oneSource ? left : right));
  return matmul(
    joined(
      ordered.map(([left]) => left),
      1,
    ),
    joined(
      ordered.map(([, right]) => right),
      0,
    ),
  );
}
