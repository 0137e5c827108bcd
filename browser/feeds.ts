import { ancestors, type Nested, Parameter, type Tensor } from "@org/core";

/** Numbers that look random and are the same each time. */
let state = 1;
const next = (): number => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647 - 0.5;
};

const filled = ([length, ...inner]: readonly number[], value: () => number): Nested =>
  length === undefined ? value() : Array.from({ length }, () => filled(inner, value));

/** Values for all inputs, and parameters that are not all the same. */
export function feedsOf(tensors: readonly Tensor[]): Record<string, Nested> {
  const feeds: Record<string, Nested> = {};
  for (const leaf of ancestors(tensors)) {
    if (leaf.inputs.length > 0) continue;
    const tensor = leaf.result();
    if (tensor instanceof Parameter) tensor.value = filled(tensor.shape, next);
    const index = tensor.dtype === "i32";
    if (leaf.op.name === "input")
      feeds[tensor.name!] = filled(tensor.shape, index ? () => Math.floor((next() + 0.5) * 16) : next);
  }
  return feeds;
}
