import type { Attributes } from "../../src/all-ops.ts";
import { axisCheck } from "../../src/graph/index-check.ts";
import { NDArray } from "../../src/ndarray.ts";
import { filled, integers, type Sample, type SamplesOf, sample } from "./arrays.ts";

const rowsSample = (op: string, ...operands: NDArray[]): Sample<Attributes["take"]> =>
  sample(operands, { check: axisCheck(op, 0, operands[0]!.shape[0]!) });

export const indexing: SamplesOf<"take" | "scatterAdd" | "arange"> = {
  take: [
    rowsSample("take", filled([4, 2]), integers([2, 0, 2])),
    rowsSample(
      "take",
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
    ),
    rowsSample("take", filled([3, 2]), integers(1)),
    rowsSample("take", filled([2, 2]), new NDArray("i32", [0], new Int32Array(0))),
  ],
  scatterAdd: [
    rowsSample("scatterAdd", filled([4, 2]), integers([2, 0, 2]), filled([3, 2], 1)),
    rowsSample(
      "scatterAdd",
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
      filled([2, 2], 1),
    ),
    rowsSample("scatterAdd", integers([1, 2]), integers([0, 0]), integers([10, 20])),
  ],
  arange: [
    sample([], { start: -1, step: 2, length: 3, dtype: "i32" }),
    sample([], { start: 0.5, step: -0.25, length: 4, dtype: "f64" }),
  ],
};
