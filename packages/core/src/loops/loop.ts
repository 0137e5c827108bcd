import { GraphError } from "../errors.ts";
import { placeholder } from "../graph/leaves.ts";
import type { Body, EvaluateContext, Op } from "../graph/op.ts";
import { applyNode } from "../graph/op.ts";
import { checkElements, type Node, type Tensor, type TensorType } from "../graph/tensor.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import { closeBody } from "./body.ts";
import { batchLoop } from "./loop-batching.ts";
import { pullLoop } from "./loop-gradient.ts";

/**
 * What a loop node means. Body inputs are `[constants, carries, xs]`, its outputs `[carries, histories]`; the node's
 * operands are `[constants, initial carries, stacked xs]`, its results `[final carries, stacked histories]`. The first
 * constant of a `counted` loop is the number of steps that run, `i32 []`: those at `t < count`, whichever way it goes.
 * Carries stay what they are in the others, and histories are zero there; those of an `unfilled` loop hold anything, and
 * who made it reads them in loops of the same count, or behind a choice.
 *
 * A loop stands for the whole history of every tensor in its body; results name those that somebody asked for. That
 * is why histories may be asked for later (see `history`): gradients do, and the loop still runs once.
 */
export interface Loop {
  readonly body: Body & { readonly outputs: Tensor[] };
  readonly constants: number;
  readonly carries: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly counted: boolean;
  readonly unfilled?: true;
}

/** The loop before it is closed. */
export interface LoopParts {
  readonly carries: readonly { readonly init: Tensor; readonly before: Tensor; readonly after: Tensor }[];
  readonly xs: readonly { readonly stacked: Tensor; readonly x: Tensor }[];
  readonly ys: readonly Tensor[];
  readonly length: number;
  readonly reverse: boolean;
  /** How many steps run, `i32 []`; below 0 none, beyond `length` all. Default: all. */
  readonly count?: Tensor | undefined;
  /** Histories need no zeros behind the count: nobody looks there. */
  readonly unfilled?: boolean | undefined;
  /** Nodes of the body, though they are older than its placeholders. */
  readonly own?: ReadonlySet<Node>;
}

/** Makes the node: outer tensors of the body become constants. */
export function makeLoop({ carries, xs, ys, length, reverse, count, unfilled, own }: LoopParts): {
  carry: Tensor[];
  ys: Tensor[];
} {
  const placeholders = [...carries.map(({ before }) => before), ...xs.map(({ x }) => x)];
  const outputs = [...carries.map(({ after }) => after), ...ys];
  const { captured, ...body } = closeBody(placeholders, outputs, own);
  const counts = count ? [count] : [];
  const loop: Loop = {
    body: { ...body, inputs: [...counts.map((each) => placeholder(each, "count")), ...body.inputs] },
    constants: counts.length + captured.length,
    carries: carries.length,
    length,
    reverse,
    counted: count !== undefined,
    ...(count && unfilled && { unfilled }),
  };
  const operands = [
    ...counts,
    ...captured,
    ...carries.map(({ init }) => init),
    ...xs.map(({ stacked }) => stacked),
  ];
  const node = applyNode(loopOp, operands, loop);
  return {
    carry: carries.map((_, i) => node.result(i)),
    ys: ys.map((_, i) => node.result(carries.length + i)),
  };
}

/** How many steps of a loop run, given its operands; undefined for all. */
export const countOf = (loop: Loop, operands: readonly Tensor[]): Tensor | undefined =>
  loop.counted ? operands[0] : undefined;

/** The stacked values `[length, ...s]` of a tensor of the body. Asking again gives the same tensor. */
export function history(node: Node, tensor: Tensor): Tensor {
  const { body, carries, length } = node.attributes as Loop;
  let index = body.outputs.indexOf(tensor, carries);
  if (index < 0) index = body.outputs.push(tensor) - 1;
  const results = node.results as TensorType[];
  for (let i = results.length; i <= index; i++) {
    const type = stacked(body.outputs[i]!, length);
    checkElements("scan", type);
    results.push(type);
  }
  return node.result(index);
}

const stacked = ({ shape, dtype }: TensorType, length: number): TensorType => ({
  shape: [length, ...shape],
  dtype,
});

/** One step of a stacked array, sharing its memory. */
const step = ({ dtype, shape, data }: NDArray, t: number): NDArray => {
  const inner = shape.slice(1);
  const width = sizeOf(inner);
  return new NDArray(dtype, inner, data.subarray(t * width, (t + 1) * width));
};

export const loopOp: Op = {
  name: "scan",
  rule: "constants, carries [...c], xs [length, ...x] → carries [...c], ys [length, ...y]",
  differentiable: true,
  cheap: false,
  kernel: { kind: "loop" },
  bodies: (attributes) => [(attributes as Loop).body],
  infer(operands, attributes) {
    const { body, constants, carries, length } = attributes as Loop;
    operands.forEach((operand, i) => {
      const inside: TensorType = body.inputs[i]!;
      checkOperand(operand, i < constants + carries ? inside : stacked(inside, length));
    });
    return body.outputs.map((output, i) =>
      i < carries ? { shape: output.shape, dtype: output.dtype } : stacked(output, length),
    );
  },
  evaluate: (values, attributes, context) => runLoop(values, attributes as Loop, context),
  pull: (gs, node, context) => pullLoop(gs, node, context, { makeLoop, history, countOf }),
  batch: (operands, node, context) => batchLoop(operands, node, context, makeLoop),
};

function checkOperand(operand: Tensor, expected: { shape: Shape; dtype: string }): void {
  if (operand.dtype === expected.dtype && sameShape(operand.shape, expected.shape)) return;
  const problem = `an operand is ${showShape(operand.shape)} ${operand.dtype}, the body takes ${showShape(expected.shape)} ${expected.dtype}`;
  throw new GraphError({ op: "scan", problem });
}

function runLoop(
  values: readonly NDArray[],
  loop: Loop,
  { types, wanted, prepare }: EvaluateContext,
): NDArray[] {
  const { body, constants, carries, length, reverse, counted } = loop;
  const shared = values.slice(0, constants);
  const count = counted ? Math.min(Math.max(shared[0]!.data[0]!, 0), length) : length;
  let carry = values.slice(constants, constants + carries);
  const xs = values.slice(constants + carries);
  const asked = wanted.filter((index) => index >= carries);
  const run = prepare(body, [...carry.keys(), ...asked]);
  const results: NDArray[] = [];
  for (const index of asked) results[index] = emptyArray(types[index]!.dtype, types[index]!.shape);
  for (let i = 0; i < count; i++) {
    const t = reverse ? count - 1 - i : i;
    const outputs = run([...shared, ...carry, ...xs.map((x) => step(x, t))], t);
    carry = outputs.slice(0, carries);
    asked.forEach((index, k) => {
      const { data } = outputs[carries + k]!;
      results[index]!.data.set(data, t * data.length);
    });
  }
  carry.forEach((value, i) => {
    results[i] = value;
  });
  return results;
}
