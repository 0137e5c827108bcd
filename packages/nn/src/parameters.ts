import { type ArrayValue, FeedError, GraphError, Parameter, requireEnd } from "@org/core";

/**
 * All parameters of a model, by path. A model is a parameter, or arrays and records of models to any depth; an object
 * with a record called `parameters` (a layer, a cell) stands for that record. A parameter that is in two places is
 * listed once, under its first path.
 * @throws GraphError for two parameters of one path, which takes a key with a dot in it, and for values in the place
 *   of parameters
 * @example
 * const model = {
 *   cells: [new RNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 })],
 *   head: new Linear({ inputSize: 3, outputSize: 1, seed: 2 }),
 * };
 * Object.keys(parameters(model)); // → ["cells.0.W_xh", "cells.0.W_hh", "cells.0.b_h", "head.W", "head.b"]
 */
export function parameters(model: unknown): Record<string, Parameter> {
  const found = new Map<string, Parameter>();
  const seen = new Set<unknown>();
  let layers = 0;
  const visit = (part: unknown, path: string, level: number): void => {
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part) || seen.has(part)) return;
    seen.add(part);
    requireEnd("parameters", level, "models");
    if (part instanceof Parameter) {
      const name = path || part.name || "parameter";
      if (found.has(name)) {
        throw new GraphError({
          op: "parameters",
          problem: `two parameters have the path ${JSON.stringify(name)}`,
        });
      }
      found.set(name, part);
      return;
    }
    const isLayer = "parameters" in part && typeof part.parameters === "object";
    if (isLayer) layers++;
    const own = isLayer ? part.parameters : part;
    for (const [key, value] of Object.entries(own ?? {}))
      visit(value, path ? `${path}.${key}` : key, level + 1);
  };
  visit(model, "", 0);
  if (found.size === 0 && layers === 0) refusePlain(model);
  return Object.fromEntries(found);
}

/** @throws GraphError for a record of numbers, where parameters were meant */
function refusePlain(model: unknown): void {
  const parts = typeof model === "object" && model !== null ? Object.entries(model) : [];
  const [plain] = parts.filter(([, part]) => typeof part === "number" || Array.isArray(part));
  if (!plain || ArrayBuffer.isView(model)) return;
  const [key, part] = plain;
  const received = typeof part === "number" ? "a number" : "an array without parameters";
  const problem = `expected parameters, layers, or arrays and records of them, received ${received} at ${key}`;
  const hint = `parameter(${JSON.stringify(key)}, …) makes one of a value`;
  throw new GraphError({ op: "parameters", problem, hint });
}

/**
 * Sets parameters from a record of values, all or none of them.
 * @throws FeedError for a name that only one of the records has, or a value that does not fit; nothing changes then
 * @example
 * const w = parameter("w", [1, 2]);
 * assign({ w }, { w: [3, 4] });
 * w.value; // → [3, 4]
 * assign({ w }, { w: [3, 4], v: [5] }); // throws FeedError
 */
export function assign(
  target: Readonly<Record<string, Parameter>>,
  values: Readonly<Record<string, ArrayValue>>,
): void {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(target, name));
  if (unknown !== undefined) {
    throw new FeedError(
      unknown,
      `one of ${Object.keys(target).join(", ")}`,
      JSON.stringify(unknown),
      "assign",
    );
  }
  const before = Object.values(target).map((parameter) => [parameter, parameter.value] as const);
  try {
    for (const [name, parameter] of Object.entries(target)) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined)
        throw new FeedError(name, `${parameter.dtype} [${parameter.shape.join(", ")}]`, "nothing", "assign");
      parameter.value = value;
    }
  } catch (error) {
    for (const [parameter, value] of before) parameter.value = value;
    throw error;
  }
}
