import { checkOptionNames, checkOptionValues, parameter } from "@org/core";
import { whole } from "../options.ts";
import type { Callback } from "./callback.ts";
import { type ImprovementOptions, improvement } from "./improvement.ts";

/** When to stop before the end. */
export interface EarlyStoppingOptions<Name extends string = string> extends ImprovementOptions<Name> {
  /** After how many looks in a row without improvement. @default 5 */
  readonly patience?: number;
}

/** What `train` shows the values that are looked at: of a validation, or of an epoch where there is none. */
export interface Watcher extends Callback {
  readonly name: string;
  look(metrics: Readonly<Record<string, number>>, step: number, stop: () => void): void;
}

/**
 * Stops at the look at which nothing has become better for `patience` looks.
 * State: `best` (f64), `waited` (i32)
 */
export function earlyStopping(options: EarlyStoppingOptions): Watcher {
  const { patience = 5, ...rest } = checkOptionNames(
    "earlyStopping",
    options,
    "patience metric mode minDelta",
  );
  checkOptionValues("earlyStopping", { patience: [patience, whole] });
  const { worst, valueOf, improves } = improvement("earlyStopping", rest);
  const best = parameter("best", worst, "f64");
  const waited = parameter("waited", 0, "i32");
  return {
    name: "earlyStopping",
    state: { best, waited },
    start({ step, stop }) {
      if (step > 0 && waited.value.item() > 0 && waited.value.item() >= patience) stop();
    },
    look(metrics, _, stop) {
      const value = valueOf(metrics);
      if (improves(value, best.value.item())) {
        best.value = value;
        waited.value = 0;
        return;
      }
      waited.value = waited.value.item() + 1;
      if (waited.value.item() >= patience) stop();
    },
  };
}
