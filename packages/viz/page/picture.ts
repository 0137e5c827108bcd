import type { MarkData, View } from "../src/html/page-data.ts";
import { Camera } from "./camera.ts";
import { spoken } from "./details.ts";
import { byId } from "./elements.ts";
import { Folding } from "./folding.ts";
import { type Neighbours, neighboursOf, type Path, reach } from "./reach.ts";

/** One of the page's pictures, its marks and lines by index. */
export class Picture {
  readonly view: View;
  readonly neighbours: Neighbours;
  readonly camera: Camera;
  readonly root: HTMLElement;
  readonly shapes: readonly SVGGElement[];
  readonly folding: Folding;
  readonly #lines: readonly { readonly line: SVGPathElement; readonly from: number; readonly to: number }[];

  constructor(view: View, stage: HTMLElement) {
    this.view = view;
    this.neighbours = neighboursOf(view);
    this.root = byId(`view-${view.name}`);
    const svg = this.root.querySelector("svg")!;
    svg.setAttribute("role", "group");
    svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    this.camera = new Camera(svg, stage);
    this.shapes = view.marks.map((mark) => prepare(byId<SVGGElement>(mark.id), mark));
    const indices = new Map(view.marks.map(({ id }, i) => [id, i]));
    this.#lines = [...svg.querySelectorAll<SVGPathElement>("path[data-from]")].map((line) => ({
      line,
      from: indices.get(line.dataset.from!)!,
      to: indices.get(line.dataset.to!)!,
    }));
    this.folding = new Folding(view, this.shapes, this.#lines);
  }

  /** The mark that an event happened on. */
  markAt({ target }: Event): number {
    const shape = (target as Element).closest<SVGGElement>("g[tabindex]:not(.fold)");
    return shape ? this.shapes.indexOf(shape) : -1;
  }

  get ancestors(): (mark: number) => ReadonlySet<number> {
    return (mark) => reach(mark, this.neighbours.inputs);
  }

  get descendants(): (mark: number) => ReadonlySet<number> {
    return (mark) => reach(mark, this.neighbours.readers);
  }

  /** Shows what a mark depends on and what depends on it; nothing for none. */
  showReach(chosen: number | undefined): void {
    if (chosen === undefined) {
      this.#paint(() => "", []);
      return;
    }
    const [above, below] = [this.ancestors(chosen), this.descendants(chosen)];
    this.#paint((mark) => (above.has(mark) ? "up" : below.has(mark) ? "down" : ""), [chosen]);
  }

  /** Shows all ways between two marks, or only the two where there are none. */
  showPath(a: number, b: number, path: Path | undefined): void {
    const shortest = new Set(path?.shortest);
    this.#paint((mark) => (shortest.has(mark) ? "way" : path?.between.has(mark) ? "between" : ""), [a, b]);
  }

  showHits(hits: ReadonlySet<number>, current: number | undefined): void {
    this.shapes.forEach((shape, i) => {
      shape.classList.toggle("hit", hits.has(i));
      shape.classList.toggle("current", i === current);
    });
  }

  /** Gives marks, and lines between marks that have it, their class; the others step back. */
  #paint(classOf: (mark: number) => string, chosen: readonly number[]): void {
    const classes = this.shapes.map((_, i) => (chosen.includes(i) ? "chosen" : classOf(i)));
    this.root.classList.toggle("focused", chosen.length > 0);
    this.shapes.forEach((shape, i) => {
      for (const name of ["chosen", "up", "down", "way", "between"]) {
        shape.classList.toggle(name, classes[i] === name);
      }
    });
    for (const { line, from, to } of this.#lines) {
      const [a, b] = [classes[from]!, classes[to]!];
      const shared = a === b ? a : a === "chosen" ? b : b === "chosen" ? a : a && b ? "between" : "";
      const crossing = (a === "up" && b === "down") || (a === "down" && b === "up");
      const name = shared === "chosen" ? "way" : crossing ? "" : shared;
      for (const other of ["up", "down", "way", "between"]) line.classList.toggle(other, other === name);
    }
  }
}

function prepare(shape: SVGGElement, mark: MarkData): SVGGElement {
  shape.setAttribute("tabindex", "0");
  shape.setAttribute("role", "button");
  shape.setAttribute("aria-label", spoken(mark));
  return shape;
}
