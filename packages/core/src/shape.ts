/** Sizes per axis, outermost first. `[]` is a scalar. */
export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((size, length) => size * length, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The common shape of `a` and `b` under NumPy's broadcasting rule, or undefined where they don't fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const m = a[a.length - rank + axis] ?? 1;
    const n = b[b.length - rank + axis] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape[axis] = m === 1 ? n : m;
  }
  return shape;
}

/** Axes as non-negative numbers in ascending order, or undefined where one is out of range or named twice. */
export function normalizeAxes(
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] | undefined {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const asked: readonly number[] = Array.isArray(axes) ? axes : [axes];
  const list = asked.map((axis) => (Number.isInteger(axis) && axis < 0 ? axis + rank : axis));
  const valid = list.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  return valid && new Set(list).size === list.length ? list.sort((a, b) => a - b) : undefined;
}
