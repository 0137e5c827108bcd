/**
 * Each op as operators of ONNX, opset 21. Loops, checkpoints and leaves are written by `block.ts`.
 * Where ONNX has no such operator, or means something else at an edge, the op is composed here.
 */
import { array, type DType, type Node, type Shape } from "@org/core";
import type { AttributesOf, OpName, Window } from "@org/core/ops";
import { elementTypes } from "./model.ts";
import type { Writer } from "./writer.ts";

/** Written by `block.ts`: they have bodies, or no operands. */
type Structural = "checkpoint" | "constant" | "input" | "parameter" | "placeholder" | "scan";

/** Ops that ONNX has no words for, and why. */
export const without = {
  logGamma: "ONNX has no gamma function",
  polygamma: "ONNX has no gamma function",
  randomBits: "ONNX has no random numbers from a key; draw them here and feed them",
  randomUnit: "ONNX has no random numbers from a key; draw them here and feed them",
} as const;

type Write<Name extends OpName> = (
  to: Writer,
  operands: readonly string[],
  attributes: AttributesOf<Name>,
  node: Node,
) => string;

const dtypeOf = (node: Node): DType => node.results[0]!.dtype;
const shapeOf = (node: Node): Shape => node.results[0]!.shape;
const readsOf = (node: Node): DType => node.inputs[0]!.dtype;
const isFloating = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

const direct: (operator: string) => Write<OpName> = (operator) => (to, operands) =>
  to.add(operator, operands);
const same: Write<OpName> = (_, [x]) => x!;

/** Operators that know floats only: whole numbers are what they are. */
const ofFloats: (operator: string) => Write<OpName> = (operator) => (to, operands, _, node) =>
  isFloating(dtypeOf(node)) ? to.add(operator, operands) : operands[0]!;

const castTo = (to: Writer, x: string, dtype: DType | "i64"): string =>
  to.add("Cast", [x], { to: elementTypes[dtype] });

/** A bool among operators that don't know it: as a whole number, and back. */
function asInteger(
  to: Writer,
  dtype: DType,
  operands: readonly string[],
  write: (operands: readonly string[]) => string,
): string {
  if (dtype !== "bool") return write(operands);
  return castTo(to, write(operands.map((x) => castTo(to, x, "i32"))), "bool");
}

const compared: (operator: string) => Write<OpName> = (operator) => (to, operands, _, node) =>
  to.add(operator, readsOf(node) === "bool" ? operands.map((x) => castTo(to, x, "i32")) : operands);

const not =
  (write: Write<OpName>): Write<OpName> =>
  (...call) =>
    call[0].add("Not", [write(...call)]);

const reduced: (operator: string) => Write<"sum" | "max" | "min"> =
  (operator) =>
  (to, [x], { axes }, node) =>
    axes.length === 0
      ? x!
      : asInteger(to, readsOf(node), [x!], ([x]) =>
          to.add(operator, [x!, to.model.integers(axes)], { keepdims: 0 }),
        );

const position: (operator: string) => Write<"argmax" | "argmin"> =
  (operator) =>
  (to, [x], { axis }) =>
    castTo(to, to.add(operator, [x!], { axis, keepdims: 0 }), "i32");

const sliced = (
  to: Writer,
  x: string,
  axes: readonly number[],
  bounds: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  },
): string =>
  to.add("Slice", [
    x,
    ...[bounds.starts, bounds.ends, axes, bounds.steps].map((values) => to.model.integers(values)),
  ]);

/** `eˣ - 1 = tanh(x/2) (eˣ + 1)`, to the last digits near 0. */
const expm1: Write<OpName> = (to, [x], _, node) => {
  const one = to.model.number(1, dtypeOf(node));
  const half = to.add("Mul", [x!, to.model.number(0.5, dtypeOf(node))]);
  return to.add("Mul", [to.add("Tanh", [half]), to.add("Add", [to.add("Exp", [x!]), one])]);
};

/** `u = 1 + x` rounds; `log(u) x / (u - 1)` takes the rounding back. Source: Kahan, as told by Goldberg 1991, theorem 4. */
const log1p: Write<OpName> = (to, [x], _, node) => {
  const [one, infinity] = [1, Infinity].map((value) => to.model.number(value, dtypeOf(node)));
  const u = to.add("Add", [x!, one!]);
  const ratio = to.add("Div", [x!, to.add("Sub", [u, one!])]);
  const close = to.add("Mul", [to.add("Log", [u]), ratio]);
  const far = to.add("Where", [to.add("Equal", [u, infinity!]), u, close]);
  return to.add("Where", [to.add("Equal", [u, one!]), x!, far]);
};

