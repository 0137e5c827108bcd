import { type Operand, reshape, Tensor, tensorBeside, where } from "@org/core";
import type { Cell } from "./cells/cell.ts";

/**
 * A state made of others of the same structure, tensor by tensor. Where structures differ, the first has its way: what
 * runs the steps says what is wrong with it.
 */
export function mapStates<State>(
  [state, ...others]: readonly [State, ...unknown[]],
  combine: (tensor: Tensor, ...beside: Tensor[]) => Tensor,
): State {
  const visit = (part: unknown, beside: readonly unknown[]): unknown => {
    if (part instanceof Tensor) {
      return beside.every((each) => each instanceof Tensor) ? combine(part, ...beside) : part;
    }
    if (typeof part !== "object" || part === null) return part;
    const inner = (key: string): unknown[] => beside.map((each) => Object(each)[key]);
    const entries = Object.entries(part).map(([key, each]) => [key, visit(each, inner(key))] as const);
    return Array.isArray(part) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
  };
  return visit(state, others) as State;
}

/**
 * What cells run over, as a tensor: plain numbers are as wide as the cells' weights and states.
 */
export function besideCells<State>(
  x: Operand,
  cells: readonly Cell<State>[],
  initialState: unknown,
  op: string,
): Tensor {
  if (x instanceof Tensor) return x;
  const beside: Tensor[] = cells.flatMap(({ parameters }) => Object.values(parameters));
  for (const state of [initialState, ...cells.map((cell) => cell.initialState(1))])
    mapStates([state], (tensor) => {
      beside.push(tensor);
      return tensor;
    });
  return tensorBeside(x, beside, op);
}

/**
 * Rows of `a` where the flag holds, else of `b`.
 * Shapes: `flag []` or `[batch]`, `a [batch, ...s]`, `b [batch, ...s]` or a number → `[batch, ...s]`
 */
export function chooseRows(flag: Tensor, a: Tensor, b: Operand): Tensor {
  const missing = a.shape.length - flag.shape.length;
  return where(reshape(flag, [...flag.shape, ...new Array<number>(missing).fill(1)]), a, b);
}
