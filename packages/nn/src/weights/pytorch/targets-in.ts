import { directionsOf, RecurrentStack } from "../../layers/recurrent-stack.ts";
import { partsOf } from "../parts.ts";
import type { TwoWayTarget } from "../target.ts";
import { cellTarget, layerTarget } from "./targets.ts";

const targetOf = (part: object, suffix: string): TwoWayTarget | string =>
  cellTarget(part, suffix) ?? layerTarget(part);

/** What PyTorch has for a layer; for a stack of them, for each cell. */
const targetsOf = (part: object): (TwoWayTarget | string)[] =>
  part instanceof RecurrentStack
    ? (part as RecurrentStack<unknown>).layers.flatMap((layer, l) =>
        directionsOf(layer).map((cell, d) => targetOf(cell as object, d === 1 ? `_l${l}_reverse` : `_l${l}`)),
      )
    : [targetOf(part, "")];

/**
 * The parts of a model that PyTorch has tensors for, each with its path. What it has no like of goes into `differences`.
 * @throws GraphError for a model without an end
 */
export const targetsIn = (
  op: string,
  model: unknown,
  differences: string[],
): (readonly [path: string, target: TwoWayTarget])[] => partsOf(op, model, targetsOf, differences);
