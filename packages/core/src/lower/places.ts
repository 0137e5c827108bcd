import type { View } from "./kernel.ts";
import { extentOf, mayOverlap } from "./view.ts";

interface Entry {
  readonly view: View;
  readonly low: number;
  readonly at: number;
}

/**
 * The places of kernels that use views of one buffer, found by where the views lie: thousands of parts of one array are
 * not compared in pairs. Views of about one length stand together, by their first element.
 */
export class Places {
  readonly #byLength = new Map<number, Entry[]>();
  /** Views that loops move lie nowhere in particular. */
  readonly #moving: Entry[] = [];
  /** How many views there are. */
  size = 0;

  add(view: View, at: number): void {
    this.size++;
    const [low, high] = extentOf(view);
    const entry = { view, low, at };
    if (view.advances.length > 0) {
      this.#moving.push(entry);
      return;
    }
    const kind = lengthKind(high - low + 1);
    const alike = this.#byLength.get(kind);
    if (!alike) this.#byLength.set(kind, [entry]);
    else if (alike.at(-1)!.low <= low) alike.push(entry);
    else alike.splice(firstFrom(alike, low), 0, entry);
  }

  /** The last place behind `after` of a view that may share an element with this one; `after` where there is none. */
  last(view: View, after: number): number {
    let last = after;
    this.#visit(view, (entry) => {
      if (entry.at > last && mayOverlap(entry.view, view)) last = entry.at;
      return false;
    });
    return last;
  }

  /** Whether a view between two places may share an element with this one. */
  between(view: View, from: number, to: number): boolean {
    return this.#visit(view, (entry) => entry.at > from && entry.at < to && mayOverlap(entry.view, view));
  }

  /** Goes through what may lie where the view lies, until `visit` returns true: whether it did. */
  #visit(view: View, visit: (entry: Entry) => boolean): boolean {
    if (this.#moving.some(visit)) return true;
    const [low, high] = extentOf(view);
    for (const [kind, alike] of this.#byLength) {
      if (view.advances.length > 0) {
        if (alike.some(visit)) return true;
        continue;
      }
      for (let i = firstFrom(alike, low - 2 ** kind); i < alike.length && alike[i]!.low <= high; i++)
        if (visit(alike[i]!)) return true;
    }
    return false;
  }
}

/** The power of two that a length reaches at most. */
const lengthKind = (length: number): number => Math.ceil(Math.log2(Math.max(1, length)));

/** The first entry that begins at `low` or behind it. */
const firstFrom = (entries: readonly Entry[], low: number): number =>
  search(entries.length, (i) => entries[i]!.low >= low);

/** The least number below `count` for which a condition holds that holds for all larger ones too; else `count`. */
export function search(count: number, holds: (at: number) => boolean): number {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
