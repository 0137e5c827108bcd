/** Nested arrays and records with tensors at their leaves. */
export type Structure<Leaf> = Leaf | readonly Structure<Leaf>[] | { readonly [key: string]: Structure<Leaf> };

/** The type of a structure after each leaf became a `To`. */
export type Mapped<S, Leaf, To> = [Structure<Leaf>] extends [S]
  ? Structure<To>
  : S extends Leaf
    ? To
    : { -readonly [K in keyof S]: Mapped<S[K], Leaf, To> };

/** The leaves of a structure in order, each with its path (`carry.h`, `layers[0].w`). */
export interface Flat<Leaf> {
  readonly leaves: readonly Leaf[];
  readonly paths: readonly string[];
}

export function flatten<Leaf>(structure: Structure<Leaf>, isLeaf: (value: unknown) => boolean): Flat<Leaf> {
  const leaves: Leaf[] = [];
  const paths: string[] = [];
  mapStructure(structure, isLeaf, (leaf: Leaf, path) => {
    leaves.push(leaf);
    paths.push(path);
    return leaf;
  });
  return { leaves, paths };
}

/** The same structure with each leaf replaced. Records keep the order of their keys; undefined stays undefined. */
export function mapStructure<Leaf, To>(
  structure: Structure<Leaf>,
  isLeaf: (value: unknown) => boolean,
  replace: (leaf: Leaf, path: string) => To,
  path = "",
): Structure<To> {
  if (structure === undefined) return structure as never;
  if (isLeaf(structure) || structure === null || typeof structure !== "object")
    return replace(structure as Leaf, path);
  if (Array.isArray(structure)) {
    return structure.map((part, i) =>
      mapStructure(part as Structure<Leaf>, isLeaf, replace, `${path}[${i}]`),
    );
  }
  const parts = Object.entries(structure as Record<string, Structure<Leaf>>);
  const join = (key: string) => (path ? `${path}.${key}` : key);
  return Object.fromEntries(
    parts.map(([key, part]) => [key, mapStructure(part, isLeaf, replace, join(key))]),
  );
}

/** The same structure with other leaves, in order. */
export function withLeaves<Leaf, To>(
  structure: Structure<Leaf>,
  isLeaf: (value: unknown) => boolean,
  leaves: readonly To[],
): Structure<To> {
  let next = 0;
  return mapStructure(structure, isLeaf, () => leaves[next++]!);
}

/** Each leaf of a structure with what stands at the same place of another value, undefined where nothing does. */
export function eachPair<Leaf>(
  structure: Structure<Leaf>,
  isLeaf: (value: unknown) => boolean,
  other: unknown,
  visit: (leaf: Leaf, part: unknown, path: string) => void,
  path = "",
): void {
  if (isLeaf(structure)) {
    visit(structure as Leaf, other, path);
    return;
  }
  for (const [key, part] of Object.entries(structure as Record<string, Structure<Leaf>>)) {
    const inner = Array.isArray(structure) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    eachPair(part, isLeaf, (other as Record<string, unknown> | undefined)?.[key], visit, inner);
  }
}
