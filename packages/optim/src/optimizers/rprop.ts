import {
  checkOptionNames,
  checkOptionValues,
  clip,
  GraphError,
  greater,
  less,
  mul,
  neg,
  sign,
  where,
} from "@org/core";
import { numbers, positive } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import { inRegion, type Transform } from "../transform.ts";

/** What `rprop` takes. */
export interface RpropOptions {
  /** Size of the first step in each direction. @default 0.01 */
  readonly initialStep?: number;
  /** η⁻, what a change of sign makes of the size: below 1. @default 0.5 */
  readonly shrink?: number;
  /** η⁺, what a kept sign makes of the size: above 1. @default 1.2 */
  readonly grow?: number;
  /** The smallest size. @default 1e-6 */
  readonly minStep?: number;
  /** The largest size. @default 50 */
  readonly maxStep?: number;
}

/**
 * Resilient propagation, for gradients of whole data sets: only their signs count.
 *
 *     Δ ← clip(Δ · (η⁺ where g g' > 0, η⁻ where g g' < 0, 1 elsewhere), smallest, largest)
 *     g ← 0 where g g' < 0;  p ← p - Δ sign(g);  g' ← g
 *
 * Instead of a learning rate it has sizes of its own, one for every number; `initialStep` is PyTorch's `lr`.
 * State: `size.<name>` (Δ), `initialStep` everywhere at first, and `previous.<name>` (g'), zeros
 * @throws GraphError for options out of their ranges
 * Source: Igel & Hüsken 2000, "Improving the Rprop learning algorithm", iRprop⁻, as in PyTorch; Riedmiller & Braun 1993
 * take the last step back where the sign changes.
 * @example
 * const w = parameter("w", [1, -100]);
 * const step = compile({ updates: minimize(sum(square(w)), { w }, rprop({ initialStep: 0.5, grow: 2 })) });
 * step();
 * step();
 * w.value; // → [-0.5, -98.5]
 */
export function rprop(options: RpropOptions = {}): Transform {
  const {
    initialStep = 0.01,
    shrink = 0.5,
    grow = 1.2,
    minStep = 1e-6,
    maxStep = 50,
  } = checkOptionNames("rprop", options, "initialStep shrink grow minStep maxStep");
  checkOptionValues("rprop", {
    initialStep: [initialStep, positive],
    shrink: [shrink, numbers("a number above 0 and below 1", (x) => x > 0 && x < 1)],
    grow: [grow, numbers("a number above 1", (x) => x > 1)],
    minStep: [minStep, positive],
    maxStep: [maxStep, positive],
  });
  if (minStep > maxStep) {
    throw new GraphError({
      op: "rprop",
      problem: `expected minStep to be at most maxStep, received ${minStep} and ${maxStep}`,
    });
  }
  const directions = perParameter({ size: initialStep, previous: 0 }, (g, memory) => {
    const agreement = mul(sign(g), sign(memory.previous));
    const turned = less(agreement, 0);
    const shrunk = where(turned, mul(memory.size, shrink), memory.size);
    const grown = where(greater(agreement, 0), mul(memory.size, grow), shrunk);
    const size = clip(grown, { low: minStep, high: maxStep });
    const previous = where(turned, 0, g);
    return { size, previous, direction: neg(mul(size, sign(previous))) };
  });
  return inRegion("Rprop", directions);
}
