import { boxId, type FoldedView, foldView, type Shown } from "../src/html/fold-view.ts";
import type { MarkData, View } from "../src/html/page-data.ts";
import { layOutView, rememberLayouts, type ViewScene } from "../src/html/view-scene.ts";
import { countOf, say } from "../src/html/words.ts";
import type { Preset, Theme } from "../src/theme.ts";
import { spoken } from "./details.ts";
import { type Neighbours, neighboursOf, type Path, reach } from "./reach.ts";
import { type Area, areaOf, type Drawing, type Look } from "./surface.ts";
import { words } from "./words.ts";

/** What a colouring gives a mark. */
export type Colouring = (mark: number) => { readonly fill: string; readonly ink: string } | undefined;

type Paint = (mark: number) => string;

/** One of the page's views: what of it is folded, where everything is drawn, and what stands out. */
export class Picture {
  readonly view: View;
  readonly neighbours: Neighbours;
  readonly #preset: Preset;
  readonly #layPanel = rememberLayouts();
  readonly #ids: ReadonlyMap<string, number>;
  readonly #boxes: ReadonlyMap<string, number>;
  readonly #members: readonly (readonly number[])[];
  #shown: Shown;
  #folded!: FoldedView;
  #drawn!: ViewScene;
  #areas = new Map<string, Area>();
  #paint: Paint = () => "";
  #focused = false;
  #hits: ReadonlySet<number> = new Set();
  #current: number | undefined;
  #colouring: Colouring = () => undefined;
  #colourOfNorm: (norm: number) => ReturnType<Colouring> = () => undefined;

  constructor(view: View, preset: Preset) {
    this.view = view;
    this.#preset = preset;
    this.neighbours = neighboursOf(view);
    this.#ids = new Map(view.marks.map(({ id }, i) => [id, i]));
    this.#boxes = new Map(view.groups.map((_, i) => [boxId(view, i), i]));
    const members = view.groups.map((): number[] => []);
    view.marks.forEach(({ group }, i) => {
      for (let at = group; at !== undefined; at = view.groups[at]!.parent) members[at]!.push(i);
    });
    this.#members = members;
    this.#shown = { folded: new Set(view.groups.flatMap(({ folded }, i) => (folded ? [i] : []))) };
  }

