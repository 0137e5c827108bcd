import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { callOp } from "../loops/checkpoint.ts";
import { loopOp } from "../loops/loop.ts";
import { concat, concatOp, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { insideCall } from "./loops.ts";
import { closeLoop, type OpenLoop, visitLoop } from "./open-loop.ts";
import type { Log, Rewrite } from "./rewrite.ts";
import { historiesOf } from "./side-by-side.ts";
import { type Results, transform } from "./transform.ts";

/**
 * Histories of one loop that are joined behind it are one history of what is joined in each step:
 * `[stack(aₜ) stack(bₜ)]` → `stack([aₜ bₜ])`, also where steps and rows are one axis. Whoever reads one of them alone
 * reads a view.
 */
export const mergeHistories: Rewrite = {
  name: "mergeHistories",
  needs: [[loopOp], [concatOp]],
  run(roots, log) {
    const rows = rowsOf(roots);
    const made = new Map<Row, Tensor>();
    return transform(
      roots,
      (node, inputs, wanted) => {
        const inside = (outputs: readonly Tensor[]): Tensor[] => mergeHistories.run(outputs, log);
        if (node.op === callOp) return insideCall(node, inputs, inside);
        if (node.op === loopOp) {
          const { asItIs, open } = visitLoop(node, inputs, wanted, inside);
          const joined = rows.loops.get(node);
          return joined ? closeWithRows(open(), joined, made, log) : (asItIs ?? closeLoop(open()));
        }
        const row = rows.concats.get(node);
        const history = row && made.get(row);
        return history && [reshape(history, node.results[0]!.shape)];
      },
      { ops: [callOp, loopOp, concatOp] },
    );
  },
};

/** Histories that are joined along an axis of the body. */
interface Row {
  readonly indices: readonly number[];
  readonly axis: number;
}

/** What is joined of each loop, longest rows first, and by which nodes. */
function rowsOf(roots: readonly Tensor[]): { loops: Map<Node, Row[]>; concats: Map<Node, Row> } {
  const loops = new Map<Node, Row[]>();
  const concats = new Map<Node, Row>();
  for (const node of ancestors(roots)) {
    if (node.op !== concatOp) continue;
    const found = historiesOf(node.inputs);
    const { axis } = node.attributes as { readonly axis: number };
    if (!found || axis === 0) continue;
    const row: Row = { indices: found.indices, axis: axis - 1 + found.folded };
    concats.set(node, row);
    const known = loops.get(found.loop);
    if (known) known.push(row);
    else loops.set(found.loop, [row]);
  }
  for (const known of loops.values()) known.sort((a, b) => b.indices.length - a.indices.length);
  return { loops, concats };
}

/** The loop with a history for each row, of which shorter rows and single histories are views where they are. */
function closeWithRows(loop: OpenLoop, rows: readonly Row[], made: Map<Row, Tensor>, log: Log): Results {
  const tensors = new Map(loop.ys.map(({ index, tensor }) => [index, tensor]));
  const whole = rows.filter((row, i) => !rows.slice(0, i).some((longer) => startIn(longer, row) >= 0));
  const free = 1 + Math.max(...loop.carries.map(({ index }) => index), ...loop.ys.map(({ index }) => index));
  const added = whole.map(({ indices, axis }, i) => ({
    index: free + i,
    tensor: concat(
      indices.map((index) => tensors.get(index)!),
      { axis },
    ),
  }));
  const results = [...closeLoop({ ...loop, ys: [...loop.ys, ...added] })];
  for (const row of rows) {
    const at = whole.findIndex((longer) => startIn(longer, row) >= 0);
    log.fire();
    made.set(row, viewOf(results[free + at]!, whole[at]!, row, tensors));
  }
  for (const { index } of loop.ys) {
    const at = whole.findIndex(({ indices }) => indices.includes(index));
    const { axis } = whole[at] ?? { axis: 0 };
    if (at >= 0)
      results[index] = viewOf(results[free + at]!, whole[at]!, { indices: [index], axis }, tensors);
  }
  return results;
}

/** Where a row starts in a longer one, or -1. */
function startIn(longer: Row, { indices, axis }: Row): number {
  if (axis !== longer.axis) return -1;
  return longer.indices.findIndex((_, at) => indices.every((index, i) => longer.indices[at + i] === index));
}

/** The part of a history that is a shorter row's. */
function viewOf(history: Tensor, longer: Row, row: Row, tensors: ReadonlyMap<number, Tensor>): Tensor {
  const width = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + tensors.get(index)!.shape[row.axis]!, 0);
  const start = width(longer.indices.slice(0, startIn(longer, row)));
  return sliceAxis(history, row.axis + 1, start, start + width(row.indices));
}
