import type { View } from "../src/html/page-data.ts";
import { say } from "../src/html/words.ts";
import type { Colours } from "./colours.ts";
import { byId } from "./elements.ts";
import type { Colouring } from "./picture.ts";
import { words } from "./words.ts";

/** Between two moments. */
const STEP = 420;

/** A moment of a view: how many panels have their values, and how many have their gradients. */
export interface Moment {
  readonly forward: number;
  readonly backward: number;
}

/** How many panels the longest of a view's graphs has. */
export const panelsOf = ({ panels, parts }: View): number =>
  Math.max(
    1,
    ...Array.from({ length: Math.max(1, parts.length) }, (_, part) => {
      return panels.filter((panel) => (panel.part ?? 0) === part).length;
    }),
  );

/** The moment at a place of the slider: 0 is before everything, then values panel by panel, then gradients back. */
export const momentAt = (view: View, place: number): Moment => {
  const count = panelsOf(view);
  return { forward: Math.min(place, count), backward: Math.max(0, place - count) };
};

/** Values as far as they have come; gradients, as far as they have, in their place. */
export function colouringAt(
  view: View,
  { forward, backward }: Moment,
  values: Colours,
  gradients: Colours,
): Colouring {
  const count = panelsOf(view);
  const first = new Map<number, number>();
  view.panels.forEach(({ part = 0 }, i) => {
    if (!first.has(part)) first.set(part, i);
  });
  return (mark) => {
    const { panel, part = 0 } = view.marks[mark]!;
    // What all steps share is there from the start, and has its gradient at the end.
    const at = panel === undefined ? -1 : panel - first.get(part)!;
    if (backward > 0 && count - Math.max(0, at) <= backward) {
      const colour = gradients.colouring(mark);
      if (colour) return colour;
    }
    return at < forward ? values.colouring(mark) : undefined;
  };
}

/** In words. */
export function tellMoment(view: View, { forward, backward }: Moment): string {
  const titles = view.panels.filter(({ part = 0 }) => part === 0);
  const count = panelsOf(view);
  const name = (i: number): string => titles[Math.min(titles.length - 1, Math.max(0, i))]?.title ?? "";
  if (backward > 0) return say(words().moment.gradients, { title: name(count - backward) }).trim();
  return forward === 0 ? "" : say(words().moment.values, { title: name(forward - 1) }).trim();
}

/** The slider of time, and its button. */
export class Player {
  readonly #slider = byId<HTMLInputElement>("moment");
  readonly #button = byId("play");
  readonly #show: (place: number) => void;
  #timer = 0;

  constructor(show: (place: number) => void) {
    this.#show = show;
    this.#slider.addEventListener("input", () => {
      this.#stop();
      this.#show(this.place);
    });
    this.#button.addEventListener("click", () => {
      if (this.#timer) this.#stop();
      else this.#play();
    });
  }

  get place(): number {
    return Number(this.#slider.value);
  }

  /** Another view: from the beginning, nothing coloured. */
  reset(most: number): void {
    this.#stop();
    this.#slider.max = String(most);
    this.#slider.value = "0";
  }

  #play(): void {
    if (this.place >= Number(this.#slider.max)) this.#slider.value = "0";
    this.#button.textContent = "❚❚";
    this.#button.setAttribute("aria-label", words().bar.pause);
    const step = (): void => {
      this.#slider.value = String(this.place + 1);
      this.#show(this.place);
      if (this.place >= Number(this.#slider.max)) this.#stop();
    };
    this.#timer = window.setInterval(step, STEP);
    step();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#button.textContent = "▶";
    this.#button.setAttribute("aria-label", words().bar.play);
  }
}
