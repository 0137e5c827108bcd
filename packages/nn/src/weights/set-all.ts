import { type ArrayValue, array, GraphError, type NDArray, type Parameter } from "@org/core";
import type { Target } from "./target.ts";

/** Where the tensors of a record lie: under the names of the model's own paths, unless told otherwise. */
type Find = (path: string, own: string, names: readonly string[]) => string;

const atPath: Find = (path, own) => [path, own].filter(Boolean).join(".");

/**
 * Sets the parameters of targets from a record of values, all or none of them; all values have to be read.
 * @param differences What is known to be wrong already.
 * @throws GraphError that lists every difference; nothing changes then
 */
export function setAll(
  op: string,
  targets: readonly (readonly [path: string, target: Target])[],
  record: Readonly<Record<string, ArrayValue>>,
  differences: string[],
  find: Find = atPath,
): void {
  if (typeof record !== "object" || record === null) {
    const received = record === null ? "null" : typeof record;
    throw new GraphError({ op, problem: `expected a record of values, received ${received}` });
  }
  const names = Object.keys(record);
  const read = new Set<string>();
  const changes: (readonly [Parameter, Float64Array])[] = [];
  for (const [path, target] of targets) {
    const values: Record<string, NDArray> = {};
    const before = differences.length;
    for (const [own, shape] of Object.entries(target.shapes)) {
      const name = find(path, own, names);
      read.add(name);
      const value = Object.hasOwn(record, name) ? valueOf(record[name]!) : "nothing";
      if (typeof value !== "string" && String(value.shape) === String(shape)) values[own] = value;
      else differences.push(`${name}: expected [${shape.join(", ")}], received ${show(value)}`);
    }
    if (differences.length === before) changes.push(...target.convert(values));
  }
  for (const name of names) if (!read.has(name)) differences.push(`${name}: the model has none`);
  if (differences.length > 0) {
    const count = differences.length === 1 ? "1 difference" : `${differences.length} differences`;
    const problem = [`${count}, so nothing was changed`, ...differences].join("\n  ");
    throw new GraphError({ op, problem });
  }
  for (const [parameter, value] of changes) parameter.value = value;
}

/** The value, or what is wrong with it. */
function valueOf(value: ArrayValue): NDArray | string {
  try {
    return array(value, { dtype: "f64" });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const show = (value: NDArray | string): string =>
  typeof value === "string" ? value : `[${value.shape.join(", ")}]`;
