import { filled, plain, type SamplesOf, specials, vector } from "./arrays.ts";

export const exponential: SamplesOf<
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sqrt"
  | "rsqrt"
  | "pow"
  | "sigmoid"
  | "tanh"
  | "softplus"
  | "sin"
  | "cos"
> = {
  exp: [plain(filled([4])), plain(specials()), plain(vector(-745.2, -708, 709.7, 710))],
  expm1: [plain(filled([4])), plain(specials()), plain(vector(1e-12, -1e-12, -40))],
  log: [plain(vector(0.1, 0.9, 1, 2.5, 100)), plain(specials())],
  log1p: [plain(vector(-0.5, -1e-3, 0, 1e-3, 3)), plain(specials()), plain(vector(1e-12, -1))],
  sqrt: [plain(vector(0.1, 1, 2.5, 100)), plain(specials())],
  rsqrt: [plain(vector(0.1, 1, 2.5, 100)), plain(specials())],
  pow: [
    plain(vector(0.3, 1.7, 2.5, 0.8), vector(2, -1.3, 0.5, 3)),
    plain(vector(0, 0, 0, 1, -2, 4, Infinity, -8), vector(0, 1, 2, Number.NaN, 3, -0.5, -1, 1 / 3)),
  ],
  sigmoid: [plain(vector(-3, -1, -1e-3, 0, 0.5, 2)), plain(specials()), plain(vector(-745, -40, 40, 800))],
  tanh: [plain(vector(-3, -1, -1e-3, 0, 0.5, 2)), plain(specials())],
  softplus: [plain(vector(-3, -1, -1e-3, 0, 0.5, 2)), plain(specials())],
  sin: [plain(filled([4])), plain(specials())],
  cos: [plain(filled([4])), plain(specials())],
};