/** `atan(y/x)`, turned by π where x is negative; zeros have signs, and two infinities lie on a diagonal. */
const atan2: Write<OpName> = (to, [y, x], _, node) => {
  const dtype = dtypeOf(node);
  const [zero, one, infinity] = [0, 1, Infinity].map((value) => to.model.number(value, dtype));
  const isNegative = (value: string): string =>
    to.add("Less", [
      to.add("Where", [to.add("Equal", [value, zero!]), to.add("Div", [one!, value]), value]),
      zero!,
    ]);
  const areBoth = (limit: string, test: string): string =>
    to.add(
      "And",
      [y!, x!].map((value) => to.add(test, [to.add("Abs", [value]), limit])),
    );
  const diagonal = to.add("Mul", [to.add("Sign", [y!]), to.add("Sign", [x!])]);
  const finite = to.add("Where", [areBoth(infinity!, "Equal"), diagonal, to.add("Div", [y!, x!])]);
  const ratio = to.add("Where", [areBoth(zero!, "Equal"), y!, finite]);
  const angle = to.add("Atan", [ratio]);
  const half = to.add("Where", [
    isNegative(y!),
    ...[-Math.PI, Math.PI].map((turn) => to.model.number(turn, dtype)),
  ]);
  return to.add("Where", [isNegative(x!), to.add("Add", [angle, half]), angle]);
};

/** The whole part; NaN is 0, and what is out of range the nearest integer. */
function toInteger(to: Writer, x: string, dtype: DType): string {
  const [low, high, zero] = [-(2 ** 31), 2 ** 31, 0].map((value) => to.model.number(value, dtype));
  const [below, above] = [to.add("Less", [x, low!]), to.add("GreaterOrEqual", [x, high!])];
  const outside = to.add("Or", [to.add("IsNaN", [x]), to.add("Or", [below, above])]);
  const inside = castTo(to, to.add("Where", [outside, zero!, x]), "i32");
  const atMost = to.add("Where", [above, to.model.number(2 ** 31 - 1, "i32"), inside]);
  return to.add("Where", [below, to.model.number(-(2 ** 31), "i32"), atMost]);
}

/** Starts of a box of `sizes`, moved inside of `shape`: 64-bit integers. */
function insideStarts(to: Writer, starts: string, shape: Shape, sizes: Shape): string {
  const last = shape.map((length, axis) => length - sizes[axis]!);
  const wide = castTo(to, starts, "i64");
  return to.add("Min", [to.add("Max", [wide, to.model.integers([0])]), to.model.integers(last)]);
}

/** Where the elements of all windows lie along an axis: `[count, size]`. */
const places = (count: number, stride: number, size: number, dilation: number): number[] =>
  Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * stride + (i % size) * dilation);

const windowPlaces = ({ size, stride, dilation }: Window, windows: Shape, axis: 0 | 1): number[] =>
  places(windows[axis + 1]!, stride[axis], size[axis], dilation[axis]);

/** Between two neighbours come `between` values: each is padded by them, and those behind the last are cut off. */
function spread(to: Writer, x: string, shape: Shape, between: readonly number[], value: string): string {
  const wide = shape.map((length, axis) => length * (1 + between[axis]!));
  const split = shape.flatMap((length) => [length, 1]);
  const after = between.flatMap((count) => [0, count]);
  const pads = to.model.integers([...after.map(() => 0), ...after]);
  const apart = to.add("Pad", [to.add("Reshape", [x, to.model.integers(split)]), pads, value]);
  const joined = to.add("Reshape", [apart, to.model.integers(wide)]);
  return sliced(
    to,
    joined,
    shape.map((_, axis) => axis),
    {
      starts: shape.map(() => 0),
      ends: wide.map((length, axis) => Math.max(0, length - between[axis]!)),
      steps: shape.map(() => 1),
    },
  );
}

