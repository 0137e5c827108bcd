import {
  checkOptionValues,
  GraphError,
  type Operand,
  type Operands,
  type OptionKind,
  scan,
  type Tensor,
  unroll,
} from "@org/core";
import { flag } from "./option-values.ts";
import { tellOwnCode } from "./own-code.ts";
import { checkLengths, checkMask, ragged, stepsBefore, stepsWhere } from "./ragged.ts";
import type { Sequence } from "./sequence.ts";
import { checkSequence } from "./sequence-shape.ts";
import { type Truncation, truncated } from "./truncation.ts";

/** How a sequence is run. */
export interface SequenceOptions {
  /**
   * How many steps each sequence of the batch has, `[batch]`, from 0 up: outputs past the end are zero, the state stays
   * as it was at the end (the initial state where there are no steps), `reverse` starts at the end, and what the
   * padding holds has no effect. A run ends with the longest of them, and takes no longer than that. Default: all steps.
   */
  readonly lengths?: Operand;
  /**
   * Which steps of which sequences count, `[time, batch]`, as the sequences lie: others, in the middle too, leave the
   * state as it was, have outputs of zero, and what they hold has no effect. Not together with `lengths`. Default: all.
   */
  readonly mask?: Operand;
  /** Writes the steps out instead of making a loop, for pictures. @default false */
  readonly unroll?: boolean;
  /** Where gradients are cut. Default: nowhere. */
  readonly truncate?: Truncation;
  /**
   * Keeps only every n-th state for the gradient and runs the steps between again, as in core's `scan`; `unroll` keeps
   * all. Default: keeps what the gradient needs of every step.
   */
  readonly checkpoint?: "sqrt" | number;
}

/** What running over a sequence gives. */
export interface RecurrentResult<State> {
  /** Every step's output, in the order of the inputs. */
  readonly outputs: Tensor;
  /** After the last step; fed back as `initialState`, the sequence goes on. */
  readonly state: State;
}

export function runSequence<State>(
  sequence: Sequence<State>,
  {
    reverse,
    lengths,
    mask,
    truncate,
    op = "recurrent",
    ...loop
  }: SequenceOptions & { readonly reverse: boolean; readonly op?: string },
): RecurrentResult<State> {
  tellOwnCode();
  const { unroll: written = false, checkpoint = "sqrt" } = loop;
  checkOptionValues(op, {
    reverse: [reverse, flag],
    unroll: [written, flag],
    checkpoint: [checkpoint, spacing],
  });
  const [time, batch] = checkSequence(sequence.xs.x, { op });
  if (lengths !== undefined && mask !== undefined)
    throw new GraphError({ op, problem: "expected lengths or a mask, received both" });
  const ends = lengths === undefined ? undefined : checkLengths(op, lengths, time, batch);
  const within =
    mask === undefined ? sequence : ragged(sequence, stepsWhere(checkMask(op, mask, time, batch)));
  const finish = <S>(each: Sequence<S>): RecurrentResult<S> =>
    runSteps(ends ? ragged(each, stepsBefore(ends, time)) : each, { ...loop, reverse });
  // Steps that a mask leaves out are cut like others; past its end, a sequence has none.
  const cut = truncate === undefined ? undefined : truncated(within, truncate, { op, reverse, ends });
  if (!cut) return finish(within as Sequence<State>);
  const { outputs, state } = finish(cut.sequence as Sequence<readonly State[]>);
  return { outputs, state: cut.last(state) };
}

const spacing: OptionKind = {
  text: '"sqrt" or a whole number from 1',
  holds: (value) => value === "sqrt" || (Number.isInteger(value) && (value as number) >= 1),
};

function runSteps<State>(
  { xs, initialState, count, step, output }: Sequence<State>,
  { reverse, unroll: written = false, checkpoint }: SequenceOptions & { readonly reverse: boolean },
): RecurrentResult<State> {
  // Written out, all steps are there, and each leaves what has ended as it is.
  const ends = !written && count && { count };
  const { carry, ys } = (written ? unroll : scan)(
    (before, slices) => {
      const state = step(before as State, slices);
      return { carry: state as Operands, y: output(state, slices) };
    },
    {
      init: initialState as Operands,
      xs,
      reverse,
      ...ends,
      ...(checkpoint !== undefined && { checkpoint }),
    },
  );
  return { outputs: ys, state: carry as State };
}
