export { type JaxOptions, type JaxProgram, toJax } from "./jax/to-jax.ts";
