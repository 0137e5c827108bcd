import {
  add,
  checkOptionNames,
  checkOptionValues,
  equal,
  parameter,
  sub,
  type Tensor,
  where,
} from "@org/core";
import { math } from "../equation.ts";
import { fraction, natural } from "../options.ts";
import {
  filledLike,
  inRegion,
  mapRecord,
  prefixed,
  requireTransform,
  type Transform,
  within,
} from "../transform.ts";

/** What `lookahead` takes. */
export interface LookaheadOptions {
  /** k: how many fast steps between slow ones. @default 5 */
  readonly period?: number;
  /** α: how far the slow weights go towards the fast ones. @default 0.5 */
  readonly slowStep?: number;
}

/**
 * Lookahead: a transform makes k fast steps, then the slow weights φ go part of the way, and the fast ones start there.
 *
 *     p ← p + u;  every k steps: φ ← φ + α (p - φ);  p ← φ
 *
 * The slow weights begin where the parameters are, also when the program assigns those between periods. The transform's
 * own state goes on through slow steps. The parameters are the fast weights; `slow.<name>` of the state are those to evaluate with.
 * State: `count` (i32, fast steps since the last slow one), `slow.<name>` (φ), zeros at first; that of the
 * transform under `inner.`
 * @throws GraphError for options out of their ranges
 * Source: Zhang, Lucas, Ba & Hinton 2019, "Lookahead optimizer: k steps forward, 1 step back", algorithm 1. PyTorch has none.
 * @example
 * const w = parameter("w", [10]);
 * const transform = lookahead(sgd({ learningRate: 1 }), { period: 2 });
 * const step = compile({ updates: minimize(sum(w), { w }, transform) });
 * step();
 * const fast = w.value.toNested(); // → [9]
 * step();
 * w.value; // → [9]
 */
export function lookahead(transform: Transform, options: LookaheadOptions = {}): Transform {
  const { period = 5, slowStep = 0.5 } = checkOptionNames("lookahead", options, "period slowStep");
  requireTransform("lookahead", transform);
  checkOptionValues("lookahead", { period: [period, natural], slowStep: [slowStep, fraction] });
  return inRegion("lookahead", {
    init: (parameters) => ({
      count: parameter("count", 0, "i32"),
      ...filledLike("slow", 0, parameters),
      ...prefixed("inner", transform.init(parameters)),
    }),
    update(gradients, state, parameters) {
      const count = add(state.count!, 1);
      const due = equal(count, period);
      const starts = equal(state.count!, 0);
      const { updates, state: inner } = transform.update(gradients, within("inner", state), parameters);
      const slow: Record<string, Tensor> = {};
      const steps = mapRecord(updates, (u, name) => {
        const p = parameters[name]!;
        const before = where(starts, p, state[`slow.${name}`]!);
        const after = math`${before} + ${slowStep} * (${p} + ${u} - ${before})`;
        slow[name] = where(due, after, before);
        return where(due, sub(after, p), u);
      });
      return {
        updates: steps,
        state: {
          count: where(due, 0, count),
          ...prefixed("slow", slow),
          ...prefixed("inner", inner),
        },
      };
    },
  });
}
