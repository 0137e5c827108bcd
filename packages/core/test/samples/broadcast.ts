import { filled, integers, type SamplesOf, sample } from "./arrays.ts";

export const broadcast: SamplesOf<"broadcastTo" | "sum"> = {
  broadcastTo: [
    sample([filled([])], { shape: [2, 3] }),
    sample([filled([3])], { shape: [2, 3] }),
    sample([filled([2, 1, 3])], { shape: [4, 2, 2, 3] }),
    sample([filled([1, 2])], { shape: [0, 2] }),
  ],
  sum: [
    sample([filled([2, 3])], { axes: [0, 1] }),
    sample([filled([2, 3])], { axes: [0] }),
    sample([filled([2, 3, 2])], { axes: [1] }),
    sample([filled([2, 0])], { axes: [1] }),
    sample(
      [
        integers([
          [1, 2],
          [3, 4],
        ]),
      ],
      { axes: [1] },
    ),
  ],
};
