import { apply } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { callOp } from "../loops/checkpoint.ts";
import { loopOp } from "../loops/loop.ts";
import { add, addOp } from "../ops/arithmetic.ts";
import { type Rows, scatterAddOp, takeOp } from "../ops/indexing.ts";
import { matmul, matmulOp } from "../ops/matmul.ts";
import { fill } from "../ops/promotion.ts";
import { reshape, reshapeOp, transpose, transposeOp } from "../ops/reshape.ts";
import { sizeOf } from "../shape.ts";
import { insideCall } from "./loops.ts";
import { closeLoop, visitLoop } from "./open-loop.ts";
import { type Log, literalNumber, type Rewrite } from "./rewrite.ts";
import { transform } from "./transform.ts";

/**
 * Products with rows of a table are products with the table, where it has fewer rows than are taken:
 *
 *     take(E, ids) W        = take(E W, ids)
 *     take(E, ids)ᵀ G       = Eᵀ scatterAdd(0, ids, G)
 *     scatterAdd(0, ids, G W) = scatterAdd(0, ids, G) W
 */
export const commuteEmbedding: Rewrite = {
  name: "commuteEmbedding",
  needs: [[matmulOp], [takeOp, scatterAddOp]],
  run: (roots, log) =>
    transform(
      roots,
      (node, inputs, wanted) => {
        const inside = (outputs: readonly Tensor[]): Tensor[] => commuteEmbedding.run(outputs, log);
        if (node.op === callOp) return insideCall(node, inputs, inside);
        if (node.op === loopOp) {
          const { asItIs, open } = visitLoop(node, inputs, wanted, inside);
          return asItIs ?? closeLoop(open());
        }
        const commuted = commute(node, inputs, log);
        return commuted && [commuted];
      },
      { ops: [callOp, loopOp, matmulOp, scatterAddOp] },
    ),
};

function commute({ op, results, attributes }: Node, inputs: readonly Tensor[], log: Log): Tensor | undefined {
  if (op === scatterAddOp)
    return commuteScatter(inputs as readonly [Tensor, Tensor, Tensor], attributes as Rows, log);
  if (op !== matmulOp || results[0]!.shape.length !== 2) return undefined;
  const [left, right] = inputs as readonly [Tensor, Tensor];
  const taken = rowsTaken(left, log);
  if (taken) {
    log.fire();
    return apply(takeOp, [matmul(taken.table, right), taken.ids], taken.how);
  }
  const turned = left.op === transposeOp ? rowsTaken(left.inputs[0]!, log) : undefined;
  if (!turned) return undefined;
  log.fire();
  const { table, ids, how } = turned;
  return matmul(transpose(table), scatterInto(table.shape[0]!, ids, right, how));
}

interface RowsTaken {
  readonly table: Tensor;
  /** Flat. */
  readonly ids: Tensor;
  readonly how: Rows;
}

/** The table and the ids of a matrix whose rows are taken from a table with fewer rows. */
function rowsTaken(matrix: Tensor, log: Log): RowsTaken | undefined {
  const source = matrix.op === reshapeOp ? matrix.inputs[0]! : matrix;
  if (source.op !== takeOp) return undefined;
  const [table, ids] = source.inputs as readonly [Tensor, Tensor];
  if (table.shape.length !== 2 || matrix.shape.length !== 2 || matrix.shape[1] !== table.shape[1])
    return undefined;
  if (!isSmaller(table.shape[0]!, ids, log)) return undefined;
  return { table, ids: reshape(ids, [sizeOf(ids.shape)]), how: source.node.attributes as Rows };
}

function isSmaller(rows: number, ids: Tensor, log: Log): boolean {
  if (rows < sizeOf(ids.shape)) return true;
  log.decline("the table has no fewer rows than are taken");
  return false;
}

function scatterInto(rows: number, ids: Tensor, updates: Tensor, how: Rows): Tensor {
  const zeros = fill(0, { shape: [rows, updates.shape[1]!], dtype: updates.dtype });
  return apply(scatterAddOp, [zeros, ids, updates], how);
}

/** Rows added up before the product: the product then has one row per row of the table. */
function commuteScatter(
  [target, ids, updates]: readonly [Tensor, Tensor, Tensor],
  how: Rows,
  log: Log,
): Tensor | undefined {
  if (literalNumber(target) !== 0 || target.shape.length !== 2) return undefined;
  const [rows, width] = target.shape as readonly [number, number];
  const count = sizeOf(ids.shape);
  const terms = productTerms(updates, [count, width]);
  if (!terms || !isSmaller(rows, ids, log)) return undefined;
  log.fire();
  const flat = reshape(ids, [count]);
  return terms
    .map(([g, w]) => matmul(scatterInto(rows, flat, g, how), w))
    .reduce((total, term) => add(total, term));
}

/** The factors of a sum of matrix products of one shape, whatever reshapes lie between. */
function productTerms(
  tensor: Tensor,
  shape: readonly [number, number],
): (readonly [Tensor, Tensor])[] | undefined {
  if (tensor.op === reshapeOp) return productTerms(tensor.inputs[0]!, shape);
  if (tensor.op === addOp) {
    const [a, b] = tensor.inputs.map((term) => productTerms(term, shape));
    return a && b && [...a, ...b];
  }
  const fits =
    tensor.op === matmulOp &&
    tensor.shape.length === 2 &&
    tensor.shape[0] === shape[0] &&
    tensor.shape[1] === shape[1];
  return fits ? [tensor.inputs as readonly Tensor[] as readonly [Tensor, Tensor]] : undefined;
}
