import { writeStrip } from "../src/html/step-strip.ts";
import { writeHeadings } from "../src/html/view-scene.ts";
import { writeSvg } from "../src/svg.ts";
import type { Drawing, Place, Surface } from "./surface.ts";
import { words } from "./words.ts";

/** Beyond them marks jump to their places. */
const MOST_MOVING = 400;
const MOVE = { duration: 240, easing: "cubic-bezier(.3, 0, .2, 1)" };
const STATES = ["chosen", "up", "down", "way", "between", "hit", "current", "pale"];

/** A picture's SVG text, as it is shown and saved. */
export const svgOf = (
  { scene, strips, headings, theme }: Omit<Drawing, "spoken">,
  fillOf?: (id: string) => { readonly fill: string; readonly ink: string } | undefined,
): string =>
  writeSvg(scene, {
    theme,
    ...(fillOf && { fillOf: ({ id }) => fillOf(id) }),
    above: [
      ...writeHeadings(headings, theme.colours),
      ...strips.flatMap((strip) => writeStrip(strip, theme.colours, words().legend.norms)),
    ],
  });

/** Draws with the package's own writer; the elements are read from its text. */
export class SvgSurface implements Surface {
  readonly #holder: HTMLElement;
  #svg: SVGSVGElement;
  #shapes = new Map<string, SVGGElement>();
  #lines: { readonly line: SVGPathElement; readonly from: string; readonly to: string }[] = [];
  #places = new Map<string, { readonly x: number; readonly y: number }>();
  #box = "";

  constructor(holder: HTMLElement) {
    this.#holder = holder;
    this.#svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  }

  get element(): Element {
    return this.#svg;
  }

  draw(drawing: Drawing, moving: boolean): void {
    // The reader of HTML is several times as fast as that of XML.
    const { body } = new DOMParser().parseFromString(svgOf(drawing), "text/html");
    const svg = document.adoptNode(body.firstElementChild as SVGSVGElement);
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", words().bar.graph);
    svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    if (this.#box) svg.setAttribute("viewBox", this.#box);
    const focused = this.#idOf(document.activeElement);
    const before = this.#places;
    this.#places = new Map(drawing.scene.marks.map(({ mark, x, y }) => [mark.id, { x, y }]));
    this.#shapes = new Map();
    for (const shape of svg.querySelectorAll<SVGGElement>("g[id]")) {
      this.#shapes.set(shape.id, shape);
      shape.setAttribute("tabindex", "0");
      shape.setAttribute("role", "button");
      shape.setAttribute("aria-label", drawing.spoken(shape.id));
    }
    this.#lines = [...svg.querySelectorAll<SVGPathElement>("path[data-from]")].map((line) => ({
      line,
      from: line.dataset.from!,
      to: line.dataset.to!,
    }));
    this.#svg = svg;
    this.#holder.replaceChildren(svg);
    if (focused) this.#shapes.get(focused)?.focus({ preventScroll: true });
    if (moving) this.#move(before);
  }

  look({ x, y, scale, width, height }: Place): void {
    this.#box = `${x} ${y} ${width / scale} ${height / scale}`;
    this.#svg.setAttribute("viewBox", this.#box);
  }

  rest(): void {}

  paint(...[mark, line, norm]: Parameters<Surface["paint"]>): void {
    for (const [id, shape] of this.#shapes) {
      const { classes, fill, ink } = mark(id);
      for (const name of STATES) shape.classList.toggle(name, classes.includes(name));
      shape.setAttribute("aria-pressed", String(classes.includes("chosen")));
      shape.classList.toggle("coloured", fill !== undefined);
      if (fill) shape.style.setProperty("--fill", fill);
      if (ink) shape.style.setProperty("--on", ink);
    }
    for (const { line: path, from, to } of this.#lines) {
      const state = line(from, to);
      for (const name of STATES) path.classList.toggle(name, name === state);
    }
    for (const strip of this.#svg.querySelectorAll<SVGGElement>("g[data-norm]")) {
      const { fill, ink } = norm(Number(strip.dataset.norm)) ?? {};
      strip.classList.toggle("coloured", fill !== undefined);
      strip.style.setProperty("--fill", fill ?? "");
      strip.style.setProperty("--on", ink ?? "");
    }
  }

  idAt({ target }: Event): string | undefined {
    return this.#idOf(target as Element | null);
  }

  focus(id: string): void {
    this.#shapes.get(id)?.focus({ preventScroll: true });
  }

  #idOf(element: Element | null): string | undefined {
    const shape = element?.closest?.<SVGGElement>("g[tabindex]");
    return shape && this.#shapes.has(shape.id) ? shape.id : undefined;
  }

  /** Marks go from where they were to where they are; what is new appears. */
  #move(before: ReadonlyMap<string, { readonly x: number; readonly y: number }>): void {
    if (this.#shapes.size > MOST_MOVING) return;
    const appear = [{ opacity: 0 }, { opacity: 1 }];
    for (const [id, shape] of this.#shapes) {
      const [from, to] = [before.get(id), this.#places.get(id)!];
      if (!from) shape.animate(appear, MOVE);
      else if (from.x !== to.x || from.y !== to.y)
        shape.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, {}], MOVE);
    }
    for (const { line } of this.#lines) line.animate([{ opacity: 0 }, { opacity: 0 }, { opacity: 1 }], MOVE);
  }
}
