import { plain, type SamplesOf, specials, vector } from "./arrays.ts";

export const errorFunction: SamplesOf<"erf"> = {
  erf: [plain(vector(-3, -1, -1e-3, 0, 0.5, 2, 2.6)), plain(specials()), plain(vector(1e-300, 5.9, -7))],
};
