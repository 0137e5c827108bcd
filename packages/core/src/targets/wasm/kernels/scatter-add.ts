import { byteWidth } from "../../../dtype.ts";
import type { IndexCheck } from "../../../graph/index-check.ts";
import type { ScatterKernel } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Printed } from "./printed.ts";
import { type Axis, byteStrides, collapse, distanceAt, nest, rowsOf, showAxes } from "./rows.ts";
import { checkRow, eachPosition, isEmpty, loadIndex } from "./rows-indices.ts";
import { add, BLOCK, blocksBetween, costOfRows, countBlocks, moveBetween, moveRow } from "./rows-moves.ts";

/**
 * `target[indices[i], ...] += updates[i, ...]`; indices may have any number of axes, which the updates' begin with.
 * An element gets its updates in the order of the indices. Units are blocks of columns where rows are long and
 * without gaps, else rows of the target: either way one call does all additions to an element.
 * Returns 0, or 1 + the row-major position of the first index that is out of range; then nothing has been added, by
 * this call or any other, since each looks at all indices first.
 */
export function printScatterAdd(module: ModuleBuilder, kernel: ScatterKernel): Printed {
  const { target, indices, updates, check } = kernel;
  const { dtype } = target.buffer;
  const rank = indices.shape.length;
  const length = target.shape[0]!;
  const [step, ...to] = byteStrides(target);
  const from = byteStrides(updates);
  const places = collapse(indices.shape, [byteStrides(indices), from.slice(0, rank)]);
  const row = target.shape.slice(1);
  const axes = collapse(row, [to, from.slice(rank)]);
  const rows = rowsOf(axes, byteWidth(dtype));
  const count = sizeOf(indices.shape);
  const byColumns = rows.outer.length === 0 && rows.bytes >= 2 * BLOCK && !isEmpty(row);
  const move = add(dtype);
  const key = `scatterAdd ${dtype} ${length}:${step} ${check.negative} at ${count} ${showAxes(places)} row ${showAxes(axes)}`;

  /** Calls `visit` with each row of the target and the row added to it, from the byte `start` of rows on. */
  const eachRow = (
    f: FunctionBuilder,
    [into, index, source]: readonly [Pointer, Pointer, Pointer],
    visit: (row: Pointer, there: () => Pointer, here: () => Pointer) => void,
  ): void =>
    eachPosition(f, 0, count, (position) => {
      const at = loadIndex(f, places, index, position, length, check);
      const there = () => f.keep(f.i32.add(into, f.i32.mul(at, step!)));
      visit(at, there, () => f.keep(f.i32.add(source, distanceAt(f, places, 1, position))));
    });

  const reference = module.once(key, () =>
    module.function(
      { name: key, params: ["i32", "i32", "i32", "i32", "i32"], results: ["i32"] },
      (f, into, index, source, low, high) => {
        if (count > 0) checkAll(f, places, index, count, length, check);
        if (count > 0 && byColumns) {
          const range = blocksBetween(f, rows.bytes, low, high);
          const start = f.keep(f.i32.mul(low, BLOCK));
          for (const pointer of [into, source]) f.set(pointer, f.i32.add(pointer, start));
          eachRow(f, [into, index, source], (_, there, here) => {
            moveBetween(f, move, range, there(), here());
          });
        } else if (count > 0 && !isEmpty(row)) {
          const those = f.keep(f.i32.sub(high, low));
          eachRow(f, [into, index, source], (at, there, here) => {
            f.if(f.i32.lt_u(f.i32.sub(at, low), those), () => {
              nest(f, rows.outer, [there(), here()], ([a, b]) => moveRow(f, move, rows.bytes, a!, b!));
            });
          });
        }
        f.i32.const(0);
      },
    ),
  );
  return {
    function: reference,
    pointers: [target, indices, updates],
    units: Math.max(1, byColumns ? countBlocks(rows.bytes) : length),
    cost: costOfRows(rows, count),
    scratchBytes: 0,
    fails: true,
  };
}

type Pointer = Local<"i32">;

/** Looks at all indices. */
function checkAll(
  f: FunctionBuilder,
  places: readonly Axis[],
  index: Pointer,
  count: number,
  length: number,
  check: IndexCheck,
): void {
  eachPosition(f, 0, count, (position) => {
    checkRow(f, loadIndex(f, places, index, position, length, check), position, length);
  });
}
