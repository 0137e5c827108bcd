import { constant } from "../graph/leaves.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { array, type NDArray, type Nested } from "../ndarray.ts";
import { isWeak, type Operand } from "../ops/operand.ts";
import { sizeOf } from "../shape.ts";

/**
 * `call` of plain numbers is a plain number again, computed in doubles, so that it takes the dtype of what it meets:
 * `1/3` beside `f64` has all its digits. Of anything else it is a tensor.
 */
export function foldPlain(call: (...operands: Operand[]) => Tensor, operands: readonly Operand[]): Operand {
  if (!operands.every(isWeak)) return call(...operands);
  const y = call(...operands.map((x) => constant(x as never, isTruth(x) ? "bool" : "f64")));
  return sizeOf(y.shape) === 0 ? call(...operands) : valueOf(y).toNested();
}

const isTruth = (x: Operand): boolean => array(x as Nested).dtype === "bool";

/** The value of a tensor made of constants by the functions of equations, none of which has a body. */
function valueOf(tensor: Tensor): NDArray {
  const values = new Map<Node, NDArray>();
  const unneeded = (): never => {
    throw new Error("an equation has no loops");
  };
  for (const node of ancestors([tensor])) {
    const operands = node.inputs.map((input) => values.get(input.node)!);
    const context = { types: node.results, wanted: [0], prepare: unneeded };
    values.set(node, node.op.evaluate(operands, node.attributes, context)[0]!);
  }
  return values.get(tensor.node)!;
}
