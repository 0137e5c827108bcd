import type { Tensor } from "../graph/tensor.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Tensors whose elements are counted through, one tensor after another. */
export type Places = readonly { readonly path: string; readonly shape: Shape }[];

/** How reports call tensors: by path in their structure and by name. */
export const placesOf = (tensors: readonly Tensor[], paths: readonly string[], role: string): Places =>
  tensors.map(({ shape, name }, i) => {
    const quoted = name === undefined ? "" : JSON.stringify(name);
    const path = paths[i] === name ? name : [paths[i], quoted].filter(Boolean).join(" ");
    return { path: path || role, shape };
  });

/** The tensor and the index in it of an element counted through all of them. */
export function elementAt(places: Places, position: number): { path: string; element: number[] } {
  let rest = position;
  for (const { path, shape } of places) {
    const size = sizeOf(shape);
    if (rest < size) return { path, element: unravel(rest, shape) };
    rest -= size;
  }
  throw new RangeError(`no element ${position}`);
}

function unravel(position: number, shape: Shape): number[] {
  const element = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    element[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return element;
}
