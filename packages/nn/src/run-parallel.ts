import { associativeScan, expandDims, GraphError, type Tensor, take } from "@org/core";
import {
  LinearCell,
  type LinearState,
  type LinearTerms,
  type Parts,
  plus,
  times,
} from "./cells/linear-cell.ts";
import type { RecurrentResult } from "./run-sequence.ts";
import { checkSequence } from "./sequence-shape.ts";

/** First one map `s ↦ a s + b`, then another. */
const composed = (first: LinearTerms, second: LinearTerms): LinearTerms => ({
  decay: times(second.decay, first.decay),
  drive: plus(times(second.decay, first.drive), second.drive),
});

/**
 * All states of a linear cell as one running combination of its maps, and what is shown of them, all steps at once.
 * @throws GraphError for a cell that is not linear
 */
export function runParallel(
  op: string,
  cell: unknown,
  xs: Tensor,
  { initialState, reverse }: { readonly initialState: LinearState | undefined; readonly reverse: boolean },
): RecurrentResult<LinearState> {
  if (!(cell instanceof LinearCell)) {
    const problem =
      "parallel runs cells whose state is a linear function of the one before, and this one's is not";
    throw new GraphError({ op, problem, hint: "leave parallel out: the loop runs every cell" });
  }
  const [time, batch] = checkSequence(xs, { op, inputSize: cell.inputSize });
  const start = initialState ?? cell.initialState(batch);
  const seen = cell.seen(xs, start, reverse);
  const terms = cell.terms(seen);
  const { decay, drive } = associativeScan(
    (a, b) => composed(a as LinearTerms, b as LinearTerms) as never,
    terms as never,
    { reverse },
  ) as LinearTerms;
  const before = cell.parts(start).map((part) => expandDims(part, 0)) as unknown as Parts;
  const states = plus(times(decay, before), drive);
  const outputs = cell.read(states, seen);
  if (time === 0) return { outputs, state: start };
  const last = (x: Tensor): Tensor => take(x, reverse ? 0 : time - 1);
  const parts = states.map(last) as unknown as Parts;
  return { outputs, state: cell.state(parts, last(outputs), last(xs)) };
}
