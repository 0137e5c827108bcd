import { type Signal, signal } from "@preact/signals";

/** Where the reader is: `#/understand/3` is page `understand`, place `3`. */
export interface Route {
  readonly page: Page;
  readonly place: string | undefined;
}

export type Page = "train" | "look" | "understand" | "check";
export const pages: readonly Page[] = ["train", "look", "understand", "check"];

function read(): Route {
  const [, page, place] = location.hash.split("/");
  return { page: pages.find((each) => each === page) ?? "train", place };
}

export const route: Signal<Route> = signal(read());

addEventListener("hashchange", () => {
  route.value = read();
});
