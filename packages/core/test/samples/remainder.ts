import { integers, plain, type SamplesOf, vector } from "./arrays.ts";

export const remainder: SamplesOf<"mod"> = {
  mod: [
    plain(vector(7.3, -7.3, 7.3, -7.3, 0.5, 1.9), vector(2, 2, -2, -2, 3, 0.7)),
    plain(
      vector(0, -0, 6, -6, 5, -5, 1, Infinity, Number.NaN, 1e17, 1e25, 1e300),
      vector(2, -2, 3, 3, Infinity, Infinity, 0, 2, 2, 3, 0.7, 7e299),
    ),
    plain(integers([7, -7, 7, -7, -2147483648, 5]), integers([2, 2, -2, -3, 7, 0])),
  ],
};
