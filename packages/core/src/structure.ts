import { GraphError } from "./errors.ts";
import { inWords } from "./inspection.ts";

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

/** `op` is the function that an error names. @throws GraphError for one without an end */
export function flatten<Leaf>(
  structure: Structure<Leaf>,
  isLeaf: (value: unknown) => boolean,
  op = "structure",
): Flat<Leaf> {
  const leaves: Leaf[] = [];
  const paths: string[] = [];
  const collect = (leaf: Leaf, path: string): Leaf => {
    leaves.push(leaf);
    paths.push(path);
    return leaf;
  };
  mapStructure(structure, isLeaf, collect, op);
  return { leaves, paths };
}

/** More levels than anybody writes, and far fewer than overflow the stack. */
const MOST_LEVELS = 1000;

/**
 * For whatever walks records of records, which may contain themselves: says that there is no end to them.
 * @throws GraphError in the name of `op` at a level, counted from 0, beyond the 1000th; `of` is what they are called there
 * @example
 * const depth = (part, level = 0) => {
 *   requireEnd("depth", level);
 *   return Math.max(level, ...Object.values(part).map((inner) => depth(inner, level + 1)));
 * };
 * depth({ a: { b: {} } }); // → 2
 */
export function requireEnd(op: string, level: number, of = "records"): void {
  if (level <= MOST_LEVELS) return;
  const problem = `${of} within ${of}, more than ${MOST_LEVELS} deep, or one that contains itself`;
  throw new GraphError({ op, problem });
}

/**
 * The same structure with each leaf replaced. Records keep the order of their keys; undefined stays undefined.
 * @throws GraphError for one without an end, and for what is no record, such as a promise
 */
export function mapStructure<Leaf, To>(
  structure: Structure<Leaf>,
  isLeaf: (value: unknown) => boolean,
  replace: (leaf: Leaf, path: string) => To,
  op = "structure",
): Structure<To> {
  const visit = (part: Structure<Leaf>, path: string, level: number): Structure<To> => {
    if (part === undefined) return part as never;
    if (isLeaf(part) || part === null || typeof part !== "object") return replace(part as Leaf, path);
    requireEnd(op, level);
    if (Array.isArray(part)) {
      return part.map((each: Structure<Leaf>, i) => visit(each, `${path}[${i}]`, level + 1));
    }
    requireRecord(op, part, path);
    const join = (key: string): string => (path ? `${path}.${key}` : key);
    const entries = Object.entries(part as Record<string, Structure<Leaf>>);
    return Object.fromEntries(entries.map(([key, each]) => [key, visit(each, join(key), level + 1)]));
  };
  return visit(structure, "", 0);
}

/** Promises, maps, sets and other typed arrays have no keys: they would pass for empty records. @throws GraphError */
function requireRecord(op: string, part: object, path: string): void {
  if (!(part instanceof Promise) && !(Symbol.iterator in part)) return;
  const problem = `${path && `${path}: `}expected tensors, or records and arrays of them, received ${inWords(part)}`;
  throw new GraphError({ op, problem });
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
