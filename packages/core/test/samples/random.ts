import { integers, type SamplesOf, sample } from "./arrays.ts";

/** Of one key, and of several. */
const keys = [
  integers([7, -3]),
  integers([
    [7, -3],
    [0, 1],
  ]),
];

export const random: SamplesOf<"randomBits" | "randomUnit"> = {
  randomBits: keys.map((key) => sample([key], { shape: [2, 3], dtype: "i32" })),
  randomUnit: keys.flatMap((key) => [
    sample([key], { shape: [2, 3], dtype: "f32" }),
    sample([key], { shape: [2, 3], dtype: "f64" }),
  ]),
};
