export { normal, truncatedNormal, uniform } from "./init/distributions.ts";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
} from "./init/fans.ts";
export { type ChronoBias, chrono, forgetBias } from "./init/gate-bias.ts";
export { identity } from "./init/identity.ts";
export { orthogonal } from "./init/orthogonal.ts";
export type { FanOptions, InitOptions } from "./init/shape.ts";
export { type SparseOptions, sparse } from "./init/sparse.ts";
export { scaleToSpectralRadius, spectralRadius } from "./init/spectral-radius.ts";
