import type { Edge, Mark, Panel, Picture } from "../graph/picture.ts";
import type { Preset } from "../theme.ts";
import { fontSize, type MarkSize, markSize } from "./measure.ts";
import { exitOf, isDirect, isLocal, type LayPanel, type PanelLayout, templateOf } from "./panel-layout.ts";
import { textWidth } from "./typeset.ts";

/** A panel with its place. */
export interface PlacedPanel {
  readonly layout: PanelLayout;
  /** The upper left corner of what is in it. */
  readonly left: number;
  readonly top: number;
  /** Around what is in it. */
  readonly rim: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
  /** Marks whose edges go out and then to the right, or to the left; the nearest to that side first. */
  readonly lanes: { readonly right: readonly Mark[]; readonly left: readonly Mark[] };
  /** Where each mark's line goes up or down that leads to the next panel, or from there to this one. */
  readonly between: ReadonlyMap<Mark, number>;
  /** The upper corner that its title stands in, where no line leads out. */
  readonly corner: "left" | "right";
}

/** Distances in pixels. */
export const space = { pad: 12, gap: 22, margin: 20, title: 20 } as const;

/** Where the panels' lower rim lies, and the panels on it from left to right. */
export interface PanelRow {
  readonly floor: number;
  readonly right: number;
  readonly panels: readonly PlacedPanel[];
  /** Index of the panel that stands above the others: what becomes of all steps. */
  readonly above: number | undefined;
  /** Between it and the others: where lines that lead to it may run. */
  readonly rails: { readonly top: number; readonly names: readonly string[] };
}

interface PanelOptions {
  /** Between neighbouring lanes. */
  readonly pitch: number;
  /** Where shared marks end: panels that they lead to start behind it. */
  readonly sharedRight: number;
  /** Room above everything. */
  readonly header: number;
  readonly preset: Preset;
}

/** What comes after the last columns, and is read by none, stands above them. */
export function panelAbove({ panels, edges }: Pick<Picture, "panels" | "edges">): number | undefined {
  const last = panels.length - 1;
  if (last < 1 || panels[last]!.kind !== "outside") return undefined;
  if (edges.some(({ from, to }) => from.region === last && to.region !== last)) return undefined;
  return panels.slice(0, last).some(({ kind }) => kind === "step") ? last : undefined;
}

/**
 * The line along which edges gather on their way to the panel above: one for each mark they lead to, and for each shared
 * mark, unless these lead into one box.
 */
export const busOf = ({ from, to }: Edge): string =>
  from.region !== undefined ? `to ${to.key}` : `shared ${to.kind === "cell" ? `to ${to.key}` : from.id}`;

/** The lines from shared marks, which go up on the right of everything. */
export const sharedBuses = (names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith("shared "));

