import { Parameter } from "@org/core";
import { directionsOf, RecurrentStack } from "../layers/recurrent-stack.ts";
import { Sequential } from "../layers/sequential.ts";
import { requireEnd } from "../levels.ts";
import { cellTarget, layerTarget, type Target, whole } from "./targets.ts";

const targetOf = (part: object, suffix: string): Target | string =>
  cellTarget(part, suffix) ?? layerTarget(part);

/**
 * The parts of a model that PyTorch has tensors for, each with its path. What it has no like of goes into `differences`.
 * @throws GraphError for a model without an end
 */
export function targetsIn(
  op: string,
  part: unknown,
  path: string,
  differences: string[],
  level = 0,
): (readonly [string, Target])[] {
  if (typeof part !== "object" || part === null) return [];
  requireEnd(op, level);
  const nested = (parts: object): (readonly [string, Target])[] =>
    Object.entries(parts).flatMap(([key, each]) =>
      targetsIn(op, each, path ? `${path}.${key}` : key, differences, level + 1),
    );
  if (part instanceof Parameter) return [[path, whole({ "": part })]];
  if (part instanceof Sequential) return nested(part.layers);
  if (Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype) return nested(part);
  const targets: (Target | string)[] =
    part instanceof RecurrentStack
      ? (part as RecurrentStack<unknown>).layers.flatMap((layer, l) =>
          directionsOf(layer).map((cell, d) =>
            targetOf(cell as object, d === 1 ? `_l${l}_reverse` : `_l${l}`),
          ),
        )
      : [targetOf(part, "")];
  return targets.flatMap((target) => {
    if (typeof target !== "string") return [[path, target] as const];
    differences.push(path ? `${path}: ${target}` : target);
    return [];
  });
}
