import type { View } from "../src/html/page-data.ts";
import { type Area, around, fromBox, type Spot } from "./bundle.ts";

const BOX = { width: 92, height: 44 };

interface Line {
  readonly line: SVGPathElement;
  readonly from: number;
  readonly to: number;
}

interface Folded {
  readonly shape: SVGGElement;
  readonly area: Area;
  readonly box: Area;
}

const drawn = (
  like: SVGElement,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement => {
  const made = document.createElementNS(like.namespaceURI, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
};

/** Where a mark was drawn, whether it is shown or not. */
function areaOf(shape: SVGGElement): Area {
  const form = shape.querySelector("rect, ellipse")!;
  const at = (name: string): number => Number(form.getAttribute(name));
  if (form.tagName === "rect") return { x: at("x"), y: at("y"), width: at("width"), height: at("height") };
  const [rx, ry] = [at("rx"), at("ry")];
  return { x: at("cx") - rx, y: at("cy") - ry, width: 2 * rx, height: 2 * ry };
}

/** Groups of a picture's marks that are drawn as one box each. */
export class Folding {
  readonly #view: View;
  readonly #shapes: readonly SVGGElement[];
  readonly #lines: readonly Line[];
  readonly #folded = new Map<number, Folded>();
  readonly #ways = new Map<SVGPathElement, string>();
  readonly #points = new Map<SVGPathElement, readonly Spot[]>();

  constructor(view: View, shapes: readonly SVGGElement[], lines: readonly Line[]) {
    this.#view = view;
    this.#shapes = shapes;
    this.#lines = lines;
    for (const { line } of lines) this.#ways.set(line, line.getAttribute("d")!);
    this.set(
      view.groups.flatMap(({ folded }, i) => (folded ? [i] : [])),
      true,
    );
  }

  /** The innermost group of a mark, by its index. */
  groupOf(mark: number): number | undefined {
    return this.#view.marks[mark]?.group;
  }

  /** The groups that a mark lies in, from the outermost. */
  groupsOf(mark: number): number[] {
    const chain: number[] = [];
    for (let at = this.groupOf(mark); at !== undefined; at = this.#view.groups[at]!.parent) chain.unshift(at);
    return chain;
  }

  /** Draws a mark again that lies in boxes. */
  reveal(mark: number): void {
    const boxes = this.groupsOf(mark).filter((group) => this.#folded.has(group));
    if (boxes.length > 0) this.set(boxes, false);
  }

  /** The groups of all steps of a loop, or the one group. */
  alike(group: number): number[] {
    const { layer } = this.#view.groups[group]!;
    return this.#view.groups.flatMap((other, i) => (other.layer === layer ? [i] : []));
  }

  /** The group whose box an event happened on. */
  boxAt({ target }: Event): number | undefined {
    const shape = (target as Element).closest<SVGGElement>("g[data-group]");
    return shape ? Number(shape.dataset.group) : undefined;
  }

  /** Draws groups as boxes, or their marks again. */
  set(groups: readonly number[], fold: boolean): void {
    if (groups.length === 0) return;
    for (const group of groups) {
      if (fold && !this.#folded.has(group)) this.#fold(group);
      else if (!fold) this.#unfold(group);
    }
    this.#redraw();
  }

  #members(group: number): number[] {
    return this.#view.marks.flatMap((_, i) => (this.groupsOf(i).includes(group) ? [i] : []));
  }

  #fold(group: number): void {
    const members = this.#members(group).map((mark) => this.#shapes[mark]!);
    const area = around(members.map(areaOf));
    if (!area || members.length < 2) return;
    const { name, title } = this.#view.groups[group]!;
    const width = Math.max(BOX.width, 24 + 8 * name.length);
    const [x, y] = [area.x + area.width / 2, area.y + area.height / 2];
    const box = { x: x - width / 2, y: y - BOX.height / 2, width, height: BOX.height };
    const spoken = `${name}${title ? `, ${title}` : ""}: ${members.length} marks, folded. Enter unfolds.`;
    const shape = drawn(members[0]!, "g", {
      class: "fold",
      tabindex: 0,
      role: "button",
      "data-group": group,
      "aria-label": spoken,
    });
    shape.append(drawn(members[0]!, "rect", { ...box, rx: 8 }));
    const label = drawn(members[0]!, "text", { x, y: y + 2, "font-size": 13 });
    label.textContent = name;
    const count = drawn(members[0]!, "text", { x, y: y + 14, "font-size": 9 });
    count.textContent = `+ ${members.length} marks`;
    shape.append(label, count);
    members[0]!.parentElement!.append(shape);
    this.#folded.set(group, { shape: shape as SVGGElement, area, box });
  }

  #unfold(group: number): void {
    this.#folded.get(group)?.shape.remove();
    this.#folded.delete(group);
  }

  /** Marks and lines within a box are hidden, lines to it end at its rim; so is a box in a box. */
  #redraw(): void {
    const boxes = this.#shapes.map((_, i) => this.groupsOf(i).find((group) => this.#folded.has(group)));
    this.#shapes.forEach((shape, i) => {
      shape.classList.toggle("in-fold", boxes[i] !== undefined);
    });
    for (const [group, { shape }] of this.#folded) {
      let outer = this.#view.groups[group]!.parent;
      while (outer !== undefined && !this.#folded.has(outer)) outer = this.#view.groups[outer]!.parent;
      shape.classList.toggle("in-fold", outer !== undefined);
    }
    for (const { line, from, to } of this.#lines) {
      const [a, b] = [boxes[from], boxes[to]];
      const [start, end] = [a, b].map((group) => (group === undefined ? undefined : this.#folded.get(group)));
      line.classList.toggle("in-fold", a === b && start !== undefined);
      if ((!start && !end) || a === b) {
        line.setAttribute("d", this.#ways.get(line)!);
        continue;
      }
      const back = line.classList.contains("gradient");
      let points = this.#sampled(line);
      const [first, last] = back ? [end, start] : [start, end];
      if (first) points = fromBox(points, first.area, first.box);
      if (last) points = fromBox([...points].reverse(), last.area, last.box).reverse();
      line.setAttribute("d", `M${points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L")}`);
    }
  }

  /** Points along a line as it was drawn, a few pixels from each other. */
  #sampled(line: SVGPathElement): readonly Spot[] {
    const known = this.#points.get(line);
    if (known) return known;
    line.setAttribute("d", this.#ways.get(line)!);
    const length = line.getTotalLength();
    const count = Math.max(2, Math.min(400, Math.ceil(length / 4)));
    const points = Array.from({ length: count + 1 }, (_, i) => {
      const { x, y } = line.getPointAtLength((length * i) / count);
      return { x, y };
    });
    this.#points.set(line, points);
    return points;
  }
}
