import type { View } from "../src/html/page-data.ts";

/** Who reads whom: the marks next to each, in both directions. */
export interface Neighbours {
  readonly inputs: readonly (readonly number[])[];
  readonly readers: readonly (readonly number[])[];
}

export function neighboursOf({ marks, edges }: Pick<View, "marks" | "edges">): Neighbours {
  const inputs: number[][] = marks.map(() => []);
  const readers: number[][] = marks.map(() => []);
  for (const [from, to] of edges) {
    inputs[to]!.push(from);
    readers[from]!.push(to);
  }
  return { inputs, readers };
}

/** Everything that can be reached from a mark, without itself. */
export function reach(start: number, next: readonly (readonly number[])[]): Set<number> {
  const seen = new Set([start]);
  for (const at of seen) for (const other of next[at]!) seen.add(other);
  seen.delete(start);
  return seen;
}

/** How one mark depends on another. */
export interface Path {
  readonly from: number;
  readonly to: number;
  /** All marks on any way between them, both included. */
  readonly between: ReadonlySet<number>;
  /** A shortest way, both included. */
  readonly shortest: readonly number[];
}

/** The ways between two marks, in the direction that data takes; undefined where there are none. */
export function pathBetween(a: number, b: number, { inputs, readers }: Neighbours): Path | undefined {
  const forward = reach(a, readers).has(b);
  const [from, to] = forward ? [a, b] : [b, a];
  const below = reach(from, readers);
  if (!below.has(to)) return undefined;
  const above = reach(to, inputs);
  const between = new Set([from, ...[...below].filter((mark) => above.has(mark)), to]);
  const before = new Map<number, number>();
  const queue = new Set([from]);
  for (const at of queue) {
    for (const other of readers[at]!) {
      if (queue.has(other)) continue;
      queue.add(other);
      before.set(other, at);
    }
  }
  const shortest = [to];
  while (shortest[0] !== from) shortest.unshift(before.get(shortest[0]!)!);
  return { from, to, between, shortest };
}
