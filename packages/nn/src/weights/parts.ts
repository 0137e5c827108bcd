import { Parameter, requireEnd } from "@org/core";
import { Sequential } from "../layers/sequential.ts";
import { type Target, type TwoWayTarget, whole } from "./target.ts";

/**
 * The layers of a model, each with its path and what another framework has for it; of a single parameter, the tensor with
 * an empty name. Sentences of `targetsOf` about layers that it has no like of go into `differences`.
 * @throws GraphError for a model without an end
 */
export function partsOf<Found extends Target>(
  op: string,
  model: unknown,
  targetsOf: (layer: object) => readonly (Found | string)[],
  differences: string[],
): (readonly [path: string, target: Found | TwoWayTarget])[] {
  const visit = (part: unknown, path: string, level: number): (readonly [string, Found | TwoWayTarget])[] => {
    if (typeof part !== "object" || part === null) return [];
    requireEnd(op, level, "models");
    const nested = (parts: object) =>
      Object.entries(parts).flatMap(([key, each]) => visit(each, path ? `${path}.${key}` : key, level + 1));
    if (part instanceof Parameter) return [[path, whole({ "": part })]];
    if (part instanceof Sequential) return nested(part.layers);
    if (Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype) return nested(part);
    return targetsOf(part).flatMap((target) => {
      if (typeof target !== "string") return [[path, target] as const];
      differences.push(path ? `${path}: ${target}` : target);
      return [];
    });
  };
  return visit(model, "", 0);
}
