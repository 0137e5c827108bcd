import { ShapeError } from "../errors.ts";
import { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { type Operand, resolveAxis, toTensor } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { concat, requireParts, sliceAxis } from "../ops/rearrange.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape } from "../shape.ts";
import { requireWhole } from "../sizes.ts";

interface AxisOption {
  /** @default 0 */
  readonly axis?: number;
}

/**
 * A new axis of length 1 before `axis`; -1 is after the last. `x [a, b]`, 1 → `[a, 1, b]`. An axis in a record, as
 * `squeeze` has it, is taken too.
 * @throws ShapeError for no place among the axes; GraphError for a record without an axis
 * @example
 * expandDims([1, 2], 1); // → [[1], [2]]
 */
export function expandDims(x: Operand, axis: number | { readonly axis: number }): Tensor {
  const place = typeof axis === "object" ? checkOptionNames("expandDims", axis, "axis", "axis").axis : axis;
  const a = toTensor("expandDims", x);
  const rank = a.shape.length + 1;
  const at = Number.isInteger(place) && place < 0 ? place + rank : place;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new ShapeError({
      op: "expandDims",
      problem: `no place ${inWords(place)} in ${showShape(a.shape)}`,
    });
  }
  return reshape(a, [...a.shape.slice(0, at), 1, ...a.shape.slice(at)]);
}

type Axes = number | readonly number[];

/**
 * Without axes of length 1: the named ones, or all. Axes without a record around them, as NumPy and TensorFlow.js have
 * them, are taken too.
 * @throws ShapeError where a named axis is longer
 * @example
 * squeeze([[1], [2]], { axis: 1 }); // → [1, 2]
 */
export function squeeze(x: Operand, options: { readonly axis?: Axes } | Axes = {}): Tensor {
  const bare = typeof options === "number" || Array.isArray(options);
  const { axis } = checkOptionNames(
    "squeeze",
    bare ? { axis: options as Axes } : (options as { axis?: Axes }),
    "axis",
  );
  const a = toTensor("squeeze", x);
  const ones = a.shape.flatMap((length, i) => (length === 1 ? [i] : []));
  const axes = axis === undefined ? ones : [axis].flat().map((i) => resolveAxis("squeeze", a, i));
  const long = axes.find((i) => a.shape[i] !== 1);
  if (long !== undefined) {
    throw new ShapeError({
      op: "squeeze",
      problem: `axis ${long} of ${showShape(a.shape)} has length ${a.shape[long]}, not 1`,
    });
  }
  return reshape(
    a,
    a.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** Two axes exchanged. `x [a, b, c]`, 0, 2 → `[c, b, a]`. */
export function swapAxes(x: Operand, first: number, second: number): Tensor {
  const a = toTensor("swapAxes", x);
  const [i, j] = [resolveAxis("swapAxes", a, first), resolveAxis("swapAxes", a, second)];
  return transpose(
    a,
    a.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  );
}

/**
 * Tensors of one shape along a new axis, 0 by default.
 * Shapes: n times `[...s]` → `[n, ...s]`
 * @throws ShapeError where shapes differ, or there is nothing to stack
 * @example
 * evaluate(stack([[1, 2], [3, 4]])); // → [[1, 2], [3, 4]]
 */
export function stack(parts: readonly Operand[], options: AxisOption = {}): Tensor {
  if (options instanceof Tensor) requireParts("stack", parts); // stack(a, b)
  const { axis = 0 } = checkOptionNames("stack", options, "axis");
  requireParts("stack", parts);
  const tensors = promoteAll("stack", parts);
  const differing = tensors.find(({ shape }) => showShape(shape) !== showShape(tensors[0]!.shape));
  if (differing) {
    const problem = `${showShape(tensors[0]!.shape)} and ${showShape(differing.shape)} differ`;
    throw new ShapeError({ op: "stack", problem, rule: "n times [...s] → [n, ...s]" });
  }
  const rank = (tensors[0]?.shape.length ?? 0) + 1;
  const along = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(along) && along >= 0 && along < rank)) {
    const problem = `no place ${axis} for a new axis in ${showShape(tensors[0]?.shape ?? [])}`;
    throw new ShapeError({ op: "stack", problem, rule: "n times [...s] → [n, ...s]" });
  }
  return concat(
    tensors.map((tensor) => expandDims(tensor, along)),
    { axis: along },
  );
}

/**
 * Parts along an axis, 0 by default: `sections` equal ones, or parts of the given sizes.
 * Shapes: `[n, ...s]` → `[n / sections, ...s]`, `sections` times
 * @throws ShapeError where the sizes don't add up
 * @example
 * evaluate(split([1, 2, 3, 4], 2)); // → [[1, 2], [3, 4]]
 */
export function split(x: Operand, sections: number | readonly number[], options: AxisOption = {}): Tensor[] {
  const { axis = 0 } = checkOptionNames("split", options, "axis");
  const a = toTensor("split", x);
  const along = resolveAxis("split", a, axis);
  const length = a.shape[along]!;
  if (!Array.isArray(sections)) requireWhole("split", "sections", sections as number, 1);
  const sizes = typeof sections === "number" ? new Array<number>(sections).fill(length / sections) : sections;
  const whole = sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (!whole || sizes.reduce((total, size) => total + size, 0) !== length) {
    const asked =
      typeof sections === "number" ? `${sections} equal parts` : `parts of ${showShape(sections)}`;
    throw new ShapeError({
      op: "split",
      problem: `axis ${along} of ${showShape(a.shape)} does not divide into ${asked}`,
    });
  }
  let start = 0;
  return sizes.map((size) => {
    const part = sliceAxis(a, along, start, start + size);
    start += size;
    return part;
  });
}

/**
 * The whole tensor again and again along each axis.
 * Shapes: `x [...s]` → `s · counts`; missing leading axes count as 1
 * @example
 * evaluate(tile([1, 2], [2])); // → [1, 2, 1, 2]
 */
export function tile(x: Operand, counts: readonly number[]): Tensor {
  const a = toTensor("tile", x);
  if (!Array.isArray(counts)) {
    const problem = `expected a count for each axis, in an array, received ${inWords(counts)}`;
    throw new ShapeError({ op: "tile", problem });
  }
  const rank = Math.max(a.shape.length, counts.length);
  const shape = [...new Array<number>(rank - a.shape.length).fill(1), ...a.shape];
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  for (const count of times) requireWhole("tile", "a count", count);
  const spread = broadcastTo(
    reshape(
      a,
      shape.flatMap((length) => [1, length]),
    ),
    shape.flatMap((length, axis) => [times[axis]!, length]),
  );
  return reshape(
    spread,
    shape.map((length, axis) => length * times[axis]!),
  );
}

/**
 * Each element several times in a row along an axis, 0 by default.
 * Shapes: `[n, ...s]` → `[n · count, ...s]`
 * @example
 * evaluate(repeat([1, 2], 2)); // → [1, 1, 2, 2]
 */
export function repeat(x: Operand, count: number, options: AxisOption = {}): Tensor {
  const { axis = 0 } = checkOptionNames("repeat", options, "axis");
  const a = toTensor("repeat", x);
  const along = resolveAxis("repeat", a, axis);
  requireWhole("repeat", "count", count);
  const expanded = expandDims(a, along + 1);
  const wide = broadcastTo(
    expanded,
    expanded.shape.map((length, i) => (i === along + 1 ? count : length)),
  );
  return reshape(
    wide,
    a.shape.map((length, i) => (i === along ? length * count : length)),
  );
}
