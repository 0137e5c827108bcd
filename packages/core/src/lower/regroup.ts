import { type Shape, sameShape } from "../shape.ts";
import { mapLoads } from "./expressions.ts";
import type { Expression, MapKernel } from "./kernel.ts";
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

/** Two maps of as many elements over one shape. */
export function regroupAlike(a: MapKernel, b: MapKernel): readonly [MapKernel, MapKernel] | undefined {
  const guest = regroup(b, a.shape);
  if (guest) return [a, guest];
  const host = regroup(a, b.shape);
  return host && [host, b];
}
