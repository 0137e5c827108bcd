import { sizeOf } from "../shape.ts";
import { accessesOf, everyKernel, ownReads } from "./accesses.ts";
import { mapLoads } from "./expressions.ts";
import type { Buffer, Expression, GatherKernel, Kernel, MapKernel, View } from "./kernel.ts";
import type { Pass, PassContext } from "./pass.ts";
import { isDense } from "./view.ts";

/**
 * Maps look rows up where they read them, instead of reading copies that a look-up made: worth it where the table is
 * smaller than the copy, and stays in the cache. What is left of the look-up checks the indices. Runs last: no other
 * pass knows look-ups in expressions.
 */
export const fuseLookups: Pass<"fuseLookups"> = { name: "fuseLookups", run };

function run(kernels: readonly Kernel[], { kept, log }: PassContext): Kernel[] {
  let current = [...kernels];
  for (const gather of everyKernel(kernels)) {
    if (gather.kind !== "gather") continue;
    const problem = whyNot(gather, current, kept);
    if (problem === undefined) {
      current = withLookups(current, gather);
      log.fire();
    } else log.decline(problem);
  }
  return current;
}

function whyNot(
  gather: GatherKernel,
  kernels: readonly Kernel[],
  kept: ReadonlySet<Buffer>,
): string | undefined {
  const { table, indices, result } = gather;
  const { buffer } = result;
  const row = table.shape.slice(1);
  const dense = isDense(result) && isDense({ offset: 0, shape: row, strides: table.strides.slice(1) });
  if (!dense || result.offset !== 0 || result.advances.length > 0 || sizeOf(row) < 4)
    return "its rows are not dense";
  if (2 * sizeOf(table.shape) > sizeOf(result.shape)) return "the table is no smaller than the rows taken";
  if (kept.has(buffer) || buffer.home !== "arena") return "the rows are read from outside";
  const fixed = new Set([table.buffer, indices.buffer]);
  let seen = false;
  for (const kernel of everyKernel(kernels)) {
    if (kernel.kind === "loop") {
      if (ownReads(kernel).some((view) => view.buffer === buffer)) return "a loop reads the rows";
      continue;
    }
    const { reads, writes } = accessesOf(kernel);
    if (kernel === gather) seen = true;
    else if (writes.some((view) => view.buffer === buffer)) return "the rows are written elsewhere as well";
    else if (seen && writes.some((view) => fixed.has(view.buffer))) return "the table changes later";
    const loads = reads.filter((view) => view.buffer === buffer);
    if (loads.length === 0) continue;
    if (kernel.kind !== "map") return `a ${kernel.kind} kernel reads the rows`;
    if (!loads.every((view) => splitRows(view, sizeOf(row))))
      return "rows and columns are read across each other";
  }
  return seen ? undefined : "it is done already";
}

/** A view of rows of some width as a view of row numbers and one of columns; undefined where it mixes the two. */
function splitRows(
  view: View,
  width: number,
): { rows: Omit<View, "buffer">; columns: Omit<View, "buffer"> } | undefined {
  const { offset, shape, strides, advances } = view;
  const across = strides.map((stride) => stride >= width);
  const whole = strides.every((stride, axis) => (across[axis] ? stride % width === 0 : stride >= 0));
  if (!whole || !advances.every(({ stride }) => stride % width === 0)) return undefined;
  const reach = shape.reduce(
    (sum, length, axis) => sum + (across[axis] ? 0 : (length - 1) * strides[axis]!),
    0,
  );
  if ((offset % width) + reach >= width) return undefined;
  return {
    rows: {
      shape,
      offset: Math.floor(offset / width),
      strides: strides.map((stride, axis) => (across[axis] ? stride / width : 0)),
      advances: advances.map((advance) => ({ ...advance, stride: advance.stride / width })),
    },
    columns: {
      shape,
      offset: offset % width,
      strides: strides.map((stride, axis) => (across[axis] ? 0 : stride)),
      advances: [],
    },
  };
}

function withLookups(kernels: readonly Kernel[], gather: GatherKernel): Kernel[] {
  const { buffer } = gather.result;
  return kernels.map((kernel): Kernel => {
    if (kernel.kind === "loop") return { ...kernel, body: withLookups(kernel.body, gather) };
    if (kernel === gather) return onlyChecked(gather);
    if (kernel.kind !== "map" || !accessesOf(kernel).reads.some((view) => view.buffer === buffer))
      return kernel;
    return lookingUp(kernel, gather);
  });
}

/** A look-up of rows of no elements checks its indices, and that is all. */
const onlyChecked = (gather: GatherKernel): GatherKernel => {
  const { table, indices } = gather;
  return {
    ...gather,
    table: { ...table, shape: [table.shape[0]!, 0], strides: [0, 0] },
    result: { ...indices, shape: [indices.shape[0]!, 0], strides: [0, 0] },
  };
};

function lookingUp(map: MapKernel, { table, indices, result }: GatherKernel): MapKernel {
  const width = sizeOf(table.shape.slice(1));
  const [step] = indices.strides as [number];
  const lookup = (view: View): Expression => {
    const { rows, columns } = splitRows(view, width)!;
    const index: View = {
      buffer: indices.buffer,
      shape: rows.shape,
      offset: indices.offset + rows.offset * step,
      strides: rows.strides.map((stride) => stride * step),
      advances: [
        ...indices.advances,
        ...rows.advances.map((advance) => ({ ...advance, stride: advance.stride * step })),
      ],
    };
    return {
      kind: "lookup",
      table: {
        ...columns,
        buffer: table.buffer,
        offset: table.offset + columns.offset,
        advances: table.advances,
      },
      index: { kind: "load", view: index },
      rows: table.shape[0]!,
      stride: table.strides[0]!,
      whole: table,
    };
  };
  const values = mapLoads(
    map.stores.map(({ value }) => value),
    (view, load) => (view.buffer === result.buffer ? lookup(view) : load),
  );
  return { ...map, stores: map.stores.map(({ view }, i) => ({ view, value: values[i]! })) };
}
