import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { finish, type Pieces } from "../pieces.ts";
import { commuteEmbedding } from "./commute-embedding.ts";
import { hoistProducts } from "./hoist-products.ts";
import { mergeHistories } from "./merge-histories.ts";
import { mergeProducts } from "./merge-products.ts";
import { mergeRows } from "./merge-rows.ts";
import { mergeTerms } from "./merge-terms.ts";
import { logTo, type Rewrite, type RewriteReport } from "./rewrite.ts";
import { simplify } from "./simplify.ts";
import { sinkProducts } from "./sink-products.ts";

const steps: readonly Rewrite[] = [
  simplify,
  hoistProducts,
  sinkProducts,
  simplify,
  commuteEmbedding,
  simplify,
  mergeTerms,
  mergeRows,
  simplify,
  mergeProducts,
  mergeHistories,
  simplify,
];

/** Rewrites by name; each can be switched off. */
export type RewriteName =
  | "simplify"
  | "hoistProducts"
  | "sinkProducts"
  | "commuteEmbedding"
  | "mergeTerms"
  | "mergeRows"
  | "mergeProducts"
  | "mergeHistories";

/** Which rewrites run; all by default. */
export type RewriteOptions = { readonly [Name in RewriteName]?: boolean };

/** Every rewrite left out. */
export const noRewrites: RewriteOptions = {
  simplify: false,
  hoistProducts: false,
  sinkProducts: false,
  commuteEmbedding: false,
  mergeTerms: false,
  mergeRows: false,
  mergeProducts: false,
  mergeHistories: false,
};

/** A graph after rewrites. */
export interface Rewritten {
  readonly roots: Tensor[];
  readonly reports: Readonly<Record<RewriteName, RewriteReport>>;
}

/** The same tensors, to be computed sooner, and what was done to them. */
export const rewriteAll = (roots: readonly Tensor[], options: RewriteOptions = {}): Rewritten =>
  finish(rewriteInPieces(roots, options));

export function* rewriteInPieces(roots: readonly Tensor[], options: RewriteOptions): Pieces<Rewritten> {
  const reports = Object.fromEntries(steps.map(({ name }) => [name, { fired: 0, declined: {} }])) as Record<
    RewriteName,
    RewriteReport
  >;
  let current = [...roots];
  let ops = opsIn(current);
  /** What a rewrite left as it found it. */
  const settled = new Map<Rewrite, readonly Tensor[]>();
  for (const step of steps) {
    const name = step.name as RewriteName;
    const applies = step.needs?.every((some) => some.some((op) => ops.has(op))) ?? true;
    if (options[name] === false || !applies || settled.get(step) === current) continue;
    yield;
    const next = step.run(current, logTo(reports[name]));
    if (next.every((tensor, i) => tensor === current[i])) settled.set(step, current);
    else {
      current = next;
      ops = opsIn(current);
    }
  }
  return { roots: current, reports };
}

/** The ops of a graph, those of bodies too. */
function opsIn(roots: readonly Tensor[]): Set<Op> {
  const ops = new Set<Op>();
  const pending = [roots];
  for (let outputs = pending.pop(); outputs; outputs = pending.pop()) {
    for (const { op, attributes } of ancestors(outputs)) {
      ops.add(op);
      if (op.bodies) for (const body of op.bodies(attributes)) pending.push(body.outputs);
    }
  }
  return ops;
}
