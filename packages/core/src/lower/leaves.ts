import type { Node } from "../graph/tensor.ts";
import type { NDArray } from "../ndarray.ts";
import { sizeOf } from "../shape.ts";
import type { Buffer, View } from "./kernel.ts";
import { labelOf, type Scope } from "./scope.ts";
import { wholeView } from "./view.ts";

/** A literal; one number, however often, is kept once and known while kernels are made. */
export function lowerConstant(node: Node, { program, values }: Scope): void {
  const { value } = node.attributes as { readonly value: NDArray };
  const { dtype, shape, data } = value;
  const [first] = data;
  const uniform = data.length > 0 && data.every((element) => Object.is(element, first));
  const buffer: Buffer = {
    id: program.buffers++,
    dtype,
    size: uniform ? 1 : data.length,
    home: "constant",
    label: "a literal",
    ...(uniform && { literal: first! }),
  };
  program.literals.set(buffer, value);
  const view: View = wholeView(buffer, shape);
  values.set(node.result(), uniform ? { ...view, strides: shape.map(() => 0) } : view);
}

/** A parameter, in the one place where the runtime keeps it. */
export function lowerParameter(node: Node, { program, values }: Scope): void {
  const { dtype, shape } = node.results[0]!;
  let buffer = program.parameters.get(node);
  if (!buffer) {
    buffer = { id: program.buffers++, dtype, size: sizeOf(shape), home: "parameter", label: labelOf(node) };
    program.parameters.set(node, buffer);
  }
  values.set(node.result(), wholeView(buffer, shape));
}
