import { type EquationTag, exp, expm1, mathWith, rsqrt, sigmoid, softplus, tanh } from "@org/core";

/** Equations of cells and layers, with the functions that they call: core's `math` would bring all into every bundle. */
export const math: EquationTag = mathWith({ exp, expm1, rsqrt, softplus, tanh, σ: sigmoid });
