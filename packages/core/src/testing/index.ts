export { type CheckOptions, checkGradients } from "./check-gradients.ts";
export type { Comparison } from "./comparison.ts";
export { GradientError, GradientReport, type Kinks } from "./report.ts";
export type { Suspect } from "./suspects.ts";
