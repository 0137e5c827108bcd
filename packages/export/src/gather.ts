import { GraphError, type Parameter } from "@org/core";

/** Parameters by name. @throws GraphError where two have one name */
export function gather(
  op: string,
  entries: Iterable<readonly [Parameter, string]>,
): Record<string, Parameter> {
  const record: Record<string, Parameter> = {};
  for (const [parameter, name] of entries) {
    if (Object.hasOwn(record, name) && record[name] !== parameter) {
      throw new GraphError({
        op,
        problem: `two parameters are called ${JSON.stringify(name)}`,
        hint: "give names in the record of parameters",
      });
    }
    record[name] = parameter;
  }
  return record;
}

/** The same values under names that begin with `prefix.`. */
export const prefixed = <Value>(
  prefix: string,
  record: Readonly<Record<string, Value>>,
): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}.${name}`, value]));
