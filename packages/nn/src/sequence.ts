import type { Tensor } from "@org/core";

/** A cell at work: `xs` with `x [time, batch, ...]` and whatever else a step needs, all with the axis of time in front. */
export interface Sequence<State, Xs extends { readonly x: Tensor } = { readonly x: Tensor }> {
  readonly xs: Xs;
  readonly initialState: State;
  /** After how many steps no sequence has another one, `i32 []`: a run ends there. Default: it makes all. */
  readonly count?: Tensor;
  /** The state after a step; `slices` are what `xs` hold for it. */
  step(state: State, slices: Xs): State;
  /** What is shown of the state after a step. */
  output(state: State, slices: Xs): Tensor;
}
