import { filled, integers, nested, plain, type SamplesOf } from "./arrays.ts";

export const matmul: SamplesOf<"matmul"> = {
  matmul: [
    plain(filled([2, 3]), filled([3, 4], 1)),
    plain(filled([2, 2, 3]), filled([2, 3, 1], 1)),
    plain(filled([2, 0]), filled([0, 3])),
    plain(nested([[Infinity, 1]]), nested([[0], [1]])),
    plain(
      integers([
        [1, 2],
        [3, 4],
      ]),
      integers([[5], [6]]),
    ),
  ],
};
