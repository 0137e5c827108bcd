import { type ArrayValue, FeedError, GraphError, inWords, Parameter, requireEnd } from "@org/core";

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

/** @throws GraphError for what is no model, and for a record of values, where parameters were meant */
function refusePlain(model: unknown): void {
  const isRecord = /Object|Array\]/.test(Object.prototype.toString.call(model));
  const [key, part] = Object.entries(Object(isRecord ? model : {})).find(
    ([, part]) => ["number", "string", "boolean"].includes(typeof part) || Array.isArray(part),
  ) ?? [""];
  if (isRecord && !key) return;
  const value = Array.isArray(part) ? "an array without parameters" : `a ${typeof part}`;
  const received = key ? `${value} at ${key}` : `${typeof model}`;
  const hint = key ? `parameter(${JSON.stringify(key)}, …) makes one of a value` : "a layer is made with new";
  const problem = `expected parameters, layers, or arrays and records of them, received ${received}`;
  throw new GraphError({ op: "parameters", problem, hint });
}

/**
 * Sets parameters from a record of values, all or none of them.
 * @throws FeedError for a name that only one of the records has, or a value that does not fit; nothing changes then;
 *   GraphError for what is no record
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
  for (const record of [target, values] as unknown[])
    if (typeof record !== "object" || record === null)
      throw new GraphError({
        op: "assign",
        problem: `expected records by name, received ${inWords(record)}`,
      });
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(target, name));
  if (unknown !== undefined) {
    throw new FeedError(
      unknown,
      `one of ${Object.keys(target).join(", ")}`,
      JSON.stringify(unknown),
      "assign",
    );
  }
  for (const [name, parameter] of Object.entries<unknown>(target)) {
    if (parameter instanceof Parameter) continue;
    const problem = `expected parameters by name, received ${inWords(parameter)} as ${JSON.stringify(name)}`;
    throw new GraphError({ op: "assign", problem });
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
