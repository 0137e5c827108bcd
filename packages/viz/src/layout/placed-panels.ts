import type { Edge, Mark, Panel, Picture } from "../graph/picture.ts";
import type { Preset } from "../theme.ts";
import { type MarkSize, markSize } from "./measure.ts";
import { exitOf, isDirect, isLocal, type LayPanel, type PanelLayout, templateOf } from "./panel-layout.ts";

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
}

/** Distances in pixels. */
export const space = { pad: 12, gap: 22, margin: 20, title: 24 } as const;

/** Where the panels' lower rim lies, and the panels on it from left to right. */
export interface PanelRow {
  readonly floor: number;
  readonly right: number;
  readonly panels: readonly PlacedPanel[];
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

/** Puts panels side by side, with lanes between them. */
export function placePanels(
  { panels, edges, shared }: Picture,
  layPanel: LayPanel,
  { pitch, sharedRight, header, preset }: PanelOptions,
): PanelRow {
  const layouts = panelLayouts(panels, edges, layPanel, preset);
  const leaving = panels.map((): Edge[] => []);
  const entered = panels.map(() => false);
  for (const edge of edges) {
    if (edge.from.region !== undefined) leaving[edge.from.region]!.push(edge);
    if (edge.from.region !== edge.to.region && !isDirect(edge)) entered[edge.to.region!] = true;
  }
  const lanes = panels.map((_, i) => lanesOf(i, leaving[i]!, layouts[i]!));
  const heights = layouts.map(({ height }, i) => {
    const { left, right } = lanes[i]!;
    const title = panels[i]!.kind === "step" ? space.title : 0;
    return height + 2 * space.pad + (left.length + right.length) * pitch + title;
  });
  const floor = space.margin + header + heights.reduce((most, height) => Math.max(most, height), 0);
  const highest = new Map<number, number>();
  panels.forEach(({ stage }, i) => {
    highest.set(stage, Math.max(highest.get(stage) ?? 0, layouts[i]!.height));
  });

  let x: number = space.margin;
  const placed = panels.map((panel, i) => {
    const layout = layouts[i]!;
    const { left, right } = lanes[i]!;
    if (entered[i] && shared.length > 0) x = Math.max(x, sharedRight + space.gap);
    if (left.length > 0) x += (left.length + 1) * pitch;
    const slack = panel.kind === "more" ? (highest.get(panel.stage)! - layout.height) / 2 : 0;
    const [width, height] = [layout.width + 2 * space.pad, layout.height + 2 * space.pad];
    const rim = { left: x, right: x + width, top: floor - slack - height, bottom: floor - slack };
    x = rim.right + space.gap + (right.length > 0 ? right.length * pitch : 0);
    return { layout, left: rim.left + space.pad, top: rim.top + space.pad, rim, lanes: lanes[i]! };
  });
  return { floor, right: Math.max(x - space.gap, space.margin), panels: placed };
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
