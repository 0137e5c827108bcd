import { booleans, filled, integers, plain, type SamplesOf, specials, vector } from "./arrays.ts";

const compareSamples = [
  plain(vector(1, 2, 3, Number.NaN, 0, Infinity), vector(2, 2, 2, Number.NaN, -0, Infinity)),
  plain(integers([1, 2, 3]), integers([2, 2, 2])),
];

const logicSamples = [plain(booleans([true, true, false, false]), booleans([true, false, true, false]))];

export const comparison: SamplesOf<
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual"
  | "logicalAnd"
  | "logicalOr"
  | "logicalNot"
  | "isFinite"
  | "where"
  | "maximum"
  | "minimum"
> = {
  equal: compareSamples,
  notEqual: compareSamples,
  less: compareSamples,
  lessEqual: compareSamples,
  greater: compareSamples,
  greaterEqual: compareSamples,
  logicalAnd: logicSamples,
  logicalOr: logicSamples,
  logicalNot: [plain(booleans([true, false]))],
  isFinite: [plain(specials())],
  where: [
    plain(booleans([true, false, true]), filled([3]), filled([3], 1)),
    plain(booleans([true, false]), vector(1, Number.NaN), vector(Number.NaN, 2)),
  ],
  maximum: [
    plain(vector(1, -2, 3), vector(0.5, 2, -3)),
    plain(specials(), vector(-0, 0, 1, 1, 1, 0, 0, 0, 0)),
  ],
  minimum: [
    plain(vector(1, -2, 3), vector(0.5, 2, -3)),
    plain(specials(), vector(-0, 0, 1, 1, 1, 0, 0, 0, 0)),
  ],
};
