import { filled, integers, type SamplesOf, sample } from "./arrays.ts";

export const rearrange: SamplesOf<"slice" | "pad" | "concat" | "flip"> = {
  slice: [
    sample([filled([5])], { starts: [1], sizes: [2], strides: [2] }),
    sample([filled([3, 4])], { starts: [1, 0], sizes: [2, 3], strides: [1, 1] }),
    sample([filled([3, 4])], { starts: [0, 1], sizes: [2, 2], strides: [2, 2] }),
    sample([filled([3])], { starts: [3], sizes: [0], strides: [1] }),
  ],
  pad: [
    sample([filled([2])], { before: [1], after: [2], between: [0], value: 0 }),
    sample([filled([2, 3])], { before: [0, 1], after: [1, 0], between: [1, 2], value: -1.5 }),
    sample([filled([0])], { before: [1], after: [1], between: [0], value: 2 }),
  ],
  concat: [
    sample([filled([2]), filled([3], 1)], { axis: 0 }),
    sample([filled([2, 1]), filled([2, 2], 1), filled([2, 1], 2)], { axis: 1 }),
    sample([filled([0, 2]), filled([1, 2])], { axis: 0 }),
    sample([integers([1]), integers([2, 3])], { axis: 0 }),
  ],
  flip: [
    sample([filled([3])], { axes: [0] }),
    sample([filled([2, 3])], { axes: [0, 1] }),
    sample([filled([2, 0])], { axes: [1] }),
  ],
};
