import {
  ancestors,
  evaluate,
  type Feeds,
  isLoop,
  type Loop,
  mean,
  type Node,
  scan,
  type Tensor,
} from "@org/core";
import { copyNode } from "../graph/copy-node.ts";
import { isDerived } from "../graph/describe.ts";
import type { FullNames } from "../graph/names.ts";
import { nameOf } from "./loop-gradients.ts";

/** Where attention looks. */
export interface Attention {
  /** What is looked at, and what looks, by name. */
  readonly keys: string;
  readonly queries: string;
  /** A row for each query, a number for each key: the mean over a batch. */
  readonly weights: readonly (readonly number[])[];
}

/** The tensor of weights; in a loop that looks once in each step, one of its body. */
interface Found {
  readonly weights: Tensor;
  readonly loop?: Node;
}

/**
 * The weights of every attention of a graph, outside of loops or in each step of one: what `softmax` gives in a region
 * that is called so, keys that do not count put to zero. `parameters` are the full names of layers.
 * @throws FeedError
 */
export function attentionsOf(
  tensors: readonly Tensor[],
  feeds: Feeds,
  parameters: FullNames = {},
): Attention[] {
  const nodes = ancestors(tensors);
  const found = [
    ...weightsIn(nodes).map((weights): Found => ({ weights })),
    ...nodes
      .filter(isForwardLoop)
      .flatMap((loop) =>
        weightsIn(ancestors((loop.attributes as Loop).body.outputs)).map((weights) => ({ weights, loop })),
      ),
  ];
  if (found.length === 0) return [];
  const owners = new Map(Object.entries(parameters).map(([path, tensor]) => [tensor, path.split(".")[0]!]));
  // [...queries, batch, keys]
  const all = found.map(({ weights, loop }) => mean(loop ? everyStep(loop, weights) : weights, { axis: -2 }));
  const values = evaluate(all, feeds);
  return found.map((each, i) => {
    const { data, shape } = values[i]!;
    const keys = shape.at(-1)!;
    const rows = keys === 0 ? 0 : data.length / keys;
    const { looked, looks } = sourcesOf(each);
    return {
      keys: looked ? layerName(looked, owners) : "keys",
      queries: looks ? layerName(looks, owners) : "queries",
      weights: Array.from({ length: rows }, (_, q) =>
        Array.from({ length: keys }, (_, k) => Number(data[q * keys + k])),
      ),
    };
  });
}

const isForwardLoop = (node: Node): boolean => isLoop(node) && !isDerived(node);

function weightsIn(nodes: readonly Node[]): Tensor[] {
  return nodes.flatMap((node) => {
    const { op, origin } = node;
    const region = origin.scope?.parent;
    const isSoftmax = op.name === "div" && origin.scope?.label === "softmax";
    if (!isSoftmax || isDerived(node) || !region || !/attention/i.test(region.label)) return [];
    const masked = nodes.find(
      ({ op, inputs, origin }) =>
        op.name === "where" && inputs[1] === node.result() && origin.scope === region,
    );
    return [(masked ?? node).result()];
  });
}

/** The loop that is looked at, and the one that looks: the last two below the weights. */
function sourcesOf({ weights, loop }: Found): { readonly looked?: Node; readonly looks?: Node } {
  const below = loop
    ? [...ancestors(loop.inputs).filter(isForwardLoop), loop]
    : ancestors([weights]).filter(isForwardLoop);
  const [looked, looks] = below.slice(-2);
  return { ...(looked && { looked }), ...((looks ?? looked) && { looks: looks ?? looked! }) };
}

/** A loop's region, before it the layer's own name, where its parameters have full names: `encoder (GRU)`. */
function layerName(loop: Node, owners: ReadonlyMap<Tensor, string>): string {
  const kind = nameOf(loop);
  const [owner, ...others] = new Set(loop.inputs.flatMap((input) => owners.get(input) ?? []));
  return owner === undefined || others.length > 0 || owner.toLowerCase() === kind.toLowerCase()
    ? kind
    : `${owner} (${kind})`;
}

/** A tensor of a loop's body at all steps, `[time, ...]`: the loop once more, giving it. */
function everyStep(node: Node, inside: Tensor): Tensor {
  const { body, constants, carries, length, reverse, counted } = node.attributes as Loop;
  const shared = node.inputs.slice(0, constants);
  const xs = node.inputs.slice(constants + carries);
  const inner = ancestors([...body.outputs, inside]);
  const { ys } = scan(
    (before: Tensor[], x: Tensor[] | undefined) => {
      const given = [...shared, ...before, ...(x ?? [])];
      const own = new Map(body.inputs.map((input, i) => [input, given[i]!]));
      for (const each of inner) if (!own.has(each.result())) copyNode(each, own);
      return { carry: body.outputs.slice(0, carries).map((output) => own.get(output)!), y: own.get(inside)! };
    },
    {
      init: node.inputs.slice(constants, constants + carries),
      ...(xs.length > 0 && { xs }),
      length,
      reverse,
      ...(counted && { count: node.inputs[0]! }),
    },
  );
  return ys;
}
