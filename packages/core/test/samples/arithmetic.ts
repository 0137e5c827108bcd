import { filled, integers, plain, type SamplesOf, specials, vector } from "./arrays.ts";

export const arithmetic: SamplesOf<"add" | "mul" | "neg" | "sub" | "div" | "square"> = {
  add: [
    plain(filled([2, 3]), filled([2, 3], 1)),
    plain(specials(), specials()),
    plain(integers([2147483647, 2]), integers([1, 3])),
  ],
  mul: [
    plain(filled([2, 3]), filled([2, 3], 1)),
    plain(specials(), vector(0, 1, 0, -1, 2, 2, 0.5, 0.5, 1e300)),
    plain(integers([123456789, -3]), integers([987654321, 5])),
  ],
  neg: [plain(filled([3])), plain(specials()), plain(integers([3, -2147483648]))],
  sub: [plain(filled([2, 3]), filled([2, 3], 1)), plain(specials(), specials())],
  div: [
    plain(filled([2, 3]), filled([2, 3], 1)),
    plain(specials(), vector(0, 0, Infinity, 2, 1, 0.5, 2, 2, 1e300)),
  ],
  square: [plain(filled([3])), plain(specials()), plain(integers([46341, -3]))],
};
