import { byId } from "./elements.ts";
import { count, plain } from "./numbers.ts";
import type { Picture } from "./picture.ts";

/** Finds marks by name or op. Enter goes to the next one, Shift+Enter to the one before. */
export class Search {
  readonly #field = byId<HTMLInputElement>("search");
  readonly #picture: () => Picture;
  #hits: number[] = [];
  #at = -1;

  constructor(picture: () => Picture) {
    this.#picture = picture;
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

  /** Names that begin with the text come first, then names and ops that have it. */
  run(): void {
    const text = plain(this.#field.value.trim());
    const { marks } = this.#picture().view;
    const ranked = marks.flatMap(({ label, op = "", kind }, i) => {
      const [name, of] = [plain(label), plain(op)];
      if (text === "" || !(name.includes(text) || of.includes(text) || kind === text)) return [];
      return [{ i, rank: name === text ? 0 : name.startsWith(text) ? 1 : 2 }];
    });
    this.#hits = ranked.sort((a, b) => a.rank - b.rank || a.i - b.i).map(({ i }) => i);
    this.#at = -1;
    this.#show(text !== "");
    if (this.#hits.length > 0) this.#go(1);
  }

  #go(by: number): void {
    if (this.#hits.length === 0) return;
    const { length } = this.#hits;
    this.#at = (this.#at + by + length) % length;
    const { camera, shapes, folding } = this.#picture();
    folding.reveal(this.#hits[this.#at]!);
    camera.center(shapes[this.#hits[this.#at]!]!);
    this.#show(true);
  }

  #show(asked: boolean): void {
    this.#picture().showHits(new Set(this.#hits), this.#hits[this.#at]);
    const place = this.#at >= 0 ? `${this.#at + 1} of ${count(this.#hits.length, "mark")}` : "no mark";
    byId("found").textContent = asked ? place : "";
  }
}
