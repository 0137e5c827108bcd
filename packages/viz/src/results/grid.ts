import { NDArray } from "@org/core";

/** Numbers over time (rows) and units (columns): an `NDArray [time, units]`, or nested arrays. */
export type Grid = NDArray | readonly ArrayLike<number>[];

/** The rows of a grid. @throws RangeError for what is empty, ragged or has another rank */
export function gridRows(chart: string, values: Grid): Float64Array[] {
  const rows =
    values instanceof NDArray ? rowsOf(chart, values) : values.map((row) => Float64Array.from(row));
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new RangeError(`${chart}: no values to draw`);
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0)
    throw new RangeError(
      `${chart}: rows of different lengths: ${width} values at step 0, ${rows[odd]!.length} at step ${odd}`,
    );
  return rows;
}

function rowsOf(chart: string, { shape, data }: NDArray): Float64Array[] {
  const [time, units] = shape;
  if (shape.length !== 2 || time === undefined || units === undefined)
    throw new RangeError(`${chart}: expected an array [time, units], received [${shape.join(", ")}]`);
  return Array.from({ length: time }, (_, t) => Float64Array.from(data.subarray(t * units, (t + 1) * units)));
}

/** A grid of at most `most` values along each side, and how many values each of its cells stands for. */
export interface Binned {
  readonly rows: readonly Float64Array[];
  readonly steps: number;
  readonly units: number;
}

/** Neighbours in one cell: the one farthest from 0; NaN or infinity if there is any. */
export function binned(rows: readonly Float64Array[], most: { time: number; units: number }): Binned {
  const [steps, units] = [Math.ceil(rows.length / most.time), Math.ceil(rows[0]!.length / most.units)];
  if (steps === 1 && units === 1) return { rows, steps, units };
  const cells = Array.from(
    { length: Math.ceil(rows.length / steps) },
    () => new Float64Array(Math.ceil(rows[0]!.length / units)),
  );
  rows.forEach((row, t) => {
    const into = cells[Math.floor(t / steps)]!;
    row.forEach((value, unit) => {
      const at = Math.floor(unit / units);
      if (!Number.isNaN(into[at]!) && !(Math.abs(value) <= Math.abs(into[at]!))) into[at] = value;
    });
  });
  return { rows: cells, steps, units };
}
