import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import type { Scope } from "./merges.ts";
import type { Log } from "./rewrite.ts";
import { transform } from "./transform.ts";

/** Nodes that can be computed together. */
export interface Kinship {
  /** Nodes of one kind may be siblings; undefined for a node of no kind. */
  kind(node: Node, scope: Scope): string | undefined;
  /** What stands for each of the siblings, given their operands; undefined where they stay apart. */
  merge(siblings: readonly Sibling[], scope: Scope, log: Log): readonly Tensor[] | undefined;
}

export interface Sibling {
  readonly node: Node;
  /** The operands, already rewritten. */
  readonly inputs: readonly Tensor[];
}

/**
 * Merges siblings that don't depend on one another. A node's rank is the largest number of nodes with siblings on a
 * way to it; only siblings of one rank merge. So no two that merge depend on one another, nor do two groups on each
 * other, and by ascending rank all operands of a group are there before it.
 */
export function mergeSiblings(scope: Scope, kinship: Kinship, log: Log): Tensor[] {
  const nodes = ancestors(scope.outputs);
  const kinds = new Map<Node, string>();
  for (const node of nodes) {
    const kind = scope.holds(node) ? kinship.kind(node, scope) : undefined;
    if (kind !== undefined) kinds.set(node, kind);
  }
  const kin = groupBy([...kinds.keys()], (node) => kinds.get(node)!).filter(({ length }) => length > 1);
  if (kin.length === 0) return [...scope.outputs];
  const related = new Set(kin.flat());
  const rank = ranks(nodes, related);
  const groups = new Map<Node, readonly Node[]>();
  for (const family of kin) {
    for (const siblings of groupBy(family, (node) => rank.get(node)!)) {
      if (siblings.length > 1) for (const node of siblings) groups.set(node, siblings);
      else log.decline("one is needed to compute the other");
    }
  }
  if (groups.size === 0) return [...scope.outputs];
  const merged = new Map<Node, Tensor | undefined>();
  const after = (node: Node): number => 2 * rank.get(node)! + (related.has(node) ? 1 : 0);
  return transform(
    scope.outputs,
    (node, _, __, current) => {
      const siblings = groups.get(node);
      if (!siblings) return undefined;
      if (!merged.has(node)) {
        const results = kinship.merge(
          siblings.map((sibling) => ({ node: sibling, inputs: sibling.inputs.map(current) })),
          scope,
          log,
        );
        if (results) log.fire();
        siblings.forEach((sibling, i) => {
          merged.set(sibling, results?.[i]);
        });
      }
      const result = merged.get(node);
      return result && [result];
    },
    { nodes: nodes.sort((a, b) => after(a) - after(b) || a.id - b.id) },
  );
}

function ranks(nodes: readonly Node[], related: ReadonlySet<Node>): Map<Node, number> {
  const rank = new Map<Node, number>();
  for (const node of nodes) {
    let highest = 0;
    for (const input of node.inputs) {
      highest = Math.max(highest, rank.get(input.node)! + (related.has(input.node) ? 1 : 0));
    }
    rank.set(node, highest);
  }
  return rank;
}

/** Items with the same key together, in the order in which keys come first. */
export function groupBy<T, K>(items: readonly T[], key: (item: T) => K): T[][] {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}
