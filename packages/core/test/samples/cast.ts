import { booleans, integers, nested, type SamplesOf, sample, vector } from "./arrays.ts";

export const cast: SamplesOf<"cast"> = {
  cast: [
    sample([vector(-1.5, 0, 2.25)], { dtype: "f64" }),
    sample([nested([1, 2], "f32")], { dtype: "f64" }),
    sample([integers([-3, 0, 7])], { dtype: "f64" }),
    sample([booleans([true, false])], { dtype: "f64" }),
    sample([vector(-2.7, 0, 2.7, Number.NaN, Infinity, -Infinity)], { dtype: "i32" }),
    sample([vector(-0.5, 0, -0, Number.NaN)], { dtype: "bool" }),
  ],
};
