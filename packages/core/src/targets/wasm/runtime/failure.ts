import { byteWidth, viewElements } from "../../../dtype.ts";
import { NumericError } from "../../../errors.ts";
import { outOfRange } from "../../../graph/index-check.ts";
import { sourceLine } from "../../../graph/provenance.ts";
import type { Buffer, Kernel, LoopCounter, View } from "../../../lower/kernel.ts";
import { type FailingKernel, STATUS_BYTES } from "../program/program-module.ts";

/** A kernel that ended a call: the steps that loops were at, and the status that it returned. */
export interface Failure extends FailingKernel {
  readonly steps: readonly number[];
  readonly status: number;
}

/**
 * What failed first, in the order of the program, among what threads returned: the number of a failing kernel, 0, or
 * -1 where a thread was stopped. `order` has all kernels as they run.
 */
export function firstFailure(
  codes: ArrayLike<number>,
  failing: readonly FailingKernel[],
  order: readonly Kernel[],
  memory: ArrayBufferLike,
  arena: number,
): Failure {
  const failures = Array.from(codes).flatMap((code, thread): Failure[] => {
    if (code <= 0) return [];
    const failed = failing[code - 1]!;
    const [status, ...steps] = new Int32Array(memory, arena + thread * STATUS_BYTES, 1 + failed.loops.length);
    return [{ ...failed, steps, status: status! }];
  });
  const key = ({ kernel, loops, steps, status }: Failure): number[] => [
    order.findIndex((each) => each === kernel || (each.kind === "loop" && each.counter === loops[0])),
    ...loops.map(({ reverse }, i) => (reverse ? -steps[i]! : steps[i]!)),
    order.indexOf(kernel),
    status,
  ];
  return failures.reduce((first, other) => (precedes(key(other), key(first)) ? other : first));
}

function precedes(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}

/** The error of a kernel that ended a call: what it says is read from memory as the kernel left it. */
export function failureOf(
  { kernel, loops, steps: counts, status }: Failure,
  memory: ArrayBufferLike,
  addressOf: (buffer: Buffer) => number,
): Error {
  const position = status - 1;
  const steps = new Map(loops.map((counter, i) => [counter, counts[i]!]));
  const element = (view: View): number => {
    const at = elementIndex(view, position, steps);
    const { dtype } = view.buffer;
    return viewElements(dtype, memory, addressOf(view.buffer) + at * byteWidth(dtype), 1)[0]!;
  };
  const [node] = kernel.nodes;
  switch (kernel.kind) {
    case "watch":
      return new NumericError(String(element(kernel.view)), node!.op.name, node!.name, sourceLine(node!), [
        ...steps.values(),
      ]);
    case "gather":
      return outOfRange(kernel.check, element(kernel.indices), kernel.table.shape[0]!);
    case "scatterAdd":
      return outOfRange(kernel.check, element(kernel.indices), kernel.target.shape[0]!);
    default:
      return new Error(`${kernel.kind} ended with status ${status}`);
  }
}

/** The element of the buffer that stands at a row-major position of a view. */
function elementIndex(view: View, position: number, steps: ReadonlyMap<LoopCounter, number>): number {
  let index = view.offset;
  for (const { counter, stride, alternate } of view.advances) {
    const step = steps.get(counter)!;
    index += stride * (alternate === undefined ? step : (step + alternate) % 2);
  }
  let rest = position;
  for (let axis = view.shape.length - 1; axis >= 0; axis--) {
    index += (rest % view.shape[axis]!) * view.strides[axis]!;
    rest = Math.floor(rest / view.shape[axis]!);
  }
  return index;
}
