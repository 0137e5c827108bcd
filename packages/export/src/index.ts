export { type JaxOptions, type JaxProgram, toJax } from "./jax/to-jax.ts";
export { type OnnxOptions, type OpenSizes, toOnnx } from "./onnx/to-onnx.ts";
export type { ProgramOptions } from "./program.ts";
export { type StableHloFunction, type StableHloProgram, toStableHlo } from "./stablehlo/to-stable-hlo.ts";
