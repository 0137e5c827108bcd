import { byteWidth } from "../../../dtype.ts";
import type { OverlapKernel } from "../../../lower/kernel.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Printed } from "./printed.ts";
import { type Axis, byteStrides, collapse, nest, rowsOf, showAxes } from "./rows.ts";
import { isEmpty } from "./rows-indices.ts";
import { add, costOfRows, moveRow, moveUnits, unitsOfRows } from "./rows-moves.ts";

/**
 * `target[...] += source[...]`, each place of the target in the row-major order of the source. Units are places of
 * an axis along which no two elements go to the same place (an image of the batch, a channel); 1 where there is none.
 */
export function printOverlap(module: ModuleBuilder, kernel: OverlapKernel): Printed {
  const { target, source } = kernel;
  const { dtype } = target.buffer;
  const axes = collapse(target.shape, [byteStrides(target), byteStrides(source)]);
  const apart = axisApart(axes);
  const ordered = apart ? [apart, ...axes.filter((axis) => axis !== apart)] : axes;
  const rows = rowsOf(ordered, byteWidth(dtype));
  const empty = isEmpty(target.shape);
  const move = add(dtype);
  const key = `overlap ${dtype} ${apart ? "apart" : "together"} ${showAxes(ordered)}`;
  const reference = module.once(key, () =>
    module.function(
      { name: key, params: ["i32", "i32", "i32", "i32"], results: [] },
      (f, to, from, low, high) => {
        if (empty) return;
        if (apart) moveUnits(f, move, rows, [to, from], [low, high]);
        else
          f.if(f.i32.lt_s(low, high), () => {
            nest(f, rows.outer, [to, from], ([a, b]) => moveRow(f, move, rows.bytes, a!, b!));
          });
      },
    ),
  );
  return {
    function: reference,
    pointers: [target, source],
    units: empty || !apart ? 1 : unitsOfRows(rows),
    cost: costOfRows(rows),
    scratchBytes: 0,
    fails: false,
  };
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * An axis whose index follows from the place in the target, so that different indices never meet: the outermost long
 * one, or the longest.
 * Sorted by stride, axes fall apart where all strides before are multiples of one number greater than everything
 * behind can add up to; an axis that is alone between two such cuts is apart.
 */
function axisApart(axes: readonly Axis[]): Axis | undefined {
  const stride = (axis: Axis): number => Math.abs(axis.strides[0]!);
  const sorted = [...axes].sort((a, b) => stride(b) - stride(a));
  const cut = (at: number): boolean => {
    const common = sorted.slice(0, at).reduce((g, axis) => divisor(g, stride(axis)), 0);
    const span = sorted.slice(at).reduce((sum, axis) => sum + (axis.length - 1) * stride(axis), 0);
    return at === 0 || common > span;
  };
  let best: Axis | undefined;
  for (const axis of axes) {
    const i = sorted.indexOf(axis);
    if (stride(axis) === 0 || !cut(i) || !cut(i + 1)) continue;
    if (!best || best.length < Math.min(axis.length, LONG)) best = axis;
  }
  return best;
}

/** Units enough for any number of threads. */
const LONG = 16;
