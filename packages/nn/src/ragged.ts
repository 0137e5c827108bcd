import {
  arange,
  array,
  constant,
  DTypeError,
  expandDims,
  GraphError,
  less,
  type Operand,
  ShapeError,
  sub,
  Tensor,
  take,
  where,
} from "@org/core";
import type { Sequence } from "./sequence.ts";
import { chooseRows, mapStates } from "./states.ts";

/**
 * A sequence whose batch is ragged: steps from `ends [batch]` on leave the state as it is, and their outputs are zero.
 * In reverse that is a start at each sequence's own end. Whatever the padding holds, it is read as zeros.
 */
export function ragged<State, Xs extends { readonly x: Tensor }>(
  sequence: Sequence<State, Xs>,
  ends: Tensor,
): Sequence<State, Xs & { readonly active: Tensor }> {
  const { x } = sequence.xs;
  const active = less(expandDims(arange(x.shape[0]!), 1), expandDims(ends, 0));
  return {
    xs: { ...sequence.xs, x: chooseRows(active, x, 0), active },
    initialState: sequence.initialState,
    step: (state, slices) =>
      mapStates([sequence.step(state, slices), state], (after, before) => {
        checkBatch(after, ends);
        return chooseRows(slices.active, after, before!);
      }),
    output: (state, slices) => chooseRows(slices.active, sequence.output(state, slices), 0),
  };
}

function checkBatch(state: Tensor, ends: Tensor): void {
  if (state.shape[0] === ends.shape[0]) return;
  throw new ShapeError({
    op: "recurrent",
    problem: "with lengths, a state has a row for each sequence",
    operands: [
      { label: "state", shape: state.shape, dtype: state.dtype, name: state.name },
      { label: "lengths", shape: ends.shape, dtype: ends.dtype, name: ends.name },
    ],
    rule: "state [batch, ...], lengths i32 [batch]",
  });
}

/**
 * Lengths as a tensor `i32 [batch]`.
 * @throws ShapeError, DTypeError; GraphError for a value that is not a length, which a tensor only shows when evaluated:
 *   ShapeError then
 */
export function checkLengths(op: string, lengths: Operand, time: number, batch: number): Tensor {
  if (lengths instanceof Tensor) {
    checkType(op, lengths, batch);
    const inRange = where(less(lengths, 0), sub(lengths, time + 1), lengths);
    return take(arange(time + 1), inRange);
  }
  const value = array(lengths);
  const wrong = value.data.findIndex(
    (length) => !(Number.isInteger(length) && length >= 0 && length <= time),
  );
  if (wrong >= 0) {
    throw new GraphError({
      op,
      problem: `lengths[${wrong}] is ${value.data[wrong]}, the sequences have ${time} steps`,
      rule: "a length is a whole number from 0 to the number of steps",
    });
  }
  const tensor = constant(array(Int32Array.from(value.data), { shape: value.shape }));
  checkType(op, tensor, batch);
  return tensor;
}

function checkType(op: string, { shape, dtype, name }: Tensor, batch: number): void {
  const complaint = {
    op,
    operands: [{ label: "lengths", shape, dtype, name }],
    rule: "[time, batch, ...], lengths i32 [batch]",
  };
  if (dtype !== "i32") {
    throw new DTypeError({ ...complaint, problem: `lengths are i32, received ${dtype}` });
  }
  if (shape.length !== 1 || shape[0] !== batch) {
    throw new ShapeError({ ...complaint, problem: `expected a length for each of ${batch} sequences` });
  }
}
