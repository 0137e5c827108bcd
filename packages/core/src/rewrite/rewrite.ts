import { constantOp } from "../graph/leaves.ts";
import type { Op } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import type { NDArray } from "../ndarray.ts";
import { broadcastToOp } from "../ops/broadcast.ts";

/** What a rewrite did: how often it fired, and why it looked and declined. */
export interface RewriteReport {
  fired: number;
  readonly declined: Record<string, number>;
}

/** Where a rewrite writes down what it does. */
export interface Log {
  fire(): void;
  decline(reason: string): void;
}

export type Needs = readonly (readonly Op[])[];

/** A step from a graph to one that computes the same sooner. */
export interface Rewrite {
  readonly name: string;
  /** What has to be in a graph or in a body of it: one op of each list. Elsewhere the rewrite is not run. Default: nothing. */
  readonly needs?: Needs;
  /** The same tensors, rewritten. */
  run(roots: readonly Tensor[], log: Log): Tensor[];
}

/** A log that writes into a report. */
export const logTo = (report: RewriteReport): Log => ({
  fire: () => {
    report.fired++;
  },
  decline: (reason) => {
    report.declined[reason] = (report.declined[reason] ?? 0) + 1;
  },
});

/** The number that a tensor is a literal of, spread to any shape; undefined for any other tensor. */
export function literalNumber({ node }: Tensor): number | undefined {
  let at: Node = node;
  while (at.op === broadcastToOp) at = at.inputs[0]!.node;
  if (at.op !== constantOp) return undefined;
  const { value } = at.attributes as { readonly value: NDArray };
  return value.shape.length === 0 ? value.data[0] : undefined;
}
