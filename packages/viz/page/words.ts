import type { PageData } from "../src/html/page-data.ts";

let now: PageData["words"];

/** All that the page says comes with it, in its language. */
export const speak = (words: PageData["words"]): void => {
  now = words;
};

/** What the page says. */
export const words = (): PageData["words"] => now;
