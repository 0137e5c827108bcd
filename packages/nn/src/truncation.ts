import {
  arange,
  array,
  constant,
  equal,
  expandDims,
  GraphError,
  less,
  logicalAnd,
  maximum,
  stopGradient,
  sub,
  type Tensor,
  take,
} from "@org/core";
import type { Sequence } from "./sequence.ts";
import { chooseRows, mapStates } from "./states.ts";

/**
 * Truncated backpropagation through time: TBPTT(k₁, k₂) with `every` = k₁ and `back` = k₂; one number stands for both.
 * Values do not change, only gradients: the state goes over a border by value.
 *
 * Steps are divided into blocks of `every`, block j being the steps `j·every ≤ t < (j+1)·every`. What the outputs of a
 * block send back passes through the `back` steps that end with the block's last, and no further. So
 * - `k`, or `{ every: k, back: k }`: windows of k steps side by side, the usual truncation; no gradient crosses.
 * - `{ every: 1, back: k }`: every step's loss goes back k steps, as in the notes' `bptt` with `bptt_truncate = k - 1`.
 * - `{ every: k₁, back: k₂ }`: each loss goes back at least `k₂ - k₁ + 1` steps, at most `k₂`.
 *
 * In reverse, blocks lie at the same steps and what they send goes on to the `back` steps that begin with their first.
 * With `back` of at least the number of steps, rounded up to whole blocks, nothing is cut. The cells run
 * `⌈back / every⌉` times at every step, once for each of the windows that overlap there.
 * Source: Williams & Peng 1990, BPTT(h; h′) with h = k₂ and h′ = k₁; Sutskever 2013, section 2.8.6.
 */
export type Truncation = number | { readonly every: number; readonly back: number };

/** Of each copy of the state, whether it is cut before a step; which copy a step shows. */
interface Cuts {
  readonly cuts: readonly Tensor[];
  readonly shown: Tensor;
}

interface Truncated<State, Xs extends { readonly x: Tensor }> {
  readonly sequence: Sequence<readonly State[], Xs & Cuts>;
  /** The state after the last step, from the copies of it. */
  last(states: readonly State[]): State;
}

/**
 * A sequence that carries copies of its state, equal in value, each cut at other steps: as many as there are windows
 * that overlap. Undefined where nothing is to be cut.
 * @throws GraphError for sizes that are not whole, or a `back` that is shorter than `every`
 */
export function truncated<State, Xs extends { readonly x: Tensor }>(
  sequence: Sequence<State, Xs>,
  truncation: Truncation,
  {
    op,
    reverse,
    ends,
  }: { readonly op: string; readonly reverse: boolean; readonly ends: Tensor | undefined },
): Truncated<State, Xs> | undefined {
  const { every, back } = checkTruncation(op, truncation);
  const time = sequence.xs.x.shape[0]!;
  const blocks = Math.ceil(time / every);
  const copies = Math.min(Math.ceil(back / every), blocks);
  const patterns = Array.from({ length: copies }, () => new Uint8Array(time));
  for (let block = 0; block < blocks; block++) {
    const first = reverse ? block * every + back - 1 : (block + 1) * every - back;
    if (reverse ? first < time - 1 : first > 0) patterns[block % copies]![first] = 1;
  }
  if (!patterns.some((pattern) => pattern.includes(1))) return undefined;

  const steps = constant(
    array(
      patterns[0]!.map((_, t) => Math.floor(t / every) % copies),
      { dtype: "i32" },
    ),
  );
  return {
    sequence: {
      xs: { ...sequence.xs, cuts: patterns.map((pattern) => within(pattern, reverse, ends)), shown: steps },
      initialState: new Array<State>(copies).fill(sequence.initialState),
      ...(sequence.count && { count: sequence.count }),
      step: (states, x) =>
        states.map((state, i) => {
          const cut = (tensor: Tensor): Tensor => chooseRows(x.cuts[i]!, stopGradient(tensor), tensor);
          return sequence.step(mapStates([state], cut), x);
        }),
      output: (states, x) => sequence.output(choose(states, x.shown), x),
    },
    last: (states) => {
      if (reverse) return states[0]!;
      if (!ends) return states[(blocks - 1) % copies]!;
      return choose(states, take(steps, maximum(sub(ends, 1), 0)));
    },
  };
}

/** The flags of all steps, for each sequence where they differ: its first step has nothing before it to be cut from. */
function within(pattern: Uint8Array, reverse: boolean, ends: Tensor | undefined): Tensor {
  const flags = constant(array(pattern, { dtype: "bool" }));
  if (!reverse || !ends) return flags;
  const inside = less(expandDims(arange(1, pattern.length + 1), 1), expandDims(ends, 0));
  return logicalAnd(expandDims(flags, 1), inside);
}

/** The copy with the number `shown []` or `[batch]`. */
const choose = <State>([first, ...others]: readonly State[], shown: Tensor): State =>
  others.reduce<State>(
    (chosen, state, i) => mapStates([state, chosen], (a, b) => chooseRows(equal(shown, i + 1), a, b!)),
    first!,
  );

function checkTruncation(op: string, truncation: Truncation): { every: number; back: number } {
  const given: Partial<Exclude<Truncation, number>> | null =
    typeof truncation === "number" ? { every: truncation, back: truncation } : truncation;
  const [every = Number.NaN, back = Number.NaN] = [given?.every, given?.back];
  if (Number.isInteger(every) && Number.isInteger(back) && every >= 1 && back >= every)
    return { every, back };
  const received = typeof truncation === "number" ? truncation : `{ every: ${every}, back: ${back} }`;
  throw new GraphError({
    op,
    problem: `truncate is not a number of steps: ${received}`,
    rule: "a whole number from 1, or { every, back } of such numbers with back ≥ every",
  });
}