export const operations: {
  readonly [Name in Exclude<OpName, Structural | keyof typeof without>]: Write<Name>;
} = {
  abs: direct("Abs"),
  add: direct("Add"),
  arange: (to, _, { start, step, length, dtype }) =>
    to.model.constant(
      array(
        Float64Array.from({ length }, (_, i) => start + i * step),
        { dtype },
      ),
      "arange",
    ),
  argmax: position("ArgMax"),
  argmin: position("ArgMin"),
  argsort: (to, [x], { axis, descending }, { inputs }) => {
    const { shape, dtype } = inputs[0]!;
    const count = to.model.integers([shape[axis]!]);
    const largest = Number(descending);
    // Of equal values the one with the lower index comes first, either way.
    const order = (values: string): string =>
      to.addAll("TopK", [values, count], ["sorted", "places"], { axis, largest })[1]!;
    if (!isFloating(dtype)) return castTo(to, order(dtype === "bool" ? castTo(to, x!, "i32") : x!), "i32");
    // NaN has no place among numbers: by value first, then what is none behind the others, or before them.
    const isNone = to.add("IsNaN", [x!]);
    const places = order(to.add("Where", [isNone, to.model.number(0, dtype), x!]));
    const flags = to.add("GatherElements", [castTo(to, isNone, "i32"), places], { axis });
    return castTo(to, to.add("GatherElements", [places, order(flags)], { axis }), "i32");
  },
  atan: direct("Atan"),
  atan2,
  broadcastTo: (to, [x], { shape }) => to.add("Expand", [x!, to.model.integers(shape)]),
  cast: (to, [x], { dtype }, node) => {
    const from = readsOf(node);
    if (dtype === "bool")
      return from === "bool" ? x! : to.add("Not", [to.add("Equal", [x!, to.model.number(0, from)])]);
    return dtype === "i32" && isFloating(from) ? toInteger(to, x!, from) : castTo(to, x!, dtype);
  },
  concat: (to, parts, { axis }) => to.add("Concat", parts, { axis }),
  cos: direct("Cos"),
  cumsum: (to, [x], { axis }) => to.add("CumSum", [x!, to.model.integers([axis], [])]),
  customGradient: same,
  div: direct("Div"),
  dynamicSlice: (to, [x, starts], { sizes }, { inputs }) => {
    const { shape } = inputs[0]!;
    if (shape.length === 0) return x!;
    const from = insideStarts(to, starts!, shape, sizes);
    const axes = to.model.integers(shape.map((_, axis) => axis));
    return to.add("Slice", [x!, from, to.add("Add", [from, to.model.integers(sizes)]), axes]);
  },
  // The update, padded to the whole, where the box is.
  dynamicUpdateSlice: (to, [x, update, starts], _, { inputs }) => {
    const [{ shape }, { shape: sizes, dtype }] = [inputs[0]!, inputs[1]!];
    if (shape.length === 0) return update!;
    const from = insideStarts(to, starts!, shape, sizes);
    const rest = to.model.integers(shape.map((length, axis) => length - sizes[axis]!));
    const pads = to.add("Concat", [from, to.add("Sub", [rest, from])], { axis: 0 });
    const ones = to.add("Expand", [to.model.number(1, "i32"), to.model.integers(sizes)]);
    const inBox = castTo(to, to.add("Pad", [ones, pads, to.model.number(0, "i32")]), "bool");
    return asInteger(to, dtype, [update!, x!], ([update, x]) => {
      const zero = to.model.number(0, dtype === "bool" ? "i32" : dtype);
      return to.add("Where", [inBox, to.add("Pad", [update!, pads, zero]), x!]);
    });
  },
  equal: direct("Equal"),
  erf: direct("Erf"),
  exp: direct("Exp"),
  expm1,
  flip: (to, [x], { axes }, { inputs }) => {
    const { shape } = inputs[0]!;
    // From the last element, -1, to before the first: as far as one can go.
    return sliced(to, x!, axes, {
      starts: axes.map(() => -1),
      ends: axes.map((axis) => -shape[axis]! - 1),
      steps: axes.map(() => -1),
    });
  },
  floor: ofFloats("Floor"),
  greater: compared("Greater"),
  greaterEqual: compared("GreaterOrEqual"),
  identity: same,
  isFinite: (to, [x], _, node) => {
    const from = readsOf(node);
    return to.add("Less", [to.add("Abs", [x!]), to.model.number(Infinity, from)]);
  },
  less: compared("Less"),
  lessEqual: compared("LessOrEqual"),
  log: direct("Log"),
  log1p,
  logicalAnd: direct("And"),
  logicalNot: direct("Not"),
  logicalOr: direct("Or"),
  matmul: direct("MatMul"),
  max: reduced("ReduceMax"),
  maximum: direct("Max"),
  min: reduced("ReduceMin"),
  minimum: direct("Min"),
  // The rest has the sign of the divisor; that of floats in ONNX the sign of what is divided.
  mod: (to, [x, y], _, node) => {
    if (!isFloating(dtypeOf(node))) {
      const [none, one] = [0, 1].map((value) => to.model.number(value, "i32"));
      const isNone = to.add("Equal", [y!, none!]);
      return to.add("Where", [isNone, none!, to.add("Mod", [x!, to.add("Where", [isNone, one!, y!])])]);
    }
    const rest = to.add("Mod", [x!, y!], { fmod: 1 });
    const zero = to.model.number(0, dtypeOf(node));
    const differs = to.add("Less", [to.add("Mul", [to.add("Sign", [rest]), to.add("Sign", [y!])]), zero]);
    return to.add("Where", [differs, to.add("Add", [rest, y!]), rest]);
  },
  mul: direct("Mul"),
  neg: direct("Neg"),
  notEqual: not(direct("Equal")),
  pad: (to, [x], { before, after, between, value }, node) => {
    const fill = to.model.number(value, dtypeOf(node));
    const { shape } = node.inputs[0]!;
    const apart = between.some((count) => count > 0) ? spread(to, x!, shape, between, fill) : x!;
    if ([...before, ...after].every((width) => width === 0)) return apart;
    return to.add("Pad", [apart, to.model.integers([...before, ...after]), fill]);
  },
  patches: (to, [x], window, node) => {
    const windows = shapeOf(node);
    const [rows, columns] = ([0, 1] as const).map((axis) =>
      to.model.integers(windowPlaces(window, windows, axis), [windows[axis + 1]!, window.size[axis]]),
    );
    const [high, wide] = [rows!, columns!];
    const both = to.add("Gather", [to.add("Gather", [x!, high], { axis: 2 }), wide], { axis: 4 });
    return to.add("Transpose", [both], { perm: [0, 2, 4, 1, 3, 5] });
  },
  pow: direct("Pow"),
  relu: (to, [x], _, node) =>
    isFloating(dtypeOf(node)) ? to.add("Relu", [x!]) : to.add("Max", [x!, to.model.number(0, dtypeOf(node))]),
  reshape: (to, [x], { shape }) => to.add("Reshape", [x!, to.model.integers(shape)], { allowzero: 1 }),
  round: ofFloats("Round"),
  rsqrt: (to, [x]) => to.add("Reciprocal", [to.add("Sqrt", [x!])]),
  scatterAdd: (to, [x, indices, updates]) =>
    to.add(
      "ScatterND",
      [x!, castTo(to, to.add("Unsqueeze", [indices!, to.model.integers([-1])]), "i64"), updates!],
      { reduction: "add" },
    ),
  sigmoid: direct("Sigmoid"),
  sign: direct("Sign"),
  sin: direct("Sin"),
  slice: (to, [x], { starts, sizes, strides }) =>
    starts.length === 0
      ? x!
      : sliced(
          to,
          x!,
          starts.map((_, axis) => axis),
          {
            starts,
            ends: starts.map((start, axis) =>
              sizes[axis] === 0 ? start : start + (sizes[axis]! - 1) * strides[axis]! + 1,
            ),
            steps: strides,
          },
        ),
  // log(1 + eˣ) = max(x, 0) + log1p(e^-|x|), of which neither part overflows or vanishes.
  softplus: (to, [x], attributes, node) => {
    const small = to.add("Exp", [to.add("Neg", [to.add("Abs", [x!])])]);
    return to.add("Add", [to.add("Relu", [x!]), log1p(to, [small], attributes, node)]);
  },
  sqrt: direct("Sqrt"),
  square: (to, [x]) => to.add("Mul", [x!, x!]),
  stopGradient: same,
  sub: direct("Sub"),
  sum: reduced("ReduceSum"),
  take: (to, [x, indices]) => to.add("Gather", [x!, indices!], { axis: 0 }),
  tanh: direct("Tanh"),
  transpose: (to, [x], { permutation }) => to.add("Transpose", [x!], { perm: permutation }),
  // Every element of every window is added to its place of the image, a row of numbers for all images and channels.
  unpatches: (to, [x], { images, ...window }, { inputs }) => {
    const { shape: windows, dtype } = inputs[0]!;
    const [count, channels, height, width] = images as [number, number, number, number];
    const rows = windowPlaces(window, windows, 0);
    const columns = windowPlaces(window, windows, 1);
    const at = rows.flatMap((row) => columns.map((column) => row * width + column));
    const shape = [windows[1]!, window.size[0], windows[2]!, window.size[1]];
    const zeros = to.add("Expand", [
      to.model.number(0, dtype),
      to.model.integers([height * width, count, channels]),
    ]);
    const updates = to.add("Transpose", [x!], { perm: [1, 4, 2, 5, 0, 3] });
    const sums = to.add("ScatterND", [zeros, to.model.integers(at, [...shape, 1]), updates], {
      reduction: "add",
    });
    const pixels = to.add("Reshape", [sums, to.model.integers([height, width, count, channels])]);
    return to.add("Transpose", [pixels], { perm: [2, 3, 0, 1] });
  },
  where: (to, [condition, a, b], _, node) =>
    asInteger(to, dtypeOf(node), [a!, b!], ([a, b]) => to.add("Where", [condition!, a!, b!])),
};
