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
  }

  /** The group of a mark, by its index. */
  groupOf(mark: number): number | undefined {
    return this.#view.marks[mark]?.group;
  }

  isFolded(group: number): boolean {
    return this.#folded.has(group);
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
  set(groups: Iterable<number>, fold: boolean): void {
    for (const group of groups) {
      if (fold && !this.#folded.has(group)) this.#fold(group);
      else if (!fold) this.#unfold(group);
    }
    this.#redraw();
  }

  #members(group: number): number[] {
    return this.#view.marks.flatMap((mark, i) => (mark.group === group ? [i] : []));
  }

  #fold(group: number): void {
    const members = this.#members(group).map((mark) => this.#shapes[mark]!);
    const area = around(members.map((shape) => shape.getBBox()));
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
    for (const member of members) member.classList.add("in-fold");
    this.#folded.set(group, { shape: shape as SVGGElement, area, box });
  }

  #unfold(group: number): void {
    this.#folded.get(group)?.shape.remove();
    if (this.#folded.delete(group))
      for (const mark of this.#members(group)) this.#shapes[mark]!.classList.remove("in-fold");
  }

  /** Lines within a box are hidden, lines to it end at its rim. */
  #redraw(): void {
    for (const { line, from, to } of this.#lines) {
      const [a, b] = [this.groupOf(from), this.groupOf(to)];
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
