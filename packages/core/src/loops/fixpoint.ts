/** The least set that holds `start` and all that `grow` finds from it: what flows around a loop however often it runs. */
export function fixpoint(
  start: readonly number[],
  grow: (known: ReadonlySet<number>) => readonly number[],
): Set<number> {
  let known = new Set(start);
  for (;;) {
    const next = new Set([...known, ...grow(known)]);
    if (next.size === known.size) return known;
    known = next;
  }
}
