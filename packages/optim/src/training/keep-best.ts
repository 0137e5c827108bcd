import { checkOptionNames, parameter } from "@org/core";
import { mapRecord, type ParameterRecord, prefixed } from "../transform.ts";
import type { Watcher } from "./early-stopping.ts";
import { type ImprovementOptions, improvement } from "./improvement.ts";

/** Which weights to keep the best of, and what is best. */
export interface KeepBestOptions<Name extends string = string> extends ImprovementOptions<Name> {
  /** What is set back to its best value when training has ended, such as `parameters(model)`. */
  readonly weights: ParameterRecord;
}

/** The best weights so far. */
export interface Best extends Watcher {
  /** When they were seen, and how good they were; undefined before the first look. */
  found(): { readonly step: number; readonly value: number } | undefined;
  /** Sets the weights to them. */
  restore(): void;
}

/** State: `value`, `step` (f64; -1 before the first look), `weights.<name>` */
export function keepBest(options: KeepBestOptions): Best {
  const { weights, ...rest } = checkOptionNames("keepBest", options, "weights metric mode minDelta");
  const { worst, valueOf, improves } = improvement("keepBest", rest);
  const value = parameter("value", worst, "f64");
  const step = parameter("step", -1, "f64");
  const copies = mapRecord(weights, (weight, name) => parameter(name, weight.value));
  const found = (): { step: number; value: number } | undefined =>
    step.value.item() < 0 ? undefined : { step: step.value.item(), value: value.value.item() };
  return {
    name: "keepBest",
    state: { value, step, ...prefixed("weights", copies) },
    found,
    look(metrics, at) {
      const now = valueOf(metrics);
      if (!improves(now, value.value.item())) return;
      value.value = now;
      step.value = at;
      for (const [name, copy] of Object.entries(copies)) copy.value = weights[name]!.value;
    },
    restore() {
      if (!found()) return;
      for (const [name, copy] of Object.entries(copies)) weights[name]!.value = copy.value;
    },
  };
}
