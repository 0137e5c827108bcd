import { isFloat } from "../dtype.ts";
import { placeholder } from "../graph/leaves.ts";
import type { Cotangents, PullContext } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { add } from "../ops/arithmetic.ts";
import { greater, where } from "../ops/comparison.ts";
import { fill } from "../ops/promotion.ts";
import { fixpoint } from "./fixpoint.ts";
import type { Loop, LoopParts } from "./loop.ts";
import { chooseSaved } from "./saved-values.ts";

/** Handed over by `loop.ts`, which imports this file. */
interface LoopTools {
  makeLoop(parts: LoopParts): { carry: Tensor[]; ys: Tensor[] };
  history(node: Node, tensor: Tensor): Tensor;
  countOf(loop: Loop, operands: readonly Tensor[]): Tensor | undefined;
}

/**
 * The gradient of a loop is a loop in the other direction (Werbos 1990, backpropagation through time):
 *
 *     for t = T … 1:  (ḡ(carry_t-1), ḡ(x_t), Δḡ(constants)) = vjp of the body at t, at (ḡ(carry_t), ḡ(y_t))
 *
 * The steps that a counted loop leaves out are left out here too. Cotangents of carries are its carries, those of constants are summed in carries, those of xs are its ys.
 * The values of the forward body that it needs are a smallest set of histories (`saved-values.ts`).
 */
export function pullLoop(
  gs: Cotangents,
  node: Node,
  { pullback, needed }: PullContext,
  tools: LoopTools,
): (Tensor | undefined)[] {
  const loop = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = loop;
  const [ks, cs, xs] = [
    body.inputs.slice(0, constants),
    body.inputs.slice(constants, constants + carries),
    body.inputs.slice(constants + carries),
  ];
  const operandOf = (i: number): Tensor => node.inputs[i]!;
  const live = liveCarries(gs, loop, needed);
  const seeded = body.outputs.flatMap((output, i) => {
    if (i < carries) return live.has(i) ? [{ output, i, g: placeholder(output) }] : [];
    return gs[i] ? [{ output, i, g: placeholder(output) }] : [];
  });
  const wantedKs = ks.map((_, i) => i).filter((i) => needed[i]);
  const wantedXs = xs.map((_, i) => i).filter((i) => needed[constants + carries + i]);
  const liveCs = [...live];
  const pulled = pullback(
    seeded.map(({ output }) => output),
    seeded.map(({ g }) => g),
    [...liveCs.map((i) => cs[i]!), ...wantedKs.map((i) => ks[i]!), ...wantedXs.map((i) => xs[i]!)],
  );
  const gCs = pulled.slice(0, liveCs.length);
  const gKs = wantedKs.flatMap((i, at) => withGradient(i, pulled[liveCs.length + at], ks[i]!));
  const gXs = wantedXs.flatMap((i, at) =>
    withGradient(i, pulled[liveCs.length + wantedKs.length + at], xs[i]!),
  );

  const after = [
    ...liveCs.map((i, at) => gCs[at] ?? fill(0, cs[i]!)),
    ...gKs.map(({ total, gradient }) => add(total, gradient)),
  ];
  const ys = gXs.map(({ gradient }) => gradient);
  const free = new Map<Tensor, Tensor>(ks.map((k, i) => [k, operandOf(i)]));
  const stackedXs = xs.map((x, i) => ({
    x: placeholder(x, x.name),
    stacked: operandOf(constants + carries + i),
    original: x,
  }));
  const kept = new Set(body.outputs.slice(carries));
  const saved = chooseSaved([...after, ...ys], cs, new Set([...ks, ...xs]), kept).map((tensor) => ({
    x: placeholder(tensor, tensor.name),
    stacked: tools.history(node, tensor),
    original: tensor,
  }));
  for (const { original, x } of [...stackedXs, ...saved]) free.set(original, x);
  const outputs = substitute([...after, ...ys], free);

  const carried = [
    ...liveCs.map((i) => ({
      init: gs[i] ?? fill(0, cs[i]!),
      before: seeded.find((seed) => seed.i === i)!.g,
    })),
    ...gKs.map(({ total }) => ({ init: fill(0, total), before: total })),
  ];
  const seeds = seeded.filter(({ i }) => i >= carries).map(({ i, g }) => ({ x: g, stacked: gs[i]! }));
  const used = new Set(ancestors(outputs));
  const count = tools.countOf(loop, node.inputs);
  const result = tools.makeLoop({
    carries: carried.map((carry, i) => ({ ...carry, after: outputs[i]! })),
    xs: [...seeds, ...saved, ...stackedXs].filter(({ x }) => used.has(x.node)),
    ys: outputs.slice(carried.length),
    length,
    reverse: !reverse,
    count,
    unfilled: loop.unfilled,
    own: new Set(ancestors(body.outputs)),
  });

  const gradients = new Array<Tensor | undefined>(node.inputs.length).fill(undefined);
  liveCs.forEach((i, at) => {
    gradients[constants + i] = result.carry[at];
  });
  gKs.forEach(({ i }, at) => {
    gradients[i] = result.carry[liveCs.length + at];
  });
  gXs.forEach(({ i }, at) => {
    gradients[constants + carries + i] = loop.unfilled ? ifRun(result.ys[at]!, count!) : result.ys[at];
  });
  return gradients;
}

/** What a loop of one step has stacked, zero where it made none. */
const ifRun = (y: Tensor, count: Tensor): Tensor => where(greater(count, 0), y, 0);

const withGradient = (i: number, gradient: Tensor | undefined, like: Tensor) =>
  gradient ? [{ i, gradient, total: placeholder(like) }] : [];

/**
 * The carries that a cotangent flows through: they depend on an operand whose gradient is needed, and a result with a
 * cotangent depends on them. Both are fixpoints over the loop.
 */
function liveCarries(
  gs: Cotangents,
  { body, constants, carries }: Loop,
  needed: readonly boolean[],
): Set<number> {
  const carryIn = body.inputs.slice(constants, constants + carries);
  const floats = carryIn.map((_, i) => i).filter((i) => isFloat(carryIn[i]!.dtype));
  const nodes = ancestors(body.outputs);
  const outer = body.inputs.filter((_, i) => needed[i] && (i < constants || i >= constants + carries));

  const varied = fixpoint(
    floats.filter((i) => needed[constants + i]),
    (known) => {
      const roots = new Set([...outer, ...[...known].map((i) => carryIn[i]!)]);
      const dependent = descendants(nodes, roots);
      return floats.filter((i) => dependent.has(body.outputs[i]!.node) || roots.has(body.outputs[i]!));
    },
  );
  const useful = fixpoint(
    floats.filter((i) => gs[i] !== undefined),
    (known) => {
      const seen = new Set(
        ancestors(body.outputs.filter((_, i) => known.has(i) || (i >= carries && gs[i] !== undefined))),
      );
      return floats.filter((i) => seen.has(carryIn[i]!.node));
    },
  );
  return new Set(floats.filter((i) => varied.has(i) && useful.has(i)));
}
