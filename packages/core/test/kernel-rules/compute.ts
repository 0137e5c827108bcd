import type { KernelRule, Layout } from "../../src/graph/kernel-rule.ts";
import type { Op } from "../../src/graph/op.ts";
import type { TensorType } from "../../src/graph/tensor.ts";
import { emptyArray, type NDArray } from "../../src/ndarray.ts";
import { transposeLayout } from "../../src/ops/layout.ts";
import { forEachOffset } from "../../src/ops/strided.ts";
import { sameShape, sizeOf, stridesOf } from "../../src/shape.ts";
import { element, referenceEmitter } from "./emitter.ts";

/** An array whose elements lie somewhere in a buffer. */
export interface Placed {
  readonly buffer: NDArray["data"];
  readonly dtype: NDArray["dtype"];
  readonly layout: Layout;
}

type RuleOf<Kind extends KernelRule["kind"]> = Extract<KernelRule, { readonly kind: Kind }>;

export const denseLayout = ({ shape }: Pick<TensorType, "shape">): Layout => ({
  offset: 0,
  shape,
  strides: stridesOf(shape),
});

/** Where the elements of a layout lie, in row-major order. */
export function offsetsOf({ shape, strides, offset }: Layout): number[] {
  const offsets: number[] = [];
  forEachOffset(shape, strides, offset, (at) => offsets.push(at));
  return offsets;
}

/** The elements; throws for one outside of the buffer. */
const read = ({ buffer }: Placed, layout: Layout): number[] =>
  offsetsOf(layout).map((at) => {
    if (!(at >= 0 && at < buffer.length)) throw new Error(`element ${at} of a buffer of ${buffer.length}`);
    return buffer[at]!;
  });

const packed = (x: Placed): NDArray => {
  const y = emptyArray(x.dtype, x.layout.shape);
  y.data.set(read(x, x.layout));
  return y;
};

/** What an op's kernel rule says, computed one element after another; undefined for a view that strides cannot say. */
export function computeByRule(
  op: Op,
  operands: readonly Placed[],
  attributes: unknown,
  type: TensorType,
): NDArray | undefined {
  const { kernel } = op;
  const y = emptyArray(type.dtype, type.shape);
  switch (kernel.kind) {
    case "map":
      map(kernel, operands, attributes, y);
      return y;
    case "view": {
      const layout = kernel.view(operands[0]!.layout, attributes, type);
      if (layout && !sameShape(layout.shape, type.shape)) throw new Error(`a view of shape ${layout.shape}`);
      if (layout) y.data.set(read(operands[0]!, layout));
      return layout && y;
    }
    case "reduce":
      reduce(kernel, operands[0]!, kernel.axes(attributes), y);
      return y;
    case "cumulative":
      cumulate(operands[0]!, kernel.axis(attributes), y);
      return y;
    case "sort":
      order(operands[0]!, kernel.ordering(attributes), y);
      return y;
    case "assemble":
      assemble(kernel, operands, attributes, y);
      return y;
    case "overlap": {
      const places = offsetsOf(kernel.place(denseLayout(y), attributes));
      read(operands[0]!, operands[0]!.layout).forEach((x, i) => {
        y.data[places[i]!] = y.data[places[i]!]! + x;
      });
      return y;
    }
    default:
      return named(kernel.kind, operands.map(packed), y);
  }
}

function map(rule: RuleOf<"map">, operands: readonly Placed[], attributes: unknown, y: NDArray): void {
  const layouts = operands.map(({ layout }) => layout);
  const readings =
    rule.operands?.(layouts, attributes, y) ?? layouts.map((layout, input) => ({ input, layout }));
  const columns = readings.map(({ input, layout }) => {
    if (!sameShape(layout.shape, y.shape)) throw new Error(`a map reads shape ${layout.shape}`);
    return { dtype: operands[input]!.dtype, elements: read(operands[input]!, layout) };
  });
  for (let i = 0; i < y.data.length; i++) {
    const scalars = columns.map(({ dtype, elements }) => element(elements[i]!, dtype));
    const result = rule.emit(referenceEmitter(i), scalars, attributes, y);
    if (result.dtype !== y.dtype) throw new Error(`a map to ${y.dtype} gives ${result.dtype}`);
    y.data[i] = (result as ReturnType<typeof element>).value;
  }
}

const better = (combine: string, a: number, b: number): boolean =>
  Number.isNaN(a) ? !Number.isNaN(b) : combine.endsWith("max") ? a > b : a < b;

/** The rows of a tensor along some axes, the others in front. */
function rowsOf(layout: Layout, axes: readonly number[]): Layout {
  const kept = layout.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return transposeLayout(layout, [...kept, ...axes]);
}

function reduce({ combine }: RuleOf<"reduce">, x: Placed, axes: readonly number[], y: NDArray): void {
  const elements = read(x, rowsOf(x.layout, axes));
  const width = sizeOf(axes.map((axis) => x.layout.shape[axis]!));
  for (let i = 0; i < y.data.length; i++) {
    const row = elements.slice(i * width, (i + 1) * width);
    const best = row.reduce((at, value, k) => (better(combine, value, row[at]!) ? k : at), 0);
    y.data[i] =
      combine === "sum" ? row.reduce((a, b) => a + b, 0) : combine.startsWith("arg") ? best : row[best]!;
  }
}

