import { cos, type EquationTag, exp, floor, log, mathWith, sqrt } from "@org/core";

/** Equations of optimizers and schedules, with the functions that they call: core's `math` would bring all into every bundle. */
export const math: EquationTag = mathWith({ cos, exp, floor, log, sqrt });
