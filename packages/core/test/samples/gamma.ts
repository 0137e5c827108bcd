import { filled, plain, type SamplesOf, sample, specials, vector } from "./arrays.ts";

export const gamma: SamplesOf<"logGamma" | "polygamma"> = {
  logGamma: [
    plain(vector(0.1, 0.7, 1.2, 1.7, 2.3, 4.6, 9.5, -0.4, -2.3)),
    plain(specials()),
    plain(vector(1e-9, 1 + 1e-9, 2 - 1e-9, 171, 1e10, -3)),
  ],
  polygamma: [
    sample([vector(0.1, 0.7, 2.3, 4.6, 11.5, -0.8, -2.3)], { order: 0 }),
    sample([vector(0.1, 0.7, 2.3, 4.6, 11.5, -0.4, -2.3)], { order: 1 }),
    sample([vector(0.3, 1.7, 6.2, -1.4)], { order: 2 }),
    sample([vector(0.3, 1.7, 6.2, -1.4)], { order: 5 }),
    sample([vector(0, -0, Infinity, Number.NaN, -2, 1e-9, -1e-9, 1e10)], { order: 0 }),
    sample([vector(0, Infinity, Number.NaN, -2, 1e-9, 1e10)], { order: 1 }),
    sample([filled([0])], { order: 0 }),
  ],
};
