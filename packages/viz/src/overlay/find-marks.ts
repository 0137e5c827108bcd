import { Tensor } from "@org/core";
import type { Edge, Mark } from "../graph/picture.ts";

/** A mark by its label, digits on the line or below it (`h3` is `h₃`), or a tensor. */
export type MarkName = string | Tensor;

const lowered = "₀₁₂₃₄₅₆₇₈₉";
const plain = (label: string): string =>
  label
    .replace(/[₀-₉]/g, (sign) => String(lowered.indexOf(sign)))
    .replace(/₋/g, "-")
    .replace(/_(?=-?\d)/g, "");

/**
 * The marks of a name.
 * @throws RangeError where there are none
 */
export function findMarks(marks: readonly Mark[], name: MarkName): Mark[] {
  const exact = marks.filter(({ label, tensor }) =>
    name instanceof Tensor ? tensor === name : label === name,
  );
  const found =
    exact.length > 0 || name instanceof Tensor
      ? exact
      : marks.filter(({ label }) => plain(label) === plain(name));
  if (found.length > 0) return found;
  const shown = name instanceof Tensor ? (name.name ?? name.op.name) : name;
  const some = [
    ...new Set(
      marks.flatMap(({ label, kind }) => (kind === "variable" || kind === "parameter" ? label : [])),
    ),
  ];
  const known = some.slice(0, 20).join(", ") + (some.length > 20 ? ", …" : "");
  throw new RangeError(`the picture shows no ${JSON.stringify(shown)}; names in it: ${known}`);
}

/**
 * Everything on a way from one of the first marks to one of the second.
 * @throws RangeError where no way leads from one to the other
 */
export function between(from: readonly Mark[], to: readonly Mark[], edges: readonly Edge[]): Set<Mark> {
  const readers = new Map<Mark, Mark[]>();
  const inputs = new Map<Mark, Mark[]>();
  const note = (map: Map<Mark, Mark[]>, key: Mark, mark: Mark): void => {
    const known = map.get(key);
    if (known) known.push(mark);
    else map.set(key, [mark]);
  };
  for (const edge of edges) {
    note(readers, edge.from, edge.to);
    note(inputs, edge.to, edge.from);
  }
  const reach = (starts: readonly Mark[], next: ReadonlyMap<Mark, Mark[]>): Set<Mark> => {
    const seen = new Set(starts);
    for (const mark of seen) for (const other of next.get(mark) ?? []) seen.add(other);
    return seen;
  };
  const [below, above] = [reach(from, readers), reach(to, inputs)];
  const both = new Set([...below].filter((mark) => above.has(mark)));
  if (both.size > 0) return both;
  throw new RangeError(
    `${JSON.stringify(to[0]!.label)} does not depend on ${JSON.stringify(from[0]!.label)}`,
  );
}
