import { GraphError } from "../errors.ts";
import { requireFunction } from "../given.ts";
import type { KernelRule } from "../graph/kernel-rule.ts";
import { placeholder } from "../graph/leaves.ts";
import { apply, applyNode, type BatchContext, defineOp, isBatched, type Op } from "../graph/op.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { sameShape, showShape } from "../shape.ts";
import { sum } from "./broadcast.ts";
import type { Unary } from "./elementwise.ts";
import { widenOpen } from "./open-dtype.ts";
import { type Operand, toTensor } from "./operand.ts";

const same = { rule: "[...s] → [...s]", type: ([x]: Unary) => ({ shape: x.shape, dtype: x.dtype }) };

/** The same elements at the same places. */
const unmoved: KernelRule = { kind: "view", view: (x) => x };

export const identityOp: Op = defineOp<Unary>({
  ...same,
  name: "identity",
  cheap: true,
  evaluate: ([x]) => x!,
  kernel: unmoved,
  vjp: (g) => [g],
  batch: "together",
});

/**
 * The same tensor under a name that pictures and messages use: `y = x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g`
 */
export function named(x: Operand, name: string): Tensor {
  const operand = toTensor("named", x);
  return new Node(
    identityOp,
    [operand],
    undefined,
    [{ shape: operand.shape, dtype: operand.dtype }],
    name,
  ).result();
}

export const stopGradientOp: Op = defineOp<Unary>({
  ...same,
  name: "stopGradient",
  cheap: true,
  evaluate: ([x]) => x!,
  kernel: unmoved,
  vjp: "none",
  batch: "together",
});

/**
 * The same tensor, a constant as far as gradients see: `y = x`. Cuts backpropagation, for instance between windows.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: none
 * @example
 * const x = parameter("x", 3);
 * evaluate(grad(mul(x, stopGradient(x)), x)); // → 3
 */
export const stopGradient = (x: Operand): Tensor => apply(stopGradientOp, [toTensor("stopGradient", x)]);

/** A user's gradient rule: the gradient of the result and the result, then the operands. */
export type GradientRule<Operands extends readonly Tensor[]> = (
  g: Tensor,
  y: Tensor,
  operands: Operands,
) => readonly (Tensor | null)[];

/** The rule for all examples at once. An operand that they share gets the sum of their gradients. */
function batchedRule(
  rule: GradientRule<readonly Tensor[]>,
  batched: readonly boolean[],
  { spread, batch }: BatchContext,
): GradientRule<readonly Tensor[]> {
  return (g, y, operands) => {
    const replaced = new Map<Tensor, Tensor>();
    const one = (x: Tensor, drop: boolean): Tensor => {
      const inside = placeholder({ shape: drop ? x.shape.slice(1) : x.shape, dtype: x.dtype }, x.name);
      replaced.set(inside, x);
      return inside;
    };
    const inside = operands.map((x, i) => one(x, batched[i]!));
    const gradients = rule(one(g, true), one(y, true), inside);
    const given = gradients.filter((gradient) => gradient !== null);
    const found = new Map(batch(given, replaced).map((all, i) => [given[i]!, all]));
    return gradients.map((gradient, i) => {
      if (!gradient) return null;
      const all = found.get(gradient)!;
      const every = isBatched(all, gradient) ? all : spread(all);
      return batched[i] === false ? sum(every, { axis: 0 }) : every;
    });
  };
}

export const customGradientOp: Op = defineOp<readonly Tensor[], { rule: GradientRule<readonly Tensor[]> }>({
  name: "customGradient",
  rule: "y [...s], operands → [...s]",
  cheap: true,
  type: ([y]) => ({ shape: y!.shape, dtype: y!.dtype }),
  evaluate: ([y]) => y!,
  kernel: unmoved,
  vjp(g, y, [, ...operands], { rule }) {
    const gradients = rule(g, y, operands);
    if (gradients.length !== operands.length) {
      const problem = `the rule returned ${gradients.length} gradients for ${operands.length} operands`;
      throw new GraphError({ op: "customGradient", problem });
    }
    gradients.forEach((gradient, i) => {
      if (!gradient || sameShape(gradient.shape, operands[i]!.shape)) return;
      const problem = `the rule's gradient ${i} is ${showShape(gradient.shape)}, its operand ${showShape(operands[i]!.shape)}`;
      throw new GraphError({ op: "customGradient", problem });
    });
    return [null, ...gradients];
  },
  batch([y, ...operands], { rule }, context) {
    const all = context.batched[0] ? y! : context.spread(y!);
    const batched = context.batched.slice(1);
    return apply(customGradientOp, [all, ...operands], { rule: batchedRule(rule, batched, context) });
  },
});

/**
 * A function with a gradient rule of the user's own. The rule has to be linear in `g` where `jvp` or `hvp` is to go
 * through it; higher orders differentiate the rule itself.
 * Shapes:   as `forward` has them
 * Gradient: as `rule` has it: `(g, y, operands) → one gradient per operand`, null for none. Tensors that `forward`
 *           uses without receiving them as operands get no gradient.
 * @throws GraphError, when differentiated, where the rule's gradients don't fit the operands
 * @example
 * const straightThrough = customGradient((x) => round(x), (g) => [g]);
 * const x = parameter("x", 1.7);
 * evaluate(grad(mul(straightThrough(x), 3), x)); // → 3
 */
export function customGradient<Operands extends readonly Tensor[]>(
  forward: (...operands: Operands) => Tensor,
  rule: GradientRule<Operands>,
): (...operands: { [K in keyof Operands]: Operand }) => Tensor {
  for (const each of [forward, rule]) requireFunction("customGradient", each);
  return (...operands) => {
    const draw = (tensors: readonly Tensor[]): Tensor => {
      const y = forward(...(tensors as unknown as Operands));
      const wider = widenOpen(operands, tensors, tensors, [y]);
      return wider ? draw(wider) : applyNode(customGradientOp, [y, ...tensors], { rule }).result();
    };
    return draw(operands.map((x) => toTensor("customGradient", x)));
  };
}