/** Puts panels side by side, with lanes between them. */
export function placePanels(
  { panels, edges, shared }: Picture,
  layPanel: LayPanel,
  { pitch, sharedRight, header, preset }: PanelOptions,
): PanelRow {
  const layouts = panelLayouts(panels, edges, layPanel, preset);
  const above = panelAbove({ panels, edges });
  const leaving = panels.map((): Edge[] => []);
  const entered = panels.map(() => false);
  const crossing = panels.map(() => new Set<Mark>());
  const buses = new Set<string>();
  for (const edge of edges) {
    const { from, to, beside } = edge;
    if (to.region === above && from.region !== above) buses.add(busOf(edge));
    else if (from.region !== undefined) leaving[from.region]!.push(edge);
    if (from.region !== to.region && !isDirect(edge) && to.region !== above) entered[to.region!] = true;
    if (beside && from.key !== to.key) crossing[Math.min(from.region!, to.region!)]!.add(from);
  }
  const lanes = panels.map((_, i) => lanesOf(i, leaving[i]!, layouts[i]!));
  const heights = layouts.map(({ height }, i) => {
    const { left, right } = lanes[i]!;
    const title = panels[i]!.kind === "step" ? space.title : 0;
    return height + 2 * space.pad + (left.length + right.length) * pitch + title;
  });
  const names = [...buses];
  const upper = above === undefined ? 0 : layouts[above]!.height + 2 * space.pad;
  const highestRow = heights.reduce((most, height, i) => (i === above ? most : Math.max(most, height)), 0);
  const railsTop = space.margin + header + upper;
  const floor = railsTop + (above === undefined ? 0 : (names.length + 1) * pitch) + highestRow;
  const highest = new Map<number, number>();
  panels.forEach(({ stage }, i) => {
    highest.set(stage, Math.max(highest.get(stage) ?? 0, layouts[i]!.height));
  });

  const raised = raisedBy(panels, edges, layouts);
  const titles = titlePlaces(panels, layouts);
  let x: number = space.margin;
  const placed = panels.map((panel, i): PlacedPanel => {
    const layout = layouts[i]!;
    const own = lanes[i]!;
    const title = panel.kind === "step" ? space.title : 0;
    const { corner, wider } = titles.get(panel)!;
    const [width, height] = [layout.width + wider + 2 * space.pad, layout.height + 2 * space.pad + title];
    if (i === above)
      return {
        layout,
        left: 0,
        top: 0,
        rim: { left: 0, right: width, top: 0, bottom: height },
        lanes: own,
        between: new Map(),
        corner,
      };
    if (entered[i] && shared.length > 0) x = Math.max(x, sharedRight + space.gap);
    if (own.left.length > 0) x += (own.left.length + 1) * pitch;
    const slack = panel.kind === "more" ? (highest.get(panel.stage)! - layout.height) / 2 : (raised[i] ?? 0);
    const rim = { left: x, right: x + width, top: floor - slack - height, bottom: floor - slack };
    const first = rim.right + (own.right.length + 1) * pitch;
    const between = new Map([...crossing[i]!].map((mark, k) => [mark, first + k * pitch]));
    const beside = own.right.length + between.size;
    x = rim.right + space.gap + (beside > 0 ? beside * pitch : 0);
    const [left, top] = [rim.left + space.pad, rim.top + space.pad + title];
    return { layout, left, top, rim, lanes: own, between, corner };
  });
  const right = Math.max(x - space.gap, space.margin);
  if (above === undefined) return { floor, right, panels: placed, above, rails: { top: railsTop, names } };
  const top = abovePlace(placed[above]!, placed, edges, above, {
    top: space.margin + header,
    left: space.margin,
  });
  return {
    floor,
    right: Math.max(right, top.rim.right),
    panels: placed.map((panel, i) => (i === above ? top : panel)),
    above,
    rails: { top: railsTop + pitch / 2, names },
  };
}

/** How much higher than the floor first states stand, so that their lines to the cells they are given to are straight. */
function raisedBy(
  panels: readonly Panel[],
  edges: readonly Edge[],
  layouts: readonly PanelLayout[],
): readonly (number | undefined)[] {
  const raised: (number | undefined)[] = panels.map(() => undefined);
  const aboveFloor = ({ region, key }: Mark): number =>
    layouts[region!]!.height - layouts[region!]!.centers.get(key)!.y;
  for (const { from, to, beside } of edges) {
    if (!beside || panels[from.region!]!.kind !== "outside") continue;
    raised[from.region!] ??= Math.max(0, aboveFloor(to) - aboveFloor(from));
  }
  return raised;
}

/** From a title to the lines that lead out beside it, and to gradients beside those. */
const BESIDE_TITLE = 9;

/**
 * In which corner the titles of columns stand, and how much wider these must be than what is in them, so that no line
 * leads through a title; the same for all columns of a stage.
 */
