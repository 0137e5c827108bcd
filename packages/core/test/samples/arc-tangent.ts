import { plain, type SamplesOf, specials, vector } from "./arrays.ts";

export const arcTangent: SamplesOf<"atan" | "atan2"> = {
  atan: [plain(vector(-3, -1, -1e-3, 0, 0.3, 0.5, 2, 40)), plain(specials())],
  atan2: [
    plain(vector(1, 1, -1, -1, 0.2, 0.2, -3, 0.1), vector(1, -2, -0.5, 2, 3, -3, 0.1, -7)),
    plain(
      vector(0, -0, 0, -0, 0, 1, -1, Infinity, -Infinity, 1),
      vector(1, 1, -1, -1, -0, 0, -0, Infinity, -Infinity, -Infinity),
    ),
    plain(vector(1e300, 1e-300, 1e300, Number.NaN, 1), vector(-1e300, 1e300, 1e-300, 1, Number.NaN)),
  ],
};
