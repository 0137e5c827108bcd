import {
  add,
  broadcastTo,
  checkOptionValues,
  constant,
  GraphError,
  mul,
  randomBernoulli,
  splitKey,
  type Tensor,
  where,
} from "@org/core";
import type { Cell } from "../cells/cell.ts";
import { rate } from "../option-values.ts";
import type { Sequence } from "../sequence.ts";
import { mapStates } from "../states.ts";
import { Dropout } from "./dropout.ts";

/** How much of a recurrent network is left out at random while it is trained. */
export interface NoiseRates {
  /**
   * The part of the outputs of each layer but the last that the next layer does not see, drawn anew for each element and
   * step; what is left is divided by `1 - dropout`. In a stack of one layer there is nothing to drop, and a warning says so.
   * Source: Zaremba, Sutskever & Vinyals 2014; PyTorch's `dropout`.
   * @default 0
   */
  readonly dropout?: number;
  /**
   * The part of `h` that the recurrent products do not see, the same at all steps of a sequence; what is left is divided
   * by `1 - recurrentDropout`. What is carried is not touched.
   * Source: Gal & Ghahramani 2016, with one mask for all gates; Keras's `recurrent_dropout`.
   * @default 0
   */
  readonly recurrentDropout?: number;
  /**
   * The part of each state tensor that a step leaves as it was, drawn anew for each element and step. Outside of training
   * a step takes the mean: `zoneout · before + (1 - zoneout) · after`.
   * Source: Krueger et al. 2017, with one rate for `h` and `c`.
   * @default 0
   */
  readonly zoneout?: number;
}

type Rates = Required<NoiseRates>;

/** @throws GraphError for a rate outside of [0, 1), or a cell that has no place for recurrent dropout */
export function checkRates<State>(
  op: string,
  { dropout = 0, recurrentDropout = 0, zoneout = 0 }: NoiseRates,
  cells: readonly Cell<State>[],
): Rates {
  const rates = { dropout, recurrentDropout, zoneout };
  checkOptionValues(op, {
    dropout: [dropout, rate],
    recurrentDropout: [recurrentDropout, rate],
    zoneout: [zoneout, rate],
  });
  const deaf = recurrentDropout > 0 ? cells.findIndex(({ step }) => step.length < 3) : -1;
  if (deaf < 0) return rates;
  throw new GraphError({
    op,
    problem: `recurrentDropout: cell ${deaf} takes no mask`,
    rule: "step(x, state, mask)",
  });
}

/** What a layer hands to the next: in training if there is a key. */
export const dropped = (x: Tensor, rate: number, key: Tensor | undefined): Tensor =>
  rate > 0 && key ? new Dropout({ rate }).apply(x, { training: true, key }) : x;

interface Kept {
  readonly x: Tensor;
  /** Like the state: which elements a step leaves as they were. */
  readonly kept?: unknown;
}

/** A cell at work on `x`: in training if there is a key. */
export function noisySequence<State>(
  cell: Cell<State>,
  x: Tensor,
  initialState: State,
  { recurrentDropout, zoneout }: Rates,
  key: Tensor | undefined,
): Sequence<State, Kept> {
  const [maskKey, zoneKey] = key ? splitKey(key) : [];
  const mask =
    maskKey && recurrentDropout > 0
      ? dropped(ones(cell.output(initialState)), recurrentDropout, maskKey)
      : undefined;
  const step = (state: State, { x, kept }: Kept): State => {
    const after = mask ? cell.step(x, state, mask) : cell.step(x, state);
    if (zoneout === 0) return after;
    if (kept !== undefined) {
      return mapStates([after, state, kept], (a, before, flags) => where(flags!, before!, a));
    }
    return mapStates([after, state], (a, before) => add(mul(a, 1 - zoneout), mul(before!, zoneout)));
  };
  const output = (state: State): Tensor => cell.output(state);
  if (!zoneKey || zoneout === 0) return { xs: { x }, initialState, step, output };
  const kept = zones(initialState, x.shape[0]!, zoneout, zoneKey);
  return { xs: { x, kept }, initialState, step, output };
}

const ones = ({ shape, dtype }: Tensor): Tensor => broadcastTo(constant(1, dtype), shape);

/** For each tensor of a state, flags `[time, ...]` that hold with probability `rate`. */
function zones<State>(state: State, time: number, rate: number, key: Tensor): State {
  let next = key;
  return mapStates([state], ({ shape }) => {
    const [own, rest] = splitKey(next) as [Tensor, Tensor];
    next = rest;
    return randomBernoulli(own, rate, [time, ...shape]);
  });
}
