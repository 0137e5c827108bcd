import { checkOptionNames, checkOptionValues, GraphError, type Operand, withScope } from "@org/core";
import { type Cell, requireCell } from "./cells/cell.ts";
import type { LinearState } from "./cells/linear-cell.ts";
import { flag } from "./option-values.ts";
import { runParallel } from "./run-parallel.ts";
import { type RecurrentResult, runSequence, type SequenceOptions } from "./run-sequence.ts";
import { checkSequence } from "./sequence-shape.ts";
import { besideCells } from "./states.ts";

export interface RecurrentOptions<State> extends SequenceOptions {
  /** The state before the first step: values, tensors fed, or parameters to be learned. Default: the cell's own. */
  readonly initialState?: State;
  /** From the last step to the first; outputs stay in the order of `xs`. @default false */
  readonly reverse?: boolean;
  /**
   * All steps at once, as core's `associativeScan`, for cells whose state is a linear function of the one before (`QRNNCell`,
   * `MinGRUCell`, `LRUCell` …); the same values as the loop up to rounding. On one thread the loop is nearly always faster.
   * Takes `initialState` and `reverse`, none of the others. @default false
   */
  readonly parallel?: boolean;
}

/**
 * Runs a cell over a sequence, as one loop node: `h_t = step(x_t, h_{t-1})`, `y_t = output(h_t)`. A cell is any object
 * of the shape of `Cell`, a user's own too.
 * Shapes:   `xs [time, batch, ...]` → `outputs [time, batch, ...]`
 * Gradient: backpropagation through all steps, the initial state included; `truncate` cuts it
 * @throws ShapeError for `xs` without a time and a batch axis, or with a last axis that the cell doesn't take, and for
 *   `lengths` that are not one for each sequence;
 *   GraphError for a step that changes the state's structure, and for a length or a truncation that is none
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * const { outputs, state } = recurrent(cell, constant([[[1, 2]], [[3, 4]]]));
 * outputs.shape; // → [2, 1, 3]
 * state.c.shape; // → [1, 3]
 * const short = recurrent(cell, constant([[[1, 2]], [[3, 4]]]), { lengths: [1] });
 * take(short.outputs, 1); // → [[0, 0, 0]]
 */
export function recurrent<State>(
  cell: Cell<State>,
  xs: Operand,
  options: RecurrentOptions<State> = {},
): RecurrentResult<State> {
  const {
    initialState,
    reverse = false,
    parallel = false,
    ...rest
  } = checkOptionNames(
    "recurrent",
    options,
    "initialState reverse parallel lengths mask unroll truncate checkpoint",
  );
  requireCell(
    "recurrent",
    cell,
    "recurrent(new LSTMCell({ … }), xs); a layer runs by itself: layer.apply(xs)",
  );
  const name = cell.name ?? cell.constructor.name;
  const op = name === "Object" ? "recurrent" : name;
  const x = besideCells(xs, [cell], initialState, op);
  const [, batch] = checkSequence(x, { op, inputSize: cell.inputSize });
  checkOptionValues(op, { parallel: [parallel, flag] });
  const others = Object.entries(rest).filter(([, value]) => value !== undefined && value !== false);
  if (parallel && others.length > 0)
    throw new GraphError({ op, problem: `parallel and ${others[0]![0]} do not go together` });
  const run = (): RecurrentResult<State> => {
    if (parallel) {
      const at = { initialState: initialState as LinearState | undefined, reverse };
      return runParallel(op, cell, x, at) as RecurrentResult<State>;
    }
    return runSequence(
      {
        xs: { x },
        initialState: initialState ?? cell.initialState(batch),
        step: (state, { x }) => cell.step(x, state),
        output: (state) => cell.output(state),
      },
      { ...rest, op, reverse },
    );
  };
  return name === "Object" ? run() : withScope(name, run);
}
