import { byteWidth, viewElements } from "../../dtype.ts";
import { NumericError, ShapeError } from "../../errors.ts";
import { sourceLine } from "../../graph/provenance.ts";
import type { Buffer, LoopCounter, View } from "../../lower/kernel.ts";
import type { FailingKernel } from "./program.ts";

/** The error of a kernel that ended a call: what it says is read from memory as the kernel left it. */
export function failureOf(
  { kernel, loops }: FailingKernel,
  memory: ArrayBufferLike,
  arena: number,
  addressOf: (buffer: Buffer) => number,
): Error {
  const status = new Int32Array(memory, arena, 1 + loops.length);
  const position = status[0]! - 1;
  const steps = new Map(loops.map((counter, i) => [counter, status[1 + i]!]));
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
      return outOfRange("take", element(kernel.indices), kernel.table.shape[0]!);
    case "scatterAdd":
      return outOfRange("scatterAdd", element(kernel.indices), kernel.target.shape[0]!);
    default:
      return new Error(`${kernel.kind} ended with status ${status[0]}`);
  }
}

const outOfRange = (op: string, index: number, length: number): ShapeError =>
  new ShapeError({
    op,
    problem: `index ${index} is out of range for ${length} rows`,
    rule: "-rows ≤ index < rows",
  });

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
