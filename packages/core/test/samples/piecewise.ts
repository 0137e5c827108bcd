import { integers, plain, type SamplesOf, specials, vector } from "./arrays.ts";

const values = [plain(vector(-2.5, -1.2, 0.7, 1.5, 2.5)), plain(specials())];

export const piecewise: SamplesOf<"sign" | "abs" | "floor" | "round" | "relu"> = {
  sign: [...values, plain(integers([-3, 0, 4]))],
  abs: [...values, plain(integers([-3, 0, 4]))],
  floor: values,
  round: values,
  relu: [...values, plain(integers([-3, 0, 4]))],
};
