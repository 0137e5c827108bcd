import { GraphError, inWords, isLoop, type Node, scan, substitute, Tensor } from "@org/core";

/**
 * What core says of a loop node: body inputs are `[constants, carries, xs]`, its outputs `[carries, histories]`, and the
 * first constant of a counted loop is how many steps run.
 */
export interface LoopParts {
  readonly body: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] };
  readonly constants: number;
  readonly carries: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly counted: boolean;
}

/** @throws GraphError for what is no tensor */
export function requireTensor(op: string, tensor: unknown, expected: string): void {
  if (tensor instanceof Tensor) return;
  throw new GraphError({ op, problem: `expected ${expected}, received ${inWords(tensor)}` });
}

/** @throws GraphError for a node that is no loop */
export function partsOf(op: string, node: Node): LoopParts {
  if (isLoop(node)) return node.attributes as LoopParts;
  throw new GraphError({
    op,
    problem: "expected what a loop returns: outputs or a state of recurrent",
    rule: "not a function of it, and not a run with unroll or checkpoint",
  });
}

/** A loop that is run again with changes: the results of the old one, and what was added. */
export interface Remade {
  /** New results in place of the old. */
  readonly replacements: ReadonlyMap<Tensor, Tensor>;
  /** Histories of what the step adds. */
  readonly added: readonly Tensor[];
}

/** What a changed step has to work with. */
export interface RemadeStep {
  /** What stands for the body's inputs now. */
  readonly inputs: readonly Tensor[];
  /** A slice of each of the additional `xs`. */
  readonly slices: readonly Tensor[];
}

/**
 * The same loop with a step of another kind over additional `xs`. The step returns the outputs of the body, changed, and
 * tensors whose histories are wanted beside them.
 */
export function remadeLoop(
  node: Node,
  parts: LoopParts,
  xs: readonly Tensor[],
  step: (inside: RemadeStep) => { readonly outputs: readonly Tensor[]; readonly added?: readonly Tensor[] },
): Remade {
  const { constants, carries, length, reverse, counted } = parts;
  const count = node.results.length;
  const own = node.inputs.slice(constants + carries);
  const { carry, ys } = scan(
    (before: readonly Tensor[], x: readonly Tensor[]) => {
      const inputs = [...node.inputs.slice(0, constants), ...before, ...x.slice(0, own.length)];
      const { outputs, added = [] } = step({ inputs, slices: x.slice(own.length) });
      return { carry: outputs.slice(0, carries), y: [...outputs.slice(carries, count), ...added] };
    },
    {
      init: node.inputs.slice(constants, constants + carries),
      xs: [...own, ...xs],
      length,
      reverse,
      ...(counted && { count: node.inputs[0]! }),
    },
  );
  const results = [...(carry as readonly Tensor[]), ...ys];
  return {
    replacements: new Map(Array.from({ length: count }, (_, i) => [node.result(i), results[i]!])),
    added: results.slice(count),
  };
}

/** Tensors of the body, over other inputs. */
export const inBody = (
  { body }: LoopParts,
  tensors: readonly Tensor[],
  inputs: readonly Tensor[],
): Tensor[] => substitute(tensors, new Map(body.inputs.map((input, i) => [input, inputs[i]!])));
