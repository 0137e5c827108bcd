import { checkOptionNames } from "@org/core";
import { type LiveCallback, type LiveOptions, liveBoard } from "./live-board.ts";

/** What of a page's elements is used; the package's types know no page. */
interface PageElement {
  replaceChildren(...children: unknown[]): void;
}

interface Pages {
  readonly document: {
    createElement(name: string): { textContent: string; append(...children: unknown[]): void };
    importNode(node: unknown, deep: boolean): unknown;
  };
  readonly DOMParser: new () => {
    parseFromString(text: string, type: "image/svg+xml"): { readonly documentElement: unknown };
  };
}

/**
 * A callback of `train` that shows training in an element of the page it runs in: curves of all metrics, and what the
 * options name.
 * @example
 * // await train({ ..., callbacks: [liveInPage(document.querySelector("#live"))] });
 */
export function liveInPage(element: PageElement, options: LiveOptions = {}): LiveCallback {
  checkOptionNames("liveInPage", options, "title gradients gates sample graph every");
  const { document, DOMParser } = globalThis as unknown as Pages;
  return liveBoard(options, async (sections) => {
    const heading = document.createElement("h2");
    heading.textContent = options.title ?? "Training";
    const parts = sections.map(({ title, svg, text }) => {
      const part = document.createElement("section");
      if (svg !== undefined) {
        const read = new DOMParser().parseFromString(svg, "image/svg+xml");
        part.append(document.importNode(read.documentElement, true));
        return part;
      }
      const [head, body] = [document.createElement("h3"), document.createElement("pre")];
      head.textContent = title;
      body.textContent = text ?? "";
      part.append(head, body);
      return part;
    });
    element.replaceChildren(heading, ...parts);
    // The page draws before training goes on.
    await new Promise((done) => setTimeout(done));
  });
}
