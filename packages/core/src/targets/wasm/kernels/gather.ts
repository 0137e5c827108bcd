import { byteWidth } from "../../../dtype.ts";
import type { GatherKernel } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Printed } from "./printed.ts";
import { byteStrides, collapse, distanceAt, nest, rowsOf, showAxes } from "./rows.ts";
import { checkRow, eachPosition, isEmpty, loadIndex } from "./rows-indices.ts";
import { copy, costOfRows, moveRow } from "./rows-moves.ts";

/**
 * `result[i, ...] = table[indices[i], ...]`; indices may have any number of axes, which the result's begin with.
 * Units are rows of the result. Returns 0, or 1 + the row-major position of the first index that is out of range
 * among its units; of several calls the smallest such number tells the first one of all.
 */
export function printGather(module: ModuleBuilder, kernel: GatherKernel): Printed {
  const { table, indices, result, check } = kernel;
  const width = byteWidth(table.buffer.dtype);
  const rank = indices.shape.length;
  const length = table.shape[0]!;
  const [step, ...from] = byteStrides(table);
  const to = byteStrides(result);
  const places = collapse(indices.shape, [byteStrides(indices), to.slice(0, rank)]);
  const row = table.shape.slice(1);
  const axes = collapse(row, [to.slice(rank), from]);
  const rows = rowsOf(axes, width);
  const count = sizeOf(indices.shape);
  const key = `gather ${width} ${length}:${step} ${check.negative} at ${count} ${showAxes(places)} row ${showAxes(axes)}`;
  const reference = module.once(key, () =>
    module.function(
      { name: key, params: ["i32", "i32", "i32", "i32", "i32"], results: ["i32"] },
      (f, source, index, target, low, high) => {
        if (count > 0)
          eachPosition(f, low, high, (position) => {
            const at = loadIndex(f, places, index, position, length, check);
            checkRow(f, at, position, length);
            if (isEmpty(row)) return;
            const there = f.keep(f.i32.add(target, distanceAt(f, places, 1, position)));
            const here = f.keep(f.i32.add(source, f.i32.mul(at, step!)));
            nest(f, rows.outer, [there, here], ([a, b]) => moveRow(f, copy, rows.bytes, a!, b!));
          });
        f.i32.const(0);
      },
    ),
  );
  return {
    function: reference,
    pointers: [table, indices, result],
    units: Math.max(1, count),
    cost: costOfRows(rows, count),
    scratchBytes: 0,
    fails: true,
  };
}
