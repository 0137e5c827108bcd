/**
 * Each op as operations of StableHLO. Loops, checkpoints and leaves are written by `block.ts`. Nothing broadcasts by itself.
 */
import { array, type Node, type Shape } from "@org/core";
import type { AttributesOf, OpName, Window } from "@org/core/ops";
import { randomBits, randomUnit } from "./random.ts";
import { type Type, typeText, type Value } from "./types.ts";
import { names, type Writer } from "./writer.ts";

/** Written by `block.ts`: they have bodies, or no operands. */
type Structural = "checkpoint" | "constant" | "input" | "parameter" | "placeholder" | "scan";

type Write<Name extends OpName> = (
  to: Writer,
  operands: readonly Value[],
  attributes: AttributesOf<Name>,
  node: Node,
) => Value;

const alike: (operation: string) => Write<OpName> = (operation) => (to, operands) =>
  to.alike(operation, ...operands);
const same: Write<OpName> = (_, [x]) => x!;
const isFloating = ({ dtype }: Type): boolean => dtype === "f32" || dtype === "f64";
/** Of whole numbers, themselves. */
const ofFloats: (operation: string) => Write<OpName> =
  (operation) =>
  (to, [x]) =>
    isFloating(x!) ? to.alike(operation, x!) : x!;
/** An operation of CHLO, whose operands and result have one type. */
function chlo(to: Writer, operation: string, ...operands: readonly Value[]): Value {
  const types = operands.map(typeText).join(", ");
  return to.line(
    operands[0]!,
    `chlo.${operation} ${names(operands)} : ${types} -> ${typeText(operands[0]!)}`,
  );
}
const compared: (direction: "EQ" | "NE" | "LT" | "LE" | "GT" | "GE") => Write<OpName> =
  (direction) =>
  (to, [a, b]) =>
    to.compare(direction, a!, b!);

const scalarOf = (to: Writer, value: number, { dtype }: Type): Value =>
  to.filled(value, { shape: [], dtype });

/** What every number is at most, or at least. */
const limitOf = ({ dtype }: Type, sign: 1 | -1): number =>
  dtype === "i32"
    ? sign > 0
      ? 2 ** 31 - 1
      : -(2 ** 31)
    : dtype === "bool"
      ? Number(sign > 0)
      : sign * Infinity;

/** The largest or smallest along axes; NaN where there is one. */
const extreme = (to: Writer, x: Value, axes: readonly number[], sign: 1 | -1): Value =>
  axes.length === 0
    ? x
    : to.reduce(sign > 0 ? "maximum" : "minimum", x, scalarOf(to, limitOf(x, -sign as 1 | -1), x), axes);

const along = (to: Writer, x: Value, shape: Shape, axis: number): Value =>
  to.typed(
    "broadcast_in_dim",
    [x],
    { shape, dtype: x.dtype },
    `, dims = [${shape.map((_, i) => i).filter((i) => i !== axis)}]`,
  );

/** The first place of the largest or smallest; NaN counts as such. */
const position: (sign: 1 | -1) => Write<"argmax" | "argmin"> =
  (sign) =>
  (to, [x], { axis }) => {
    const { shape } = x!;
    const most = along(to, extreme(to, x!, [axis], sign), shape, axis);
    const itself = to.compare("EQ", x!, most);
    const found = isFloating(x!) ? to.alike("or", itself, to.compare("NE", x!, x!)) : itself;
    const places = to.iota(shape, axis, "i32");
    const kept = to.select(found, places, to.filled(2 ** 31 - 1, places));
    return to.reduce("minimum", kept, scalarOf(to, 2 ** 31 - 1, places), [axis]);
  };

/** Numbers of rows; those below 0 count from the end. */
function fromStart(to: Writer, indices: Value, length: number): Value {
  const moved = to.alike("add", indices, to.filled(length, indices));
  return to.select(to.compare("LT", indices, to.filled(0, indices)), moved, indices);
}

