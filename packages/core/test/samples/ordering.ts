import { filled, integers, nested, type SamplesOf, sample } from "./arrays.ts";

export const ordering: SamplesOf<"argsort"> = {
  argsort: [
    sample([filled([2, 3])], { axis: 0, descending: false }),
    sample([filled([2, 5])], { axis: 1, descending: true }),
    sample([filled([2, 0])], { axis: 1, descending: false }),
    sample(
      [
        nested([
          [3, 1, 3, 1, 2, 3, 1],
          [0, -0, Number.NaN, -Infinity, Infinity, Number.NaN, -1],
        ]),
      ],
      { axis: 1, descending: false },
    ),
    sample(
      [
        nested([
          [3, 1, 3, 1, 2, 3, 1],
          [0, -0, Number.NaN, -Infinity, Infinity, Number.NaN, -1],
        ]),
      ],
      { axis: 1, descending: true },
    ),
    sample([integers([5, -2147483648, 2147483647, 0, 5])], { axis: 0, descending: true }),
  ],
};
