import { placeholder } from "../graph/leaves.ts";
import { type BatchContext, isBatched } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { greater, less, maximum, minimum, where } from "../ops/comparison.ts";
import { arange, take } from "../ops/indexing.ts";
import { fill } from "../ops/promotion.ts";
import { argmax, max } from "../ops/reduction.ts";
import { moveAxis, reshape } from "../ops/reshape.ts";
import { fixpoint } from "./fixpoint.ts";
import type { Loop, LoopParts } from "./loop.ts";

/** The node's operands and what stands for them in the body, each with the axis of examples where it has one. */
interface Taken {
  readonly loop: Loop;
  readonly shared: readonly Tensor[];
  readonly inits: readonly Tensor[];
  readonly stacks: readonly Tensor[];
}

/** How many steps each example makes, and what it sees where it makes none. */
interface Counting {
  readonly counts: Tensor;
  readonly first: ReturnType<typeof firstSteps>;
}

/**
 * A loop over steps of all examples at once. A carry has the axis of examples from the start where it gets it in any
 * step: a fixpoint over the loop. Histories come as `[length, size, ...]` and leave as `[size, length, ...]`.
 *
 * Where examples make different numbers of steps (`count`), the loop makes the most of them, and those that are done keep
 * their carry and stack zeros. In steps that are not theirs they do their own first step again, and those that make none
 * the first step of the one that makes the most: steps that are made anyhow, so that nothing reaches a gradient that xs
 * hold behind the count, that a carry would come to, or that somebody without a step starts from or captures.
 */
export function batchLoop(
  operands: readonly Tensor[],
  node: Node,
  context: BatchContext,
  makeLoop: (parts: LoopParts) => { carry: Tensor[]; ys: Tensor[] },
): Tensor[] {
  const loop = node.attributes as Loop;
  const { constants, carries, counted, body } = loop;
  const { batched, size, spread } = context;
  const taken: Taken = {
    loop,
    shared: operands.slice(0, constants),
    inits: operands.slice(constants, constants + carries),
    stacks: operands
      .slice(constants + carries)
      .map((x, i) => (batched[constants + carries + i] ? moveAxis(x, 0, 1) : x)),
  };
  const counts = counted && batched[0] ? operands[0]! : undefined;
  const counting = counts && { counts, first: firstSteps(taken, counts, size) };
  const start = taken.inits.map((_, i) => i).filter((i) => batched[constants + i]);
  const grown = fixpoint(start, (known) => {
    const { after } = drawBody(taken, known, counting, context);
    return after.flatMap((tensor, i) => (isBatched(tensor, body.outputs[i]!) ? [i] : []));
  });
  const { before, xs, after, ys } = drawBody(taken, grown, counting, context);
  const every = (tensor: Tensor, i: number): Tensor =>
    grown.has(i) && !isBatched(tensor, body.outputs[i]!) ? spread(tensor) : tensor;
  const made = makeLoop({
    carries: taken.inits.map((init, i) => ({
      init: grown.has(i) && !batched[constants + i] ? spread(init) : init,
      before: before[i]!,
      after: every(after[i]!, i),
    })),
    xs,
    ys,
    length: loop.length,
    reverse: loop.reverse,
    count: counts ? mostOf(counts, size) : counted ? operands[0]! : undefined,
    unfilled: loop.unfilled,
    own: new Set(ancestors(body.outputs)),
  });
  const histories = made.ys.map((y, i) =>
    isBatched(ys[i]!, body.outputs[carries + i]!) ? moveAxis(y, 1, 0) : y,
  );
  return [...made.carry, ...histories];
}

/** The most steps that any example makes. */
const mostOf = (counts: Tensor, size: number): Tensor =>
  size === 0 ? fill(0, { shape: [], dtype: "i32" }) : max(counts);

/** The body with some of its carries batched: placeholders, the stacked tensors that xs are slices of, outputs. */
function drawBody(
  { loop, shared, inits, stacks }: Taken,
  carriesBatched: ReadonlySet<number>,
  counting: Counting | undefined,
  { size, batched, batch }: BatchContext,
) {
  const { body, constants, carries } = loop;
  const inside = (x: Tensor, wide: boolean): Tensor =>
    placeholder({ shape: wide ? [size, ...x.shape] : x.shape, dtype: x.dtype }, x.name);
  const before = inits.map((_, i) => inside(body.inputs[constants + i]!, carriesBatched.has(i)));
  const slices = stacks.map((_, i) =>
    inside(body.inputs[constants + carries + i]!, batched[constants + carries + i]!),
  );
  const xs = stacks.map((stacked, i) => ({ stacked, x: slices[i]! }));
  const replaced = new Map(body.inputs.map((x, i) => [x, [...shared, ...before, ...slices][i]!]));
  if (!counting) {
    const outputs = batch(body.outputs, replaced);
    return { before, xs, after: outputs.slice(0, carries), ys: outputs.slice(carries) };
  }
  const t = placeholder({ shape: [], dtype: "i32" }, "t");
  const { counts, first } = counting;
  const runs = less(t, counts);
  /** `tensor` for the examples that still run. */
  const running = (tensor: Tensor, original: Tensor, otherwise: Tensor): Tensor =>
    where(reshape(runs, [size, ...original.shape.map(() => 1)]), tensor, otherwise);
  if (first) {
    body.inputs.slice(1, constants).forEach((original, i) => {
      replaced.set(original, first.shared[i + 1]!);
    });
    [...before, ...slices].forEach((x, i) => {
      const original = body.inputs[constants + i]!;
      replaced.set(original, running(x, original, [...first.inits, ...first.xs][i]!));
    });
  }
  const outputs = batch(body.outputs, replaced).map((tensor, i) =>
    running(tensor, body.outputs[i]!, before[i] ?? fill(0, tensor)),
  );
  return {
    before,
    xs: [...xs, { stacked: arange(loop.length), x: t }],
    after: outputs.slice(0, carries),
    ys: outputs.slice(carries),
  };
}

/**
 * For each example what its first step sees, or that of the one that makes the most where it makes none: captured
 * tensors, carries and xs. Undefined where there is no step at all.
 */
function firstSteps({ loop, shared, inits, stacks }: Taken, counts: Tensor, size: number) {
  const { body, constants, carries, length, reverse } = loop;
  if (length === 0 || size === 0) return undefined;
  const whose = where(greater(counts, 0), arange(size), argmax(counts));
  const when = reverse ? sub(minimum(maximum(take(counts, whose), 1), length), 1) : 0;
  const own = (tensor: Tensor, i: number): Tensor =>
    isBatched(tensor, body.inputs[i]!) ? take(tensor, whose) : tensor;
  return {
    shared: shared.map(own),
    inits: inits.map((tensor, i) => own(tensor, constants + i)),
    xs: stacks.map((stacked, i) => {
      const { shape } = body.inputs[constants + carries + i]!;
      if (stacked.shape.length === shape.length + 1) return take(stacked, when);
      const rows = reshape(moveAxis(stacked, 1, 0), [size * length, ...shape]);
      return take(rows, add(mul(whose, length), when));
    }),
  };
}