/** Rows of a table by their number. */
function take(to: Writer, x: Value, indices: Value): Value {
  const rank = indices.shape.length;
  const shape = [...indices.shape, ...x.shape.slice(1)];
  const offsets = x.shape.slice(1).map((_, i) => rank + i);
  const numbers = `offset_dims = [${offsets}], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = ${rank}`;
  const sizes = `slice_sizes = array<i64: ${[1, ...x.shape.slice(1)].join(", ")}>`;
  const attributes = `dimension_numbers = #stablehlo.gather<${numbers}>, indices_are_sorted = false, ${sizes}`;
  return to.general(
    "gather",
    [x, fromStart(to, indices, x.shape[0]!)],
    [{ shape, dtype: x.dtype }],
    attributes,
    [],
  )[0]!;
}

function scatterAdd(to: Writer, x: Value, indices: Value, updates: Value): Value {
  const rank = indices.shape.length;
  const windows = x.shape.slice(1).map((_, i) => rank + i);
  const numbers = `update_window_dims = [${windows}], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = ${rank}`;
  const attributes = `indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<${numbers}>, unique_indices = false`;
  const block = to.inside();
  const [a, b] = [block.fresh({ shape: [], dtype: x.dtype }), block.fresh({ shape: [], dtype: x.dtype })];
  const sum = block.alike("add", a, b);
  const type = typeText(a);
  const lines = [
    `^bb0(${a.name}: ${type}, ${b.name}: ${type}):`,
    ...block.lines,
    `stablehlo.return ${sum.name} : ${type}`,
  ];
  return to.general("scatter", [x, fromStart(to, indices, x.shape[0]!), updates], [x], attributes, lines)[0]!;
}

/** By steps of 1, 2, 4, …: each adds what lies that far before. */
function cumulated(to: Writer, x: Value, axis: number): Value {
  const { shape } = x;
  const zero = scalarOf(to, 0, x);
  const none = shape.map(() => 0);
  let sum = x;
  for (let step = 1; step < shape[axis]!; step *= 2) {
    const sizes = shape.map((length, i) => (i === axis ? length - step : length));
    const low = shape.map((_, i) => (i === axis ? step : 0));
    sum = to.alike("add", sum, to.pad(to.slice(sum, none, sizes), zero, low, none, none));
  }
  return sum;
}

/** The places of a sequence in order, of equal ones the first first; NaN last, or first in falling order. */
function argsort(to: Writer, x: Value, axis: number, descending: boolean): Value {
  const places = to.iota(x.shape, axis, "i32");
  const block = to.inside();
  const scalars = [x, x, places, places].map(({ dtype }) => block.fresh({ shape: [], dtype }));
  const [a, b] = scalars as [Value, Value];
  const before = block.compare(descending ? "GT" : "LT", a, b);
  const isBefore = isFloating(x) ? withNaN(block, a, b, before, descending) : before;
  const lines = [
    `^bb0(${scalars.map((each) => `${each.name}: ${typeText(each)}`).join(", ")}):`,
    ...block.lines,
    `stablehlo.return ${isBefore.name} : tensor<i1>`,
  ];
  return to.general(
    "sort",
    [x, places],
    [x, places],
    `dimension = ${axis} : i64, is_stable = true`,
    lines,
  )[1]!;
}

/** NaN counts as the largest. */
function withNaN(to: Writer, a: Value, b: Value, before: Value, descending: boolean): Value {
  const [first, second] = descending ? [a, b] : [b, a];
  const [isNaN, isNumber] = [to.compare("NE", first, first), to.compare("EQ", second, second)];
  return to.alike("or", before, to.alike("and", isNaN, isNumber));
}

/** The whole part; NaN is 0, and what is out of range the nearest integer. */
function toInteger(to: Writer, x: Value): Value {
  const [low, high, zero] = [-(2 ** 31), 2 ** 31, 0].map((value) => to.filled(value, x));
  const [below, above, isNaN] = [
    to.compare("LT", x, low!),
    to.compare("GE", x, high!),
    to.compare("NE", x, x),
  ];
  const outside = to.alike("or", isNaN, to.alike("or", below, above));
  const inside = to.convert(to.select(outside, zero!, x), "i32");
  const atMost = to.select(above, to.filled(2 ** 31 - 1, inside), inside);
  return to.select(below, to.filled(-(2 ** 31), inside), atMost);
}

/** Starts of a box as scalars; the operations move them inside. */
const scalars = (to: Writer, starts: Value): Value[] =>
  Array.from({ length: starts.shape[0]! }, (_, i) => to.reshape(to.slice(starts, [i], [1]), []));