function titlePlaces(
  panels: readonly Panel[],
  layouts: readonly PanelLayout[],
): Map<Panel, { readonly corner: "left" | "right"; readonly wider: number }> {
  const longest = new Map<number, number>();
  for (const { kind, stage, title } of panels) {
    if (kind !== "step") continue;
    longest.set(stage, Math.max(longest.get(stage) ?? 0, textWidth(title, fontSize.title)));
  }
  return new Map(
    panels.map((panel, i): [Panel, { corner: "left" | "right"; wider: number }] => {
      const { centers, width } = layouts[i]!;
      if (panel.kind !== "step") return [panel, { corner: "left", wider: 0 }];
      const title = longest.get(panel.stage)!;
      const exits = [...centers].flatMap(([name, { x }]) => (name.startsWith("out ") ? x : []));
      if (exits.every((x) => x > title + BESIDE_TITLE))
        return [panel, { corner: "left", wider: Math.max(0, title - width) }];
      const room = exits.reduce((most, x) => Math.max(most, x), 0) + BESIDE_TITLE + title;
      return [panel, { corner: "right", wider: Math.max(0, room - width) }];
    }),
  );
}

/** The panel above stands over the middle of what it reads. */
function abovePlace(
  panel: PlacedPanel,
  panels: readonly PlacedPanel[],
  edges: readonly Edge[],
  above: number,
  least: { readonly top: number; readonly left: number },
): PlacedPanel {
  const xs = edges.flatMap(({ from, to }) => {
    if (to.region !== above || from.region === undefined || from.region === above) return [];
    const { left, layout } = panels[from.region]!;
    return left + layout.centers.get(from.key)!.x;
  });
  const middle =
    xs.length > 0 ? (xs.reduce((a, b) => Math.min(a, b)) + xs.reduce((a, b) => Math.max(a, b))) / 2 : 0;
  const { width, height } = panel.layout;
  const left = Math.max(least.left, middle - width / 2);
  const rim = {
    left,
    right: left + width + 2 * space.pad,
    top: least.top,
    bottom: least.top + height + 2 * space.pad,
  };
  return { ...panel, rim, left: rim.left + space.pad, top: rim.top + space.pad };
}

/**
 * Time columns of a stage and variant share a layout, and so do steps that are not shown where they stand for cells; every other
 * panel has its own.
 */
function panelLayouts(
  panels: Picture["panels"],
  edges: readonly Edge[],
  layPanel: LayPanel,
  preset: Preset,
): readonly PanelLayout[] {
  const size = (mark: Mark): MarkSize => markSize(mark, preset);
  const lay = (together: readonly (readonly Mark[])[]): PanelLayout =>
    layPanel(templateOf(together, edges, size));
  const columns = new Map<string, PanelLayout>();
  const nameOf = ({ stage, variant = "" }: Panel): string => `${stage} ${variant}`;
  for (const panel of panels) {
    const { kind, stage } = panel;
    const name = nameOf(panel);
    if (kind !== "step" || columns.has(name)) continue;
    const alike = panels.filter((other) => nameOf(other) === name && other.kind === "step");
    const keys = new Set(alike.flatMap(({ marks }) => marks.map(({ key }) => key)));
    // Steps that are not shown stand in the rows of the cells they stand for.
    const rest = panels.filter(
      ({ stage: own, kind, marks }) =>
        own === stage && kind === "more" && marks.every(({ key }) => keys.has(key)),
    );
    columns.set(name, lay([...alike, ...rest].map(({ marks }) => marks)));
  }
  return panels.map((panel) => {
    const { kind, marks } = panel;
    const column = kind === "outside" ? undefined : columns.get(nameOf(panel));
    const fits = column && marks.every(({ key }) => column.centers.has(key));
    return fits ? column : lay([marks]);
  });
}

/** Marks that other panels read, by the side on which their edges pass the panel. */
function lanesOf(panel: number, edges: readonly Edge[], layout: PanelLayout): PlacedPanel["lanes"] {
  const rightwards = new Map<Mark, boolean>();
  for (const edge of edges) {
    const { from, to } = edge;
    if (from.region !== panel || isLocal(edge) || isDirect(edge)) continue;
    rightwards.set(from, (rightwards.get(from) ?? false) || to.region! >= panel);
  }
  const x = (mark: Mark): number => layout.centers.get(exitOf(mark))!.x;
  const marks = [...rightwards.keys()];
  return {
    right: marks.filter((mark) => rightwards.get(mark)).sort((a, b) => x(b) - x(a)),
    left: marks.filter((mark) => !rightwards.get(mark)).sort((a, b) => x(a) - x(b)),
  };
}
