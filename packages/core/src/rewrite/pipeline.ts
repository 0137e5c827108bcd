import type { Tensor } from "../graph/tensor.ts";
import { finish, type Pieces } from "../pieces.ts";
import { commuteEmbedding } from "./commute-embedding.ts";
import { hoistProducts } from "./hoist-products.ts";
import { mergeHistories } from "./merge-histories.ts";
import { mergeProducts } from "./merge-products.ts";
import { mergeRows } from "./merge-rows.ts";
import { mergeTerms } from "./merge-terms.ts";
import { logTo, type RewriteReport } from "./rewrite.ts";
import { simplify } from "./simplify.ts";
import { sinkProducts } from "./sink-products.ts";

const steps = [
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
  simplify,
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
  for (const { name, run } of steps) {
    if (options[name as RewriteName] === false) continue;
    yield;
    current = run(current, logTo(reports[name as RewriteName]));
  }
  return { roots: current, reports };
}
