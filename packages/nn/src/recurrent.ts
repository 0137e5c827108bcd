import { type Operands, ShapeError, scan, type Tensor } from "@org/core";
import type { Cell } from "./cells/cell.ts";

export interface RecurrentOptions<State> {
  /** The state before the first step. Default: the cell's own for the batch of `xs`. */
  readonly initialState?: State;
  /** From the last step to the first; outputs stay in the order of `xs`. @default false */
  readonly reverse?: boolean;
}

export interface RecurrentResult<State> {
  /** Every step's output, in the order of the inputs. */
  readonly outputs: Tensor;
  /** After the last step; fed back as `initialState`, the sequence goes on. */
  readonly state: State;
}

/**
 * Runs a cell over a sequence, as one loop node: `h_t = step(x_t, h_{t-1})`, `y_t = output(h_t)`. A cell is any object
 * of the shape of `Cell`, a user's own too.
 * Shapes:   `xs [time, batch, ...]` → `outputs [time, batch, ...]`
 * Gradient: backpropagation through all steps, the initial state included
 * @throws ShapeError for `xs` without a time and a batch axis; GraphError for a step that changes the state's structure
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * const { outputs, state } = recurrent(cell, constant([[[1, 2]], [[3, 4]]]));
 * outputs.shape; // → [2, 1, 3]
 * state.c.shape; // → [1, 3]
 */
export function recurrent<State>(
  cell: Cell<State>,
  xs: Tensor,
  { initialState, reverse = false }: RecurrentOptions<State> = {},
): RecurrentResult<State> {
  const batch = xs.shape[1];
  if (batch === undefined) {
    throw new ShapeError({
      op: "recurrent",
      problem: "expected a time and a batch axis",
      operands: [{ label: "xs", shape: xs.shape, dtype: xs.dtype, name: xs.name }],
      rule: "xs [time, batch, ...]",
    });
  }
  const { carry, ys } = scan(
    (before, x) => {
      const state = cell.step(x, before as State);
      return { carry: state as Operands, y: cell.output(state) };
    },
    { init: (initialState ?? cell.initialState(batch)) as Operands, xs, reverse },
  );
  return { outputs: ys, state: carry as State };
}
