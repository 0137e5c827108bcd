import { filled, integers, plain, type SamplesOf, sample } from "./arrays.ts";

export const dynamicSlice: SamplesOf<"dynamicSlice" | "dynamicUpdateSlice"> = {
  dynamicSlice: [
    sample([filled([5]), integers([2])], { sizes: [2] }),
    sample([filled([3, 4]), integers([9, -1])], { sizes: [2, 2] }),
  ],
  dynamicUpdateSlice: [
    plain(filled([5]), filled([2], 1), integers([2])),
    plain(filled([3, 4]), filled([2, 2], 1), integers([9, -1])),
  ],
};
