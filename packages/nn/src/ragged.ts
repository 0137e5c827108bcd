import {
  type ArrayValue,
  add,
  arange,
  argmax,
  array,
  broadcastTo,
  cast,
  constant,
  DTypeError,
  expandDims,
  GraphError,
  less,
  max,
  mul,
  type NDArray,
  type Operand,
  reshape,
  ShapeError,
  stopGradient,
  Tensor,
  take,
} from "@org/core";
import type { Sequence } from "./sequence.ts";
import { SWAPPED } from "./sequence-shape.ts";
import { chooseRows, mapStates } from "./states.ts";

/** Which steps of which sequences count. */
export interface Steps {
  /** `[time, batch]` */
  readonly active: Tensor;
  /** A step of each sequence that counts, `[batch]`, whatever it is where none does. */
  readonly first: Tensor;
  /** How many steps there are in front of those that count for no sequence any more, `[]`; undefined without sequences. */
  readonly count: Tensor | undefined;
}

/** The longest of lengths `[batch]`; undefined of none. */
export const longest = (ends: Tensor): Tensor | undefined => (ends.shape[0] === 0 ? undefined : max(ends));

/** Those before `ends [batch]`. */
export const stepsBefore = (ends: Tensor, time: number): Steps => ({
  active: less(expandDims(arange(time), 1), expandDims(ends, 0)),
  first: broadcastTo(constant(0, "i32"), ends.shape),
  count: longest(ends),
});

/** Those where `active [time, batch]` holds. */
export const stepsWhere = (active: Tensor): Steps => {
  const flags = cast(active, "i32");
  const [time, batch] = active.shape as [number, number];
  return {
    active,
    first: argmax(flags, { axis: 0 }),
    count: time * batch === 0 ? undefined : max(mul(flags, expandDims(arange(1, time + 1), 1))),
  };
};

/**
 * A sequence of which some steps do not count: they leave the state as it is, and their outputs are zero. Where ends
 * differ, that is in reverse a start at each sequence's own end. The run ends where no sequence goes on. Whatever such a step holds, a step that counts is read
 * in its place (zeros where none does): what comes of it is not used, but has to be finite, lest gradients be 0 · ∞.
 */
export function ragged<State, Xs extends { readonly x: Tensor }>(
  sequence: Sequence<State, Xs>,
  { active, first, count }: Steps,
): Sequence<State, Xs & { readonly active: Tensor }> {
  const { x } = sequence.xs;
  return {
    xs: {
      ...sequence.xs,
      x: x.shape[0] === 0 ? x : chooseRows(active, x, filling(x, active, first)),
      active,
    },
    initialState: sequence.initialState,
    ...(count && { count }),
    step: (state, slices) =>
      mapStates([sequence.step(state, slices), state], (after, before) => {
        checkBatch(after, active);
        return chooseRows(slices.active, after, before!);
      }),
    output: (state, slices) => chooseRows(slices.active, sequence.output(state, slices), 0),
  };
}

/** The step `first` of each sequence, zeros where it does not count: `[batch, ...]`. */
function filling(x: Tensor, active: Tensor, first: Tensor): Tensor {
  const [time, batch, ...rest] = x.shape as [number, number, ...number[]];
  const rows = stopGradient(reshape(x, [time * batch, ...rest]));
  const at = add(mul(first, batch), arange(batch));
  return chooseRows(take(reshape(active, [time * batch]), at), take(rows, at), 0);
}

function checkBatch(state: Tensor, active: Tensor): void {
  const batch = active.shape[1]!;
  if (state.shape[0] === batch) return;
  throw new ShapeError({
    op: "recurrent",
    problem: `with lengths or a mask, a state has a row for each of ${batch} sequences`,
    operands: [{ label: "state", shape: state.shape, dtype: state.dtype, name: state.name }],
    rule: "state [batch, ...]",
  });
}

/**
 * Lengths as a tensor `i32 [batch]`.
 * @throws ShapeError, DTypeError; GraphError for a value that is not a length, which a tensor only shows when evaluated:
 *   ShapeError then
 */
export function checkLengths(
  op: string,
  lengths: Operand,
  time: number,
  batch: number,
  { name, whole, parts }: { readonly name: string; readonly whole: string; readonly parts: string } = {
    name: "lengths",
    whole: "sequences",
    parts: "steps",
  },
): Tensor {
  if (lengths instanceof Tensor) {
    checkType(op, lengths, time, batch);
    const check = { op, word: "length", of: `${whole} of ${time} ${parts}`, negative: false };
    return take(arange(time + 1), lengths, { check });
  }
  const value = valueOf(
    op,
    lengths,
    `${name}: expected ${batch} whole numbers, one for each of the ${whole}`,
  );
  const tensor = constant(array(Int32Array.from(value.data), { shape: value.shape }));
  checkType(op, tensor, time, batch);
  const wrong = value.data.findIndex(
    (length) => !(Number.isInteger(length) && length >= 0 && length <= time),
  );
  if (wrong >= 0) {
    throw new GraphError({
      op,
      problem: `${name}[${wrong}] is ${value.data[wrong]}, the ${whole} have ${time} ${parts}`,
      rule: `a length is a whole number from 0 to the number of ${parts}`,
    });
  }
  return tensor;
}

function checkType(op: string, { shape, dtype, name }: Tensor, time: number, batch: number): void {
  const complaint = {
    op,
    operands: [{ label: "lengths", shape, dtype, name }],
    rule: "[time, batch, ...], lengths i32 [batch]",
  };
  if (dtype !== "i32") {
    throw new DTypeError({ ...complaint, problem: `lengths are i32, received ${dtype}` });
  }
  if (shape.length !== 1 || shape[0] !== batch) {
    const swapped = shape.length === 1 && shape[0] === time && { hint: SWAPPED };
    const problem = `expected a length for each of ${batch} sequences`;
    throw new ShapeError({ ...complaint, problem, ...swapped });
  }
}

/** A mask as a tensor `bool [time, batch]`. @throws ShapeError */
export function checkMask(op: string, mask: Operand, time: number, batch: number): Tensor {
  const tensor = mask instanceof Tensor ? mask : constant(mask, undefined, op);
  const { shape, dtype, name } = tensor;
  if (shape.length === 2 && shape[0] === time && shape[1] === batch) return cast(tensor, "bool");
  throw new ShapeError({
    op,
    problem: `expected a flag for each of ${time} steps of ${batch} sequences`,
    operands: [{ label: "mask", shape, dtype, name }],
    rule: "[time, batch, ...], mask [time, batch]",
    ...(shape.length === 2 && shape[0] === batch && shape[1] === time && { hint: SWAPPED }),
  });
}

/** An array, or an error in the name of the function that was called. */
function valueOf(op: string, value: ArrayValue, problem: string): NDArray {
  try {
    return array(value);
  } catch (error) {
    throw new GraphError({ op, problem, hint: (error as Error).message });
  }
}
