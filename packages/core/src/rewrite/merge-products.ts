import type { Tensor } from "../graph/tensor.ts";
import { matmul, matmulOp } from "../ops/matmul.ts";
import { mergeRewrite, times } from "./merges.ts";
import type { Rewrite } from "./rewrite.ts";
import { type Kinship, mergeSiblings } from "./siblings.ts";
import { historiesOf, idOf, inOrder, joined, loopOf, parted, pays } from "./side-by-side.ts";

/**
 * Products that share a factor are parts of one product:
 *
 *     A B₁, A B₂, …  → the parts of A [B₁ B₂ …]
 *     A₁ B, A₂ B, …  → the parts of [A₁; A₂; …] B
 *
 * In a loop that does not change them, the others are joined before it. Left factors that do change stay apart: they
 * would be copied for a right factor that a product reads only once for many rows.
 */
export const mergeProducts: Rewrite = mergeRewrite("mergeProducts", [[matmulOp]], (scope, log) =>
  mergeSiblings({ ...scope, outputs: mergeSiblings(scope, sharing(0), log) }, sharing(1), log),
);

/** Products with the same left factor (0) or the same right factor (1). */
const sharing = (side: 0 | 1): Kinship => {
  const other = side === 0 ? 1 : 0;
  const otherOf = ({ inputs }: { readonly inputs: readonly Tensor[] }): Tensor => inputs[other]!;
  return {
    kind(node, { holds }) {
      if (node.op !== matmulOp || node.results[0]!.shape.length !== 2) return undefined;
      const factor = otherOf(node);
      return `${idOf(node.inputs[side]!)} ${holds(factor.node)} ${loopOf(factor)}`;
    },
    merge(siblings, scope, log) {
      const shared = siblings[0]!.inputs[side]!;
      const ordered = inOrder(siblings, otherOf);
      const others = ordered.map(otherOf);
      const steps = times(scope, others);
      if (side === 1 && steps === 1) {
        log.decline("left factors would be copied for a right factor that is read once anyway");
        return undefined;
      }
      if (!historiesOf(others) && !pays([shared.shape[side]! * steps])) {
        log.decline("products too small to be worth joining their factors");
        return undefined;
      }
      const joint = joined(others, other);
      const whole = side === 0 ? matmul(shared, joint) : matmul(joint, shared);
      const sizes = others.map(({ shape }) => shape[other]!);
      const parts = parted(whole, other, sizes);
      return siblings.map((sibling) => parts[ordered.indexOf(sibling)]!);
    },
  };
};