  /** Marks and boxes with their places; laid out when it is first asked for. */
  get drawn(): ViewScene {
    if (!this.#drawn) this.#layOut();
    return this.#drawn;
  }

  drawing(theme: Theme): Drawing {
    return { ...this.drawn, theme, spoken: (id) => this.#spoken(id) };
  }

  /** What is left out: parameters, the optimizer; and whether the ways of gradients are drawn. */
  leaveOut(hidden: (mark: MarkData) => boolean, gradients: boolean): void {
    this.#shown = { ...this.#shown, hidden, gradients };
    this.#layOut();
  }

  get folded(): ReadonlySet<number> {
    return this.#shown.folded;
  }

  /** Draws groups as boxes, or what is in them again. */
  fold(groups: readonly number[], fold: boolean): void {
    const folded = new Set(this.#shown.folded);
    for (const group of groups) {
      if (fold) folded.add(group);
      else folded.delete(group);
    }
    this.foldTo(folded);
  }

  foldTo(folded: ReadonlySet<number>): void {
    this.#shown = { ...this.#shown, folded };
    this.#layOut();
  }

  /**
   * Folds as little as makes the whole picture fit, or at least its height: nothing, the innermost regions, those around
   * them, up to the outermost.
   */
  openLegibly(fits: (width: number, height: number) => boolean): void {
    const { groups } = this.view;
    const start = this.folded;
    const depths: number[] = [];
    for (const { parent } of groups) depths.push(parent === undefined ? 0 : depths[parent]! + 1);
    const deepest = depths.reduce((most, depth) => Math.max(most, depth), -1);
    const ways = Array.from({ length: deepest + 2 }, (_, i) => {
      const depth = deepest + 1 - i;
      return new Set(groups.flatMap((_, k) => (start.has(k) || depths[k] === depth ? [k] : [])));
    });
    let high: ReadonlySet<number> | undefined;
    for (const folded of ways) {
      this.foldTo(folded);
      const { width, height } = this.drawn.scene;
      if (fits(width, height)) return;
      if (!high && fits(1, height)) high = folded;
    }
    this.foldTo(high ?? ways.at(-1)!);
  }

  /** The innermost group of a mark, by its index. */
  groupOf(mark: number): number | undefined {
    return this.view.marks[mark]?.group;
  }

  /** Draws a mark itself that lies in boxes; whether anything changed. */
  reveal(mark: number): boolean {
    const boxes: number[] = [];
    for (let at = this.groupOf(mark); at !== undefined; at = this.view.groups[at]!.parent)
      if (this.#shown.folded.has(at)) boxes.push(at);
    if (boxes.length > 0) this.fold(boxes, false);
    return boxes.length > 0;
  }

  /** The groups of all steps of a loop, or the one group. */
  alike(group: number): number[] {
    const { layer } = this.view.groups[group]!;
    return this.view.groups.flatMap((other, i) => (other.layer === layer ? [i] : []));
  }

  membersOf(group: number): readonly number[] {
    return this.#members[group]!;
  }

  /** What an id is of: a mark, or a group's box. */
  find(id: string | undefined): { readonly mark?: number; readonly box?: number } {
    const mark = id === undefined ? undefined : this.#ids.get(id);
    if (mark !== undefined) return { mark };
    const box = id === undefined ? undefined : this.#boxes.get(id);
    return box === undefined ? {} : { box };
  }

  /** The id under which a mark is drawn: its own, or its box's; undefined where it is left out. */
  idOf(mark: number): string | undefined {
    if (!this.#folded) this.#layOut();
    if (!this.#folded.present[mark]) return undefined;
    const box = this.#folded.boxes[mark];
    const id = box === undefined ? this.view.marks[mark]!.id : boxId(this.view, box);
    return this.#areas.has(id) ? id : undefined;
  }

  /** Where a mark, or its box, is drawn. */
  areaOf(mark: number): Area | undefined {
    const id = this.idOf(mark);
    return id === undefined ? undefined : this.#areas.get(id);
  }

  /** Where a group is drawn: its box, or what is around its marks. */
  areaOfGroup(group: number): Area | undefined {
    return around(this.membersOf(group).flatMap((mark) => this.areaOf(mark) ?? []));
  }

  get ancestors(): (mark: number) => ReadonlySet<number> {
    return (mark) => reach(mark, this.neighbours.inputs);
  }

  get descendants(): (mark: number) => ReadonlySet<number> {
    return (mark) => reach(mark, this.neighbours.readers);
  }

  /** Marks what a mark depends on and what depends on it; nothing for none. */
  showReach(chosen: number | undefined): void {
    this.#focused = chosen !== undefined;
    if (chosen === undefined) {
      this.#paint = () => "";
      return;
    }
    const [above, below] = [this.ancestors(chosen), this.descendants(chosen)];
    this.#paint = (mark) =>
      mark === chosen ? "chosen" : above.has(mark) ? "up" : below.has(mark) ? "down" : "";
  }

  /** Marks all ways between two marks, or only the two where there are none. */
  showPath(a: number, b: number, path: Path | undefined): void {
    const shortest = new Set(path?.shortest);
    this.#paint = (mark) =>
      mark === a || mark === b
        ? "chosen"
        : shortest.has(mark)
          ? "way"
          : path?.between.has(mark)
            ? "between"
            : "";
  }

  /** Whether some marks stand out, so that the others step back. */
  get focused(): boolean {
    return this.#focused;
  }

  showHits(hits: ReadonlySet<number>, current: number | undefined): void {
    this.#hits = hits;
    this.#current = current;
  }

  /** Gives marks their colours, and norms above the columns theirs. */
  colour(colouring: Colouring, ofNorm: (norm: number) => ReturnType<Colouring> = () => undefined): void {
    this.#colouring = colouring;
    this.#colourOfNorm = ofNorm;
  }

  /** Numbers of what is drawn; a box has that of the last of its marks that has one. */
  seen(numberOf: (mark: number) => number | undefined): number[] {
    return this.drawn.scene.marks.flatMap(({ mark: { id } }) => {
      const of = this.marksOf(id);
      for (let i = of.length - 1; i >= 0; i--) {
        const found = numberOf(of[i]!);
        if (found !== undefined) return found;
      }
      return [];
    });
  }

  /** The marks that a box, or a mark, is drawn for. */
  marksOf(id: string): readonly number[] {
    const { mark, box } = this.find(id);
    return mark !== undefined ? [mark] : box !== undefined ? this.#members[box]! : [];
  }

  /** How marks and lines look now. */
  look(): {
    mark: (id: string) => Look;
    line: (from: string, to: string) => string;
    norm: (norm: number) => ReturnType<Colouring>;
  } {
    const order = ["chosen", "way", "between", "up", "down"];
    const states = new Map<string, string>();
    const of = (id: string): string => {
      const known = states.get(id);
      if (known !== undefined) return known;
      const own = new Set(this.marksOf(id).map(this.#paint));
      const state = order.find((name) => own.has(name)) ?? "";
      states.set(id, state);
      return state;
    };
    return {
      norm: this.#colourOfNorm,
      mark: (id) => {
        const marks = this.marksOf(id);
        const classes = [of(id)].filter(Boolean);
        if (marks.some((mark) => this.#hits.has(mark))) classes.push("hit");
        if (this.#current !== undefined && marks.includes(this.#current)) classes.push("current");
        return { classes, ...this.colourOf(id) };
      },
      line: (from, to) => {
        const [a, b] = [of(from), of(to)];
        const shared = a === b ? a : a === "chosen" ? b : b === "chosen" ? a : a && b ? "between" : "";
        const crossing = (a === "up" && b === "down") || (a === "down" && b === "up");
        return shared === "chosen" ? "way" : crossing ? "" : shared;
      },
    };
  }

  /** A box has the colour of the last of its marks that has one. */
  colourOf(id: string): ReturnType<Colouring> {
    const marks = this.marksOf(id);
    for (let i = marks.length - 1; i >= 0; i--) {
      const colour = this.#colouring(marks[i]!);
      if (colour) return colour;
    }
    return undefined;
  }

  #layOut(): void {
    this.#folded = foldView(this.view, { ...this.#shown, counted: words().mark });
    this.#drawn = layOutView(this.view, this.#folded, this.#layPanel, this.#preset);
    this.#areas = new Map(this.#drawn.scene.marks.map((placed) => [placed.mark.id, areaOf(placed)]));
  }

  #spoken(id: string): string {
    const { mark, box } = this.find(id);
    if (mark !== undefined) return spoken(this.view.marks[mark]!);
    const { name, title } = this.view.groups[box!]!;
    const marks = countOf(this.#members[box!]!.length, words().mark);
    return say(words().panel.folded, { name: title ? `${name}, ${title}` : name, marks });
  }
}

function around(areas: readonly Area[]): Area | undefined {
  const [first, ...others] = areas;
  if (!first) return undefined;
  let [left, top, right, bottom] = [first.x, first.y, first.x + first.width, first.y + first.height];
  for (const { x, y, width, height } of others) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