/** Every element of windows, with where it lies in each. */
const inWindows = <T>(
  { size, dilation }: Window,
  visit: (row: number, column: number, place: number) => T,
): T[] =>
  Array.from({ length: size[0] * size[1] }, (_, i) => {
    const [row, column] = [Math.floor(i / size[1]), i % size[1]];
    return visit(row * dilation[0], column * dilation[1], i);
  });

export const operations: { readonly [Name in Exclude<OpName, Structural>]: Write<Name> } = {
  abs: alike("abs"),
  add: alike("add"),
  arange: (to, _, { start, step, length, dtype }) =>
    to.constant(
      array(
        Float64Array.from({ length }, (_, i) => start + i * step),
        { dtype },
      ),
    ),
  argmax: position(1),
  argmin: position(-1),
  argsort: (to, [x], { axis, descending }) => argsort(to, x!, axis, descending),
  atan: (to, [x]) => to.alike("atan2", x!, to.filled(1, x!)),
  atan2: alike("atan2"),
  broadcastTo: (to, [x], { shape }) => {
    const before = shape.length - x!.shape.length;
    return to.typed(
      "broadcast_in_dim",
      [x!],
      { shape, dtype: x!.dtype },
      `, dims = [${x!.shape.map((_, axis) => axis + before)}]`,
    );
  },
  cast: (to, [x], { dtype }) => {
    if (dtype === "bool" && x!.dtype !== "bool") return to.compare("NE", x!, to.filled(0, x!));
    return dtype === "i32" && isFloating(x!) ? toInteger(to, x!) : to.convert(x!, dtype);
  },
  concat: (to, parts, { axis }) => to.concatenate(parts, axis),
  cos: alike("cosine"),
  cumsum: (to, [x], { axis }) => cumulated(to, x!, axis),
  customGradient: same,
  div: alike("divide"),
  dynamicSlice: (to, [x, starts], { sizes }) =>
    to.typed(
      "dynamic_slice",
      [x!, ...scalars(to, starts!)],
      { shape: sizes, dtype: x!.dtype },
      `, sizes = [${sizes}]`,
    ),
  dynamicUpdateSlice: (to, [x, update, starts]) =>
    to.typed("dynamic_update_slice", [x!, update!, ...scalars(to, starts!)], x!),
  equal: compared("EQ"),
  erf: (to, [x]) => chlo(to, "erf", x!),
  exp: alike("exponential"),
  expm1: alike("exponential_minus_one"),
  flip: (to, [x], { axes }) =>
    axes.length === 0 ? x! : to.line(x!, `stablehlo.reverse ${x!.name}, dims = [${axes}] : ${typeText(x!)}`),
  floor: ofFloats("floor"),
  greater: compared("GT"),
  greaterEqual: compared("GE"),
  identity: same,
  isFinite: (to, [x]) => to.typed("is_finite", [x!], { shape: x!.shape, dtype: "bool" }),
  less: compared("LT"),
  lessEqual: compared("LE"),
  log: alike("log"),
  log1p: alike("log_plus_one"),
  logGamma: (to, [x]) => chlo(to, "lgamma", x!),
  logicalAnd: alike("and"),
  logicalNot: alike("not"),
  logicalOr: alike("or"),
  matmul: (to, [a, b]) => {
    const rank = a!.shape.length;
    const batch = a!.shape.slice(0, -2).map((_, axis) => axis);
    const shape = [...a!.shape.slice(0, -1), b!.shape.at(-1)!];
    const batching = batch.length > 0 ? `, batching_dims = [${batch}] x [${batch}]` : "";
    const told = `${batching}, contracting_dims = [${rank - 1}] x [${rank - 2}], precision = [HIGHEST, HIGHEST]`;
    return to.typed("dot_general", [a!, b!], { shape, dtype: a!.dtype }, told);
  },
  max: (to, [x], { axes }) => extreme(to, x!, axes, 1),
  maximum: alike("maximum"),
  min: (to, [x], { axes }) => extreme(to, x!, axes, -1),
  minimum: alike("minimum"),
  // The rest has the sign of the divisor; StableHLO's that of what is divided. Of integers it is 0 where the divisor is.
  mod: (to, [x, y]) => {
    const zero = to.filled(0, y!);
    const none = to.compare("EQ", y!, zero);
    const divisor = isFloating(y!) ? y! : to.select(none, to.filled(1, y!), y!);
    const rest = to.alike("remainder", x!, divisor);
    const signs = to.compare("NE", to.compare("LT", rest, zero), to.compare("LT", y!, zero));
    const differs = to.alike("and", to.compare("NE", rest, zero), signs);
    const result = to.select(differs, to.alike("add", rest, divisor), rest);
    return isFloating(y!) ? result : to.select(none, zero, result);
  },
  mul: alike("multiply"),
  neg: alike("negate"),
  notEqual: compared("NE"),
  pad: (to, [x], { before, after, between, value }) =>
    to.pad(x!, scalarOf(to, value, x!), before, after, between),
  // A slice for each element of the windows, side by side.
  patches: (to, [x], window, { results }) => {
    const [n, c] = x!.shape as [number, number];
    const [, high, wide] = results[0]!.shape as [number, number, number];
    const parts = inWindows(window, (row, column) => {
      const part = to.slice(x!, [0, 0, row, column], [n, c, high, wide], [1, 1, ...window.stride]);
      return to.reshape(to.transpose(part, [0, 2, 3, 1]), [n, high, wide, c, 1]);
    });
    return to.reshape(to.concatenate(parts, 4), results[0]!.shape);
  },
  polygamma: (to, [x], { order }) =>
    order === 0 ? chlo(to, "digamma", x!) : chlo(to, "polygamma", to.filled(order, x!), x!),
  pow: alike("power"),
  randomBits: (to, [key], { shape }) => randomBits(to, key!, shape),
  randomUnit: (to, [key], { shape, dtype }) => randomUnit(to, key!, shape, dtype),
  relu: (to, [x]) => to.alike("maximum", x!, to.filled(0, x!)),
  reshape: (to, [x], { shape }) => to.reshape(x!, shape),
  round: ofFloats("round_nearest_even"),
  rsqrt: alike("rsqrt"),
  scatterAdd: (to, [x, indices, updates]) => scatterAdd(to, x!, indices!, updates!),
  sigmoid: alike("logistic"),
  sign: alike("sign"),
  sin: alike("sine"),
  slice: (to, [x], { starts, sizes, strides }) => to.slice(x!, starts, sizes, strides),
  // log(1 + eˣ) = max(x, 0) + log1p(e^-|x|), of which neither part overflows or vanishes.
  softplus: (to, [x]) => {
    const small = to.alike("exponential", to.alike("negate", to.alike("abs", x!)));
    return to.alike("add", to.alike("maximum", x!, to.filled(0, x!)), to.alike("log_plus_one", small));
  },
  sqrt: alike("sqrt"),
  square: (to, [x]) => to.alike("multiply", x!, x!),
  stopGradient: same,
  sub: alike("subtract"),
  sum: (to, [x], { axes }) => (axes.length === 0 ? x! : to.reduce("add", x!, scalarOf(to, 0, x!), axes)),
  take: (to, [x, indices]) => take(to, x!, indices!),
  tanh: alike("tanh"),
  transpose: (to, [x], { permutation }) => to.transpose(x!, permutation),
  // `patches` turned round: each element of the windows is put back in its place of an image of zeros, and all are added up.
  unpatches: (to, [x], { images, ...window }) => {
    const [n, high, wide, c] = x!.shape as [number, number, number, number];
    const all = to.reshape(x!, [n, high, wide, c, window.size[0] * window.size[1]]);
    const zero = scalarOf(to, 0, x!);
    const between = window.stride.map((step) => step - 1);
    const parts = inWindows(window, (row, column, place) => {
      const part = to.reshape(to.slice(all, [0, 0, 0, 0, place], [n, high, wide, c, 1]), [n, high, wide, c]);
      const lengths = [high, wide].map((count, axis) => count + (count - 1) * between[axis]!);
      const after = [row, column].map((start, axis) => images[axis + 2]! - start - lengths[axis]!);
      return to.pad(
        to.transpose(part, [0, 3, 1, 2]),
        zero,
        [0, 0, row, column],
        [0, 0, ...after],
        [0, 0, ...between],
      );
    });
    return parts.reduce((sum, part) => to.alike("add", sum, part));
  },
  where: (to, [condition, a, b]) => to.select(condition!, a!, b!),
};
