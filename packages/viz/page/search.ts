import { countOf, say } from "../src/html/words.ts";
import { byId } from "./elements.ts";
import { plain } from "./numbers.ts";
import type { Picture } from "./picture.ts";
import { words } from "./words.ts";

/** A mark, or a region: all of its marks. */
interface Hit {
  readonly rank: number;
  readonly marks: readonly number[];
  readonly group?: number;
}

/** How well a text is found: as a whole, at a beginning, somewhere; undefined for not at all. */
function rankOf(text: string, names: readonly (string | undefined)[]): number | undefined {
  let best: number | undefined;
  for (const name of names) {
    const own = plain(name ?? "");
    const rank = own === text ? 0 : own.startsWith(text) ? 1 : own.includes(text) ? 2 : 3;
    if (rank < 3 && (best === undefined || rank < best)) best = rank;
  }
  return best;
}

/** Regions and marks by name, op or shape: the best first. */
export function findHits({ view, membersOf }: Pick<Picture, "view" | "membersOf">, asked: string): Hit[] {
  const text = plain(asked.trim());
  if (text === "") return [];
  const hits: Hit[] = [];
  view.groups.forEach(({ name }, group) => {
    const rank = rankOf(text, [name]);
    if (rank !== undefined) hits.push({ rank, group, marks: membersOf(group) });
  });
  view.marks.forEach(({ label, op, kind, name, shape, caption }, i) => {
    const rank = kind === text ? 1 : rankOf(text, [label, op, name, shape, caption]);
    if (rank !== undefined) hits.push({ rank, marks: [i] });
  });
  return hits.sort((a, b) => a.rank - b.rank);
}

/** What search does to the page. */
export interface SearchActions {
  readonly picture: () => Picture;
  /** Brings a hit into sight. */
  readonly show: (hit: { readonly mark: number; readonly group?: number }) => void;
  readonly repaint: () => void;
}

/** Finds marks and regions. Enter goes to the next one, Shift+Enter to the one before. */
export class Search {
  readonly #field = byId<HTMLInputElement>("search");
  readonly #actions: SearchActions;
  #hits: readonly Hit[] = [];
  #at = -1;

  constructor(actions: SearchActions) {
    this.#actions = actions;
    this.#field.addEventListener("input", () => this.run());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#go(event.shiftKey ? -1 : 1);
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.clear();
      this.#field.blur();
    });
  }

  focus(): void {
    this.#field.focus();
    this.#field.select();
  }

  clear(): void {
    this.#field.value = "";
    this.run();
  }

  run(): void {
    const picture = this.#actions.picture();
    this.#hits = findHits(
      { view: picture.view, membersOf: (group) => picture.membersOf(group) },
      this.#field.value,
    );
    this.#at = -1;
    if (this.#hits.length > 0) this.#go(1);
    else this.#show();
  }

  #go(by: number): void {
    if (this.#hits.length === 0) return;
    const { length } = this.#hits;
    this.#at = (this.#at + by + length) % length;
    const { marks, group } = this.#hits[this.#at]!;
    this.#show();
    this.#actions.show({ mark: marks[0]!, ...(group !== undefined && { group }) });
  }

  #show(): void {
    const current = this.#hits[this.#at];
    const only = current && current.group === undefined ? current.marks[0] : undefined;
    this.#actions.picture().showHits(new Set(this.#hits.flatMap(({ marks }) => marks)), only);
    this.#actions.repaint();
    const { mark, hit, noMark } = words();
    const what = this.#hits.every(({ group }) => group === undefined) ? mark : hit;
    const all = countOf(this.#hits.length, what);
    const place = current ? say(words().place, { at: this.#at + 1, all }) : noMark;
    byId("found").textContent = this.#field.value.trim() ? place : "";
  }
}
