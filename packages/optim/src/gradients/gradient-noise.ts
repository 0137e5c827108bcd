import {
  add,
  cast,
  checkOptionNames,
  checkOptionValues,
  evaluate,
  mul,
  parameter,
  randomKey,
  randomNormal,
  splitKey,
} from "@org/core";
import { math } from "../equation.ts";
import { nonNegative } from "../options.ts";
import { inRegion, mapRecord, type Transform } from "../transform.ts";

/** What `gradientNoise` takes. */
export interface GradientNoiseOptions {
  /** η, the variance of the noise at the first step; the paper chooses among 0.01, 0.3 and 1. @default 0.01 */
  readonly variance?: number;
  /** γ, how fast the noise falls. @default 0.55 */
  readonly decay?: number;
  /** Whence the noise comes: the same seed, the same noise. @default 0 */
  readonly seed?: number;
}

/**
 * Adds normal noise whose variance falls with the step t = 0, 1, …: `g + N(0, η / (1 + t)^γ)`.
 * State: `count` (t, i32) and `key` (i32 `[2]`), which every step replaces: restored, the same noise follows
 * @throws GraphError for options out of their ranges
 * Source: Neelakantan et al. 2015, "Adding gradient noise improves learning for very deep networks", equation 1. PyTorch
 * has none.
 * @example
 * const w = parameter("w", [0, 0, 0]);
 * const updates = minimize(mul(0, sum(w)), { w }, gradientNoise({ variance: 0 }));
 * compile({ updates })();
 * w.value; // → [0, 0, 0]
 * Object.keys(updates.state); // → ["count", "key"]
 */
export function gradientNoise(options: GradientNoiseOptions = {}): Transform {
  const {
    variance = 0.01,
    decay = 0.55,
    seed = 0,
  } = checkOptionNames("gradientNoise", options, "variance decay seed");
  checkOptionValues("gradientNoise", { variance: [variance, nonNegative], decay: [decay, nonNegative] });
  const first = evaluate(randomKey(seed));
  return inRegion("gradientNoise", {
    init: () => ({ count: parameter("count", 0, "i32"), key: parameter("key", first) }),
    update(gradients, state) {
      const count = add(state.count!, 1);
      const deviation = math`sqrt(${variance} / ${cast(count, "f64")} ^ ${decay})`;
      const names = Object.keys(gradients);
      const [key, ...keys] = splitKey(state.key!, 1 + names.length);
      const updates = mapRecord(gradients, (g, name) => {
        const own = keys[names.indexOf(name)]!;
        const noise = randomNormal(own, g.shape, { dtype: g.dtype === "f64" ? "f64" : "f32" });
        return add(g, mul(noise, cast(deviation, g.dtype)));
      });
      return { updates, state: { count, key: key! } };
    },
  });
}
