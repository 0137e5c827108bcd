import type { Tensor } from "@org/core";
import type { GraphJson } from "../graph/graph-json.ts";
import { renderSvg, type SvgPictureOptions } from "../render-svg.ts";

/** What an `<unroll-graph>` has beside what every element has. */
export interface GraphElement {
  /** What it draws; assigning another one draws anew. */
  graph: Tensor | readonly Tensor[] | GraphJson | undefined;
  /** How, where attributes do not say it; assigning others draws anew. */
  options: SvgPictureOptions;
  /** Settles when the picture is the one last asked for. */
  readonly updated: Promise<void>;
}

/** What of a page is used; the package's types know no page. */
interface Element {
  isConnected: boolean;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): { readonly textContent: string } | null;
  attachShadow(how: { readonly mode: "open" }): { replaceChildren(...children: unknown[]): void };
  dispatchEvent(event: unknown): boolean;
}

interface Page {
  readonly HTMLElement: new () => Element;
  readonly Event: new (name: string) => unknown;
  readonly customElements: { define(name: string, element: unknown): void; get(name: string): unknown };
  readonly document: {
    createElement(name: string): { textContent: string; setAttribute(name: string, value: string): void };
    importNode(node: unknown, deep: boolean): unknown;
  };
  readonly DOMParser: new () => {
    parseFromString(text: string, type: "image/svg+xml"): { readonly documentElement: unknown };
  };
}

/**
 * Makes `<unroll-graph>` an element of the page, or another name with a `-` in it. It draws its `graph`, tensors or what
 * `toJson` gives; without one, the data in a `<script type="application/json">` inside of it. Attributes `unroll`
 * (`"3"`, `"3,2"`: the first three and the last two), `detail`, `preset`, and `gradients`, `dark`, which are there or
 * not, say how, everything else the property `options`; a change of any of them draws anew. After each drawing it gets an
 * event `drawn`; what cannot be drawn it tells in words.
 * A second call with the same name changes nothing.
 * @throws Error outside of pages, DOMException for a name that elements cannot have
 * @example
 * defineGraphElement(); // throws Error
 */
export function defineGraphElement(name = "unroll-graph"): void {
  const page = globalThis as unknown as Partial<Page>;
  if (!page.customElements || !page.HTMLElement)
    throw new Error("defineGraphElement: there is no page here whose elements it could be");
  if (!page.customElements.get(name)) page.customElements.define(name, elementOf(page as Page));
}

const attributes = ["unroll", "detail", "preset", "gradients", "dark"] as const;

const style = `:host { display: block; overflow-x: auto; } svg { display: block; max-width: 100%; height: auto; }`;

function elementOf({ HTMLElement, Event, document, DOMParser }: Page): new () => Element & GraphElement {
  return class extends HTMLElement implements GraphElement {
    static readonly observedAttributes: readonly string[] = attributes;
    readonly #shadow = this.attachShadow({ mode: "open" });
    #graph: GraphElement["graph"];
    #options: SvgPictureOptions = {};
    #updated: Promise<void> = Promise.resolve();
    /** Counts what was asked for: only the last is shown. */
    #asked = 0;

    get graph(): GraphElement["graph"] {
      return this.#graph;
    }
    set graph(graph: GraphElement["graph"]) {
      this.#graph = graph;
      this.#draw();
    }
    get options(): SvgPictureOptions {
      return this.#options;
    }
    set options(options: SvgPictureOptions) {
      this.#options = options;
      this.#draw();
    }
    get updated(): Promise<void> {
      return this.#updated;
    }

    connectedCallback(): void {
      this.#draw();
    }
    attributeChangedCallback(): void {
      this.#draw();
    }

    #draw(): void {
      if (!this.isConnected) return;
      const asked = ++this.#asked;
      this.#updated = (async () => {
        // Whatever else is set in this turn is one drawing with it; the elements inside may be parsed a little later.
        await new Promise((done) => setTimeout(done));
        if (asked !== this.#asked) return this.#updated;
        const drawn = await this.#picture().catch((error: unknown) => {
          const told = document.createElement("p");
          told.setAttribute("role", "alert");
          told.textContent = String(error);
          return told;
        });
        if (asked !== this.#asked) return this.#updated;
        const sheet = document.createElement("style");
        sheet.textContent = style;
        this.#shadow.replaceChildren(sheet, ...(drawn ? [drawn] : []));
        this.dispatchEvent(new Event("drawn"));
      })();
    }

    async #picture(): Promise<unknown> {
      const data = this.querySelector('script[type="application/json"]')?.textContent;
      const graph = this.#graph ?? (data === undefined ? undefined : (JSON.parse(data) as GraphJson));
      if (graph === undefined) return undefined;
      const svg = await renderSvg(graph, { ...this.#options, ...this.#ownOptions() });
      const { documentElement } = new DOMParser().parseFromString(svg, "image/svg+xml");
      return document.importNode(documentElement, true);
    }

    /** What attributes say; what they say wrongly, `renderSvg` refuses. */
    #ownOptions(): SvgPictureOptions {
      const [unroll, detail, preset] = (["unroll", "detail", "preset"] as const).map(
        (name) => this.getAttribute(name) ?? undefined,
      );
      const [first, last = 0] = (unroll ?? "").split(",").map(Number);
      return {
        ...(unroll !== undefined && { unroll: { first: first!, last } }),
        ...(detail !== undefined && { detail: detail as "op" }),
        ...(preset !== undefined && { preset: preset as "d2l" }),
        ...(this.hasAttribute("gradients") && { gradients: true }),
        ...(this.hasAttribute("dark") && { dark: true }),
      };
    }
  };
}
