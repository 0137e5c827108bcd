import { GraphError } from "@org/core";

/** Sizes that the user gives: whole, from 1. @throws GraphError in the name of the layer */
export function requireSizes(op: string, sizes: Readonly<Record<string, number>>): void {
  for (const [option, size] of Object.entries(sizes)) {
    if (Number.isInteger(size) && size >= 1 && size < 2 ** 31) continue;
    throw new GraphError({ op, problem: `${option} is a whole number from 1, received ${String(size)}` });
  }
}
