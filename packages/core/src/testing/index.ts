export type { Arbitrary, Drawn } from "./arbitrary.ts";
export { type ArrayOptions, arbitraryArray, arbitraryShape, type ShapeOptions } from "./arbitrary-array.ts";
export { arbitraryGraph, type GraphOptions } from "./arbitrary-graph.ts";
export { type CheckOptions, checkGradients } from "./check-gradients.ts";
export type { Comparison } from "./comparison.ts";
export type { DrawOptions } from "./fast-check.ts";
export {
  type GraphProgram,
  type Instruction,
  RandomGraph,
  type ScanInstruction,
  type Variant,
} from "./random-graph.ts";
export { GradientError, GradientReport, type Kinks } from "./report.ts";
export type { Suspect } from "./suspects.ts";
