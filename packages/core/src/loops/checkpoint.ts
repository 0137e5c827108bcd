import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { isFloat } from "../dtype.ts";
import { requireFunction } from "../given.ts";
import { placeholder } from "../graph/leaves.ts";
import { applyNode, type Body, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { drawnOpen, widenOpen } from "../ops/open-dtype.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";
import { closeBody } from "./body.ts";

/** A body run as one step. Nothing inside is kept for the gradient, which runs the body again. */
export const callOp: Op = {
  name: "checkpoint",
  rule: "operands → the results of the body",
  differentiable: true,
  cheap: false,
  kernel: { kind: "call" },
  bodies: (attributes) => [attributes as Body],
  infer: (_, attributes) => (attributes as Body).outputs.map(({ shape, dtype }) => ({ shape, dtype })),
  evaluate(values, attributes, { wanted, prepare }) {
    const outputs = prepare(attributes as Body, wanted)(values);
    const results: typeof outputs = [];
    wanted.forEach((index, i) => {
      results[index] = outputs[i]!;
    });
    return results;
  },
  pull(gs, node, { pullback, needed }) {
    const body = node.attributes as Body;
    const seeded = body.outputs
      .map((output, i) => ({ output, g: gs[i], inside: placeholder(output) }))
      .filter(({ g }) => g);
    const wanted = body.inputs.map((_, i) => i).filter((i) => needed[i] && isFloat(body.inputs[i]!.dtype));
    const gradients = pullback(
      seeded.map(({ output }) => output),
      seeded.map(({ inside }) => inside),
      wanted.map((i) => body.inputs[i]!),
    );
    const found = wanted.filter((_, at) => gradients[at]);
    const backward: Body = {
      inputs: [...body.inputs, ...seeded.map(({ inside }) => inside)],
      outputs: gradients.filter((gradient) => gradient !== undefined),
    };
    const call = applyNode(callOp, [...node.inputs, ...seeded.map(({ g }) => g!)], backward);
    const results = new Array<Tensor | undefined>(node.inputs.length).fill(undefined);
    found.forEach((i, at) => {
      results[i] = call.result(at);
    });
    return results;
  },
  batch(operands, node, { size, batched, batch }) {
    const { inputs, outputs } = node.attributes as Body;
    const inside = inputs.map(({ shape, dtype, name }, i) =>
      placeholder({ shape: batched[i] ? [size, ...shape] : shape, dtype }, name),
    );
    const all = batch(outputs, new Map(inputs.map((x, i) => [x, inside[i]!])));
    const call = applyNode(callOp, operands, { inputs: inside, outputs: all } satisfies Body, node.name);
    return call.results.map((_, i) => call.result(i));
  },
};

/**
 * The same function, with nothing inside kept for its gradient: the backward pass runs `fn` again from its operands.
 * `fn` is called to draw its graph: once, or again where a plain number among the operands meets `f64`. Costs one more forward pass, saves the memory of everything between operands and results.
 * Gradient: that of `fn`
 * Source: Chen, Xu, Zhang & Guestrin 2016, "Training deep nets with sublinear memory cost".
 * @example
 * const x = parameter("x", 0.5);
 * const block = checkpoint((t) => tanh(square(t)));
 * evaluate(block(x)); // → 0.24491866
 */
export function checkpoint<Args extends readonly Tensors[] = readonly Tensor[], R extends Tensors = Tensor>(
  fn: (...args: Args) => R,
): (...args: { [K in keyof Args]: Mapped<Args[K], Tensor, Operand> }) => R {
  requireFunction("checkpoint", fn);
  return (...args) => {
    const given = { ...args } as unknown as Structure<Operand>; // a list of numbers would be one operand
    const plain = flatten<Operand>(given, isOperand, "checkpoint").leaves;
    const draw = (operands: readonly Tensor[]): R => {
      const inside = operands.map((x) => placeholder(x, x.name));
      const own = Object.values(withLeaves(given, isOperand, inside)) as unknown as Args;
      const outputs = drawnOpen(plain, inside, () => fn(...own));
      const { leaves } = flatten<Tensor>(outputs, isTensor, "checkpoint");
      const wider = widenOpen(plain, operands, inside, leaves);
      if (wider) return draw(wider);
      const { captured, ...body } = closeBody(inside, leaves);
      const node = applyNode(callOp, [...captured, ...operands], body);
      const results = node.results.map((_, index) => node.result(index));
      return withLeaves<Tensor, Tensor>(outputs, isTensor, results) as R;
    };
    return draw(plain.map((x) => toTensor("checkpoint", x)));
  };
}
