import { apply } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Rows, scatterAddOp, takeOp } from "../ops/indexing.ts";
import { fill } from "../ops/promotion.ts";
import { concat } from "../ops/rearrange.ts";
import { sizeOf } from "../shape.ts";
import { mergeRewrite, times } from "./merges.ts";
import { literalNumber, type Rewrite } from "./rewrite.ts";
import { type Kinship, mergeSiblings } from "./siblings.ts";
import { historiesOf, idOf, inOrder, joined, loopOf, parted } from "./side-by-side.ts";

/**
 * Rows with the same ids are taken and added up together:
 *
 *     take(T₁, ids), take(T₂, ids), …                         → the parts of take([T₁ T₂ …], ids)
 *     scatterAdd(0, ids, G₁), scatterAdd(0, ids, G₂), …       → the parts of scatterAdd(0, ids, [G₁ G₂ …])
 *
 * where the tables have no more rows than are taken, and the `Gᵢ` are histories of one loop.
 */
export const mergeRows: Rewrite = mergeRewrite("mergeRows", [[takeOp, scatterAddOp]], (scope, log) =>
  mergeSiblings({ ...scope, outputs: mergeSiblings(scope, takes, log) }, scatters, log),
);

const wraps = (attributes: unknown): boolean => (attributes as Rows).check.negative;

const takes: Kinship = {
  kind({ op, attributes, inputs: [table, ids] }) {
    return op === takeOp && table!.shape.length === 2
      ? `${idOf(ids!)} ${wraps(attributes)} ${table!.shape[0]} ${table!.dtype}`
      : undefined;
  },
  merge(siblings, scope, log) {
    const ids = siblings[0]!.inputs[1]!;
    const ordered = inOrder(siblings, ({ inputs }) => inputs[0]!);
    const tables = ordered.map(({ inputs }) => inputs[0]!);
    if (tables[0]!.shape[0]! > sizeOf(ids.shape) * times(scope, tables)) {
      log.decline("the tables have more rows than are taken");
      return undefined;
    }
    const whole = apply(takeOp, [joined(tables, 1), ids], siblings[0]!.node.attributes);
    const parts = parted(
      whole,
      ids.shape.length,
      tables.map(({ shape }) => shape[1]!),
    );
    return siblings.map((sibling) => parts[ordered.indexOf(sibling)]!);
  },
};

const scatters: Kinship = {
  kind({ op, attributes, inputs: [target, ids, updates] }) {
    return op === scatterAddOp && target!.shape.length === 2 && literalNumber(target!) === 0
      ? `${idOf(ids!)} ${wraps(attributes)} ${target!.shape[0]} ${target!.dtype} ${loopOf(updates!)}`
      : undefined;
  },
  merge(siblings, _, log) {
    const [target, ids] = siblings[0]!.inputs as readonly [Tensor, Tensor, Tensor];
    const ordered = inOrder(siblings, ({ inputs }) => inputs[2]!);
    const updates = ordered.map(({ inputs }) => inputs[2]!);
    if (!historiesOf(updates)) {
      log.decline("the rows to add up would be copied");
      return undefined;
    }
    const widths = updates.map(({ shape }) => shape.at(-1)!);
    const width = widths.reduce((sum, each) => sum + each, 0);
    const zeros = fill(0, { shape: [target.shape[0]!, width], dtype: target.dtype });
    const operands = [zeros, ids!, concat(updates, { axis: -1 })];
    const whole = apply(scatterAddOp, operands, siblings[0]!.node.attributes);
    const parts = parted(whole, 1, widths);
    return siblings.map((sibling) => parts[ordered.indexOf(sibling)]!);
  },
};