function cumulate(x: Placed, axis: number, y: NDArray): void {
  const elements = read(x, rowsOf(x.layout, [axis]));
  let total = 0;
  offsetsOf(rowsOf(denseLayout(y), [axis])).forEach((at, i) => {
    total = (i % y.shape[axis]! === 0 ? 0 : total) + elements[i]!;
    y.data[at] = total;
    total = y.data[at]!;
  });
}

/** By insertion, from what may come first: NaN is largest, equal elements stay. */
function order(x: Placed, { axis, descending }: { axis: number; descending: boolean }, y: NDArray): void {
  const elements = read(x, rowsOf(x.layout, [axis]));
  const length = y.shape[axis]!;
  const larger = (a: number, b: number): boolean => (Number.isNaN(a) ? !Number.isNaN(b) : a > b);
  const row: number[] = [];
  offsetsOf(rowsOf(denseLayout(y), [axis])).forEach((_, i, places) => {
    if (i % length === 0) row.length = 0;
    const value = elements[i]!;
    const start = i - (i % length);
    const behind = (j: number): boolean => {
      const other = elements[start + j]!;
      return descending ? larger(value, other) : larger(other, value);
    };
    const at = row.findIndex(behind);
    row.splice(at < 0 ? row.length : at, 0, i % length);
    if (row.length === length) for (const [k, j] of row.entries()) y.data[places[start + k]!] = j;
  });
}

function assemble(
  rule: RuleOf<"assemble">,
  operands: readonly Placed[],
  attributes: unknown,
  y: NDArray,
): void {
  const types = operands.map(({ dtype, layout: { shape } }) => ({ dtype, shape }));
  const places = rule.places(denseLayout(y), types, attributes);
  const written = new Set<number>();
  const filled = rule.fill?.(attributes);
  if (filled !== undefined) y.data.fill(y.dtype === "bool" ? Number(filled !== 0) : filled);
  operands.forEach((x, i) => {
    const offsets = offsetsOf(places[i]!);
    read(x, x.layout).forEach((value, k) => {
      y.data[offsets[k]!] = value;
      written.add(offsets[k]!);
    });
  });
  const expected = rule.fill ? sizeOf(operands[0]!.layout.shape) : y.data.length;
  if (written.size !== expected) throw new Error(`${written.size} elements written, expected ${expected}`);
}

/** Kinds of kernel that are nothing but a name. */
function named(kind: KernelRule["kind"], operands: readonly NDArray[], y: NDArray): NDArray {
  const [a, b, c] = operands as [NDArray, NDArray, NDArray];
  const width = sizeOf(a.shape.slice(1));
  const rowAt = (index: number): number => (index < 0 ? index + a.shape[0]! : index) * width;
  switch (kind) {
    case "product":
      return product(a, b, y);
    case "gather":
      b.data.forEach((index: number, i: number) => {
        for (let k = 0; k < width; k++) y.data[i * width + k] = a.data[rowAt(index) + k]!;
      });
      return y;
    case "scatterAdd":
      y.data.set(a.data);
      b.data.forEach((index: number, i: number) => {
        for (let k = 0; k < width; k++)
          y.data[rowAt(index) + k] = y.data[rowAt(index) + k]! + c.data[i * width + k]!;
      });
      return y;
    case "dynamicSlice":
      boxOf(a, b, y).forEach((at, i) => {
        y.data[i] = a.data[at]!;
      });
      return y;
    case "dynamicUpdateSlice":
      y.data.set(a.data);
      boxOf(a, c, b).forEach((at, i) => {
        y.data[at] = b.data[i]!;
      });
      return y;
    default:
      throw new Error(`no kernel of kind ${kind} for an op with samples`);
  }
}

/** Where a box of the shape of `part` lies in `whole`, moved inside. */
const boxOf = (whole: NDArray, starts: NDArray, { shape }: NDArray): number[] => {
  const { strides } = denseLayout(whole);
  const limit = (axis: number): number => whole.shape[axis]! - shape[axis]!;
  const offset = strides.reduce(
    (sum, stride, axis) => sum + stride * Math.min(Math.max(starts.data[axis]!, 0), limit(axis)),
    0,
  );
  return offsetsOf({ offset, shape, strides });
};

function product(a: NDArray, b: NDArray, y: NDArray): NDArray {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  for (let at = 0; at < y.data.length; at++) {
    const [batch, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
    let total = 0;
    for (let p = 0; p < k; p++)
      total += a.data[(batch * m + row) * k + p]! * b.data[(batch * k + p) * n + column]!;
    y.data[at] = total;
  }
  return y;
}

/** How operands of a test lie in memory. */
export const placements: Record<string, (x: NDArray) => Placed> = {
  dense: (x) => ({ buffer: x.data, dtype: x.dtype, layout: denseLayout(x) }),
  spread: (x) => scattered(x, 1),
  backwards: (x) => scattered(x, -1),
};

/** Every axis with a gap behind it, in front of the first element, and 99 in the gaps. */
function scattered(x: NDArray, sign: 1 | -1): Placed {
  const strides = x.shape.map((_, axis) => 2 * sizeOf(x.shape.slice(axis + 1).map((n) => n + 1)) * sign);
  const reach = strides.map((stride, axis) => Math.abs(stride) * Math.max(x.shape[axis]! - 1, 0));
  const span = reach.reduce((a, b) => a + b, 0);
  const layout = { offset: sign > 0 ? 3 : 3 + span, shape: x.shape, strides };
  const { data } = emptyArray(x.dtype, [span + 7]);
  data.fill(99);
  offsetsOf(layout).forEach((at, i) => {
    data[at] = x.data[i]!;
  });
  return { buffer: data, dtype: x.dtype, layout };
}
