import { byteWidth } from "../../../dtype.ts";
import type { BoxKernel } from "../../../lower/kernel.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Printed } from "./printed.ts";
import { byteStrides, collapse, rowsOf, showAxes } from "./rows.ts";
import { isEmpty } from "./rows-indices.ts";
import { copy, costOfRows, moveUnits, unitsOfRows } from "./rows-moves.ts";

/**
 * Copies the box of `whole` that begins at `starts` (each moved into `0 … length - size`) to `part`, or `part` into it.
 * Units are places of the outermost axis, or blocks where the box is one row.
 */
export function printBox(module: ModuleBuilder, kernel: BoxKernel): Printed {
  const { direction, whole, starts, part } = kernel;
  const width = byteWidth(whole.buffer.dtype);
  const outside = byteStrides(whole);
  const inside = byteStrides(part);
  const axes = collapse(part.shape, direction === "out" ? [inside, outside] : [outside, inside]);
  const rows = rowsOf(axes, width);
  const step = byteStrides(starts)[0] ?? 0;
  const room = whole.shape.map((length, axis) => length - part.shape[axis]!);
  const empty = isEmpty(part.shape);
  const moved = room.map((most, axis) => `${most}:${outside[axis]}`).join(" ");
  const key = `box ${direction} ${width} ${showAxes(axes)} from ${step} ${moved}`;
  const reference = module.once(key, () =>
    module.function(
      { name: key, params: ["i32", "i32", "i32", "i32", "i32"], results: [] },
      (f, box, start, copied, low, high) => {
        if (empty) return;
        room.forEach((most, axis) => {
          if (most === 0) return;
          const at = f.keep(f.i32.load(axis === 0 ? start : f.i32.add(start, axis * step)));
          f.set(at, f.select(at, f.keep(f.i32.const(0)), f.i32.gt_s(at, 0)));
          f.set(at, f.select(at, f.keep(f.i32.const(most)), f.i32.lt_s(at, most)));
          f.set(box, f.i32.add(box, f.i32.mul(at, outside[axis]!)));
        });
        moveUnits(f, copy, rows, direction === "out" ? [copied, box] : [box, copied], [low, high]);
      },
    ),
  );
  return {
    function: reference,
    pointers: [whole, starts, part],
    units: empty ? 1 : unitsOfRows(rows),
    cost: costOfRows(rows),
    scratchBytes: 0,
    fails: false,
  };
}
