import type { Layout } from "../graph/kernel-rule.ts";
import { reshapeLayout } from "../ops/layout.ts";
import { type Shape, sameShape, sizeOf, stridesOf } from "../shape.ts";
import type { Advance, Buffer, View } from "./kernel.ts";

/** All of a buffer in row-major order. */
export const wholeView = (buffer: Buffer, shape: Shape): View => ({
  buffer,
  offset: 0,
  advances: [],
  shape,
  strides: stridesOf(shape),
});

/** The same buffer in another order. */
export const withLayout = (view: View, { offset, shape, strides }: Layout): View => ({
  ...view,
  offset,
  shape,
  strides,
});

/** The same elements in another shape, where strides can say it. */
export function reshapedView(view: View, shape: Shape): View | undefined {
  if (sameShape(view.shape, shape)) return view;
  const layout = reshapeLayout(view, shape);
  return layout && withLayout(view, layout);
}

/** One step of a stacked view, at the step that a loop is at. */
export const atStep = (view: View, advance: Omit<Advance, "stride">): View => ({
  ...view,
  shape: view.shape.slice(1),
  strides: view.strides.slice(1),
  advances: [...view.advances, { ...advance, stride: view.strides[0]! }],
});

/** Row `index` of a stacked view. */
export const atRow = (view: View, index: number): View => ({
  ...view,
  offset: view.offset + index * view.strides[0]!,
  shape: view.shape.slice(1),
  strides: view.strides.slice(1),
});

/** Rows `start … start + count - 1` of a stacked view. */
export const atRows = (view: View, start: number, count: number): View => ({
  ...view,
  offset: view.offset + start * view.strides[0]!,
  shape: [count, ...view.shape.slice(1)],
});

/** Whether the elements lie one after another in row-major order. */
export function isDense({ shape, strides }: Layout): boolean {
  const dense = stridesOf(shape);
  return sizeOf(shape) <= 1 || shape.every((length, axis) => length === 1 || strides[axis] === dense[axis]);
}

/** Whether two views are the same elements in the same order, wherever the loops are. */
export const sameView = (a: View, b: View): boolean =>
  a === b ||
  (samePlace(a, b) &&
    a.shape.length === b.shape.length &&
    a.shape.every((length, axis) => length === b.shape[axis]) &&
    a.strides.every((stride, axis) => stride === b.strides[axis] || a.shape[axis] === 1));

/** Whether two views begin at the same element, wherever the loops are. */
const samePlace = (a: View, b: View): boolean =>
  a.buffer === b.buffer && a.offset === b.offset && sameAdvances(a.advances, b.advances);

export const sameAdvances = (a: readonly Advance[], b: readonly Advance[]): boolean =>
  a.length === b.length &&
  a.every((advance, i) => {
    const other = b[i]!;
    return (
      advance.counter === other.counter &&
      advance.stride === other.stride &&
      advance.alternate === other.alternate
    );
  });

/** First and last element that a view may touch, without what loops add. */
export function extentOf({ offset, shape, strides }: View): readonly [number, number] {
  let low = offset;
  let high = offset;
  for (let axis = 0; axis < shape.length; axis++) {
    const reach = (shape[axis]! - 1) * strides[axis]!;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}

/** Whether two views of one buffer may touch the same element, both being used in one step of the loops around them. */
export function mayOverlap(a: View, b: View): boolean {
  if (a.buffer !== b.buffer || sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) return false;
  if (!comparable(a.advances, b.advances)) return true;
  const [lowA, highA] = extentOf(a);
  const [lowB, highB] = extentOf(b);
  const phase = phaseDifference(a.advances, b.advances);
  if (phase !== undefined && phase !== 0) return false;
  if (highA < lowB || highB < lowA) return false;
  return (isDense(a) && isDense(b)) || !sideBySide(a, b);
}

/** Whether the loops add the same to both, but for the phase of rows that take turns. */
const comparable = (a: readonly Advance[], b: readonly Advance[]): boolean =>
  a.length === b.length &&
  a.every((advance, i) => {
    const other = b[i]!;
    const alternates = (advance.alternate === undefined) === (other.alternate === undefined);
    return advance.counter === other.counter && advance.stride === other.stride && alternates;
  });

function phaseDifference(a: readonly Advance[], b: readonly Advance[]): number | undefined {
  const at = a.findIndex(({ alternate }) => alternate !== undefined);
  return at < 0 ? undefined : a[at]!.alternate! ^ b[at]!.alternate!;
}

/** Boxes of one array, apart from each other on one axis: parts of a concatenation, rows of a stack. */
function sideBySide(a: View, b: View): boolean {
  const strides = [...new Set([...stridesIn(a), ...stridesIn(b)])].sort((p, q) => q - p);
  const [boxA, boxB] = [boxOf(a, strides), boxOf(b, strides)];
  return (
    boxA !== undefined &&
    boxB !== undefined &&
    strides.some((_, i) => boxA[i]!.end <= boxB[i]!.start || boxB[i]!.end <= boxA[i]!.start)
  );
}

/** The strides of axes along which a view has different elements. */
export const stridesIn = ({ shape, strides }: View): number[] =>
  strides.filter((stride, axis) => shape[axis]! > 1 && stride !== 0);

/** The view as ranges of coordinates in an array of the given strides (descending); undefined where it is no box. */
export function boxOf(
  { offset, shape, strides }: View,
  grid: readonly number[],
): { start: number; end: number }[] | undefined {
  let rest = offset;
  let width = Infinity;
  const box: { start: number; end: number }[] = [];
  for (const stride of grid) {
    if (stride < 0) return undefined;
    const axes = [...shape.keys()].filter((axis) => strides[axis] === stride && shape[axis]! > 1);
    if (axes.length > 1) return undefined;
    const length = axes.length === 1 ? shape[axes[0]!]! : 1;
    const start = Math.floor(rest / stride);
    if ((start + length) * stride > width) return undefined;
    box.push({ start, end: start + length });
    rest -= start * stride;
    width = stride;
  }
  return rest === 0 ? box : undefined;
}
