import { type Shape, sameShape } from "../shape.ts";
import { mapLoads, parts, usesPosition } from "./expressions.ts";
import type { Expression, MapKernel, View } from "./kernel.ts";
import { reshapedView } from "./view.ts";

/** Expressions with every load seen in another shape of as many elements; undefined where a view does not allow it. */
function regroupExpressions(roots: readonly Expression[], shape: Shape): Expression[] | undefined {
  let fits = true;
  const seen = mapLoads(roots, (view, load) => {
    const regrouped = reshapedView(view, shape);
    fits &&= regrouped !== undefined;
    return regrouped ? { kind: "load", view: regrouped } : load;
  });
  return fits ? seen : undefined;
}

/** The same map over another shape of as many elements. */
export function regroup(map: MapKernel, shape: Shape): MapKernel | undefined {
  if (sameShape(map.shape, shape)) return map;
  const places = map.stores.map(({ view }) => reshapedView(view, shape));
  const values = regroupExpressions(
    map.stores.map(({ value }) => value),
    shape,
  );
  if (!values || !places.every((place) => place !== undefined)) return undefined;
  return { ...map, shape, stores: places.map((view, i) => ({ view, value: values[i]! })) };
}

/** Plain steps up to which a map may go through memory in two orders at once; with more, a copy is cheaper. */
const FEW_STEPS = 8;

/** Whether a map is little work for each element: functions of many instructions are sooner done along their loads. */
export function isLight({ stores }: MapKernel): boolean {
  const values = stores.map(({ value }) => value);
  const steps = parts(values).filter(({ kind }) => kind !== "load" && kind !== "constant");
  return steps.length <= FEW_STEPS && steps.every((part) => part.kind === "apply" && part.cheap);
}

/** A map with its axes in another order; undefined where an element depends on its place. */
export function withAxes(map: MapKernel, order: readonly number[]): MapKernel | undefined {
  const values = map.stores.map(({ value }) => value);
  if (usesPosition(values)) return undefined;
  const along = (of: readonly number[]): number[] => order.map((axis) => of[axis]!);
  const turned = (view: View): View => ({ ...view, shape: along(view.shape), strides: along(view.strides) });
  const seen = mapLoads(values, (view) => ({ kind: "load", view: turned(view) }));
  const stores = map.stores.map(({ view }, i) => ({ view: turned(view), value: seen[i]! }));
  return { ...map, shape: along(map.shape), stores };
}

/**
 * A map with its axes in the order in which the elements of a view of its shape lie in memory; undefined where they lie in
 * no order of axes, or an element depends on its place.
 */
export function inOrderOf(map: MapKernel, { shape, strides }: View): MapKernel | undefined {
  const axes = shape.map((_, axis) => axis);
  const long = axes.filter((axis) => shape[axis] !== 1);
  const sorted = long.toSorted((a, b) => strides[b]! - strides[a]!);
  if (sorted.every((axis, i) => axis === long[i])) return map;
  if (long.some((axis) => strides[axis]! <= 0)) return undefined;
  return withAxes(map, [...sorted, ...axes.filter((axis) => shape[axis] === 1)]);
}

/** Two maps of as many elements over one shape. */
export function regroupAlike(a: MapKernel, b: MapKernel): readonly [MapKernel, MapKernel] | undefined {
  const guest = regroup(b, a.shape);
  if (guest) return [a, guest];
  const host = regroup(a, b.shape);
  return host && [host, b];
}
