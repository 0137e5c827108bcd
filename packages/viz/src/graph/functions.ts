import type { Group } from "./vertex.ts";

/** Functions of several operations that are one box where every operation is drawn. */
export const functionNames: readonly string[] = [
  "softmax",
  "logSoftmax",
  "crossEntropy",
  "binaryCrossEntropy",
  "klDivergence",
  "optimizer",
  "solve",
  "inverse",
  "cholesky",
  "triangularSolve",
  "qr",
  "svd",
  "eigh",
  "det",
  "logDet",
];

/** The outermost group of those names. */
export const namedGroup = (groups: readonly Group[], names: readonly string[]): Group | undefined =>
  groups.find(({ name, cell }) => !cell && names.includes(name.replace(/^∂ /, "")));
