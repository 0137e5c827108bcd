import { exp, maximum, softplus, sub, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";

/**
 * The two exponential gates of an xLSTM cell, from their weighted sums `ĩ` and `f̃`; the forget gate is a sigmoid:
 *
 *     m ← max(ln σ(f̃) + m, ĩ)     i = exp(ĩ - m)     f = exp(ln σ(f̃) + m₋ - m)
 *
 * `m` keeps exponentials from overflow; `m₋` is that of the step before.
 * Source: Beck, Pöppel et al. 2024, "xLSTM: extended long short-term memory", equations 15 to 17.
 */
export function exponentialGates(
  rise: Tensor,
  forget: Tensor,
  before: Tensor,
): { readonly i: Tensor; readonly f: Tensor; readonly m: Tensor } {
  const fall = math`-${softplus(math`-${forget}`)} + ${before}`; // ln σ(f̃) + m₋
  const m = maximum(fall, rise);
  return {
    m,
    i: withScope("input gate i", () => exp(sub(rise, m))),
    f: withScope("forget gate f", () => exp(sub(fall, m))),
  };
}
