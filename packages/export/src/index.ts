export { type JaxOptions, type JaxProgram, toJax } from "./jax/to-jax.ts";
export { type OnnxOptions, toOnnx } from "./onnx/to-onnx.ts";
