import { type ReadonlySignal, signal } from "@preact/signals";

const query = matchMedia("(prefers-color-scheme: dark)");
const changing = signal(query.matches);
query.addEventListener("change", () => {
  changing.value = query.matches;
});

/** Whether the page is dark. */
export const dark: ReadonlySignal<boolean> = changing;

/** Whether the reader wants things to move little. */
export const calm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
