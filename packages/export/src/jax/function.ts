import type { NDArray, Node, Tensor } from "@org/core";
import type { AttributesOf } from "@org/core/ops";
import type { ProgramFunction } from "../program.ts";
import { reachable } from "../reading.ts";
import { indented, printBlock } from "./block.ts";
import { atom } from "./expression.ts";
import { pythonNames, quoted } from "./names.ts";

/**
 * The function as Python: takes its records apart, computes, and puts its results into records.
 * @param constants Long constants of the module; those of this function are added.
 */
export function printFunction({ name, takes, results, rest }: ProgramFunction, constants: NDArray[]): string {
  const names = pythonNames();
  const outputs = results.flatMap(([, entries]) => entries.map(([, tensor]) => tensor));
  const leaves = new Map<Tensor, { readonly group: string; readonly key: string }>();
  for (const [group, record] of Object.entries(takes)) {
    for (const [key, tensor] of Object.entries(record)) leaves.set(tensor, { group, key });
  }
  const used = new Set(reachable(outputs, new Set()).map((node) => node.result()));
  const bound = new Map(
    [...leaves]
      .filter(([tensor]) => used.has(tensor))
      .map(([tensor, { group, key }]) => {
        const name = names.fresh(`${group === "gradients" ? "g_" : ""}${key}`);
        return [tensor, { name, place: `${group}[${quoted(key)}]` }] as const;
      }),
  );
  const { lines, results: values } = printBlock(
    outputs,
    new Map([...bound].map(([tensor, { name }]) => [tensor, atom(name)])),
    {
      names,
      constantOf(node: Node) {
        const { value } = node.attributes as AttributesOf<"constant">;
        const index = constants.indexOf(value);
        return `CONSTANTS["${index < 0 ? constants.push(value) - 1 : index}"]`;
      },
    },
  );
  let at = 0;
  const records = results.map(([group, entries], i) => {
    const items = entries.map(([key]) => `${quoted(key)}: ${values[at++]}`);
    return record(rest && i === 0 ? [`**${group}`, ...items] : items);
  });
  const parameters = Object.entries(takes)
    .filter(([group, record]) => Object.keys(record).length > 0 || group === "params")
    .map(([group]) => group);
  const returned = results.map(([group]) => group).join(", ");
  return [
    `def ${name}(${parameters.join(", ")}):`,
    ...indented([
      `"""${parameters.join(", ")} → ${returned}"""`,
      ...[...bound.values()].map(({ name, place }) => `${name} = ${place}`),
      ...lines,
      "",
      `return ${records.join(", ")}`,
    ]),
  ].join("\n");
}

const record = (items: readonly string[]): string => {
  const line = `{${items.join(", ")}}`;
  return line.length <= 90 ? line : `{\n        ${items.join(",\n        ")},\n    }`;
};
