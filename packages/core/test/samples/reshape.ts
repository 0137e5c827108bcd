import { filled, type SamplesOf, sample } from "./arrays.ts";

export const reshape: SamplesOf<"reshape" | "transpose"> = {
  reshape: [
    sample([filled([2, 3])], { shape: [3, 2] }),
    sample([filled([1])], { shape: [] }),
    sample([filled([0, 2])], { shape: [2, 0] }),
  ],
  transpose: [
    sample([filled([2, 3])], { permutation: [1, 0] }),
    sample([filled([2, 1, 3])], { permutation: [2, 0, 1] }),
    sample([filled([2, 0])], { permutation: [1, 0] }),
  ],
};
