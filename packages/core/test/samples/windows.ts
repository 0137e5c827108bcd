import { filled, type SamplesOf, sample } from "./arrays.ts";

export const windows: SamplesOf<"patches" | "unpatches"> = {
  patches: [
    sample([filled([1, 2, 3, 3])], { size: [2, 2], stride: [1, 1], dilation: [1, 1] }),
    sample([filled([2, 1, 4, 5])], { size: [2, 1], stride: [2, 3], dilation: [1, 1] }),
    sample([filled([1, 1, 5, 5])], { size: [2, 3], stride: [1, 2], dilation: [2, 2] }),
  ],
  unpatches: [
    sample([filled([1, 2, 2, 1, 2, 2])], {
      size: [2, 2],
      stride: [1, 1],
      dilation: [1, 1],
      images: [1, 1, 3, 3],
    }),
    sample([filled([1, 2, 2, 2, 1, 2])], {
      size: [1, 2],
      stride: [2, 1],
      dilation: [1, 2],
      images: [1, 2, 3, 4],
    }),
  ],
};
