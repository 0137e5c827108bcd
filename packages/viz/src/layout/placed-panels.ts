import type { Edge, Mark, Picture } from "../graph/picture.ts";
import type { Graphviz } from "./graphviz.ts";
import { markSize } from "./measure.ts";
import { exitOf, layOutPanel, type PanelLayout, templateOf } from "./panel-layout.ts";

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

/** Puts panels side by side, with lanes between them; those that `shared` marks lead to start at `sharedRight`. */
export function placePanels(
  { panels, edges, shared }: Picture,
  graphviz: Graphviz,
  pitch: number,
  sharedRight: number,
): PanelRow {
  const layouts = panelLayouts(panels, edges, graphviz);
  const lanes = panels.map((_, i) => lanesOf(i, edges, layouts[i]!));
  const heights = layouts.map(({ height }, i) => {
    const { left, right } = lanes[i]!;
    const title = panels[i]!.kind === "step" ? space.title : 0;
    return height + 2 * space.pad + (left.length + right.length) * pitch + title;
  });
  const floor = space.margin + Math.max(0, ...heights);
  const highest = new Map<number, number>();
  panels.forEach(({ stage }, i) => {
    highest.set(stage, Math.max(highest.get(stage) ?? 0, layouts[i]!.height));
  });

  let x: number = space.margin;
  const placed = panels.map((panel, i) => {
    const layout = layouts[i]!;
    const { left, right } = lanes[i]!;
    const entered = edges.some(({ from, to }) => to.region === i && from.region !== i);
    if (entered && shared.length > 0) x = Math.max(x, sharedRight + space.gap);
    if (left.length > 0) x += (left.length + 1) * pitch;
    const slack = panel.kind === "more" ? (highest.get(panel.stage)! - layout.height) / 2 : 0;
    const [width, height] = [layout.width + 2 * space.pad, layout.height + 2 * space.pad];
    const rim = { left: x, right: x + width, top: floor - slack - height, bottom: floor - slack };
    x = rim.right + space.gap + (right.length > 0 ? right.length * pitch : 0);
    return { layout, left: rim.left + space.pad, top: rim.top + space.pad, rim, lanes: lanes[i]! };
  });
  return { floor, right: Math.max(x - space.gap, space.margin), panels: placed };
}

/** Time columns of a stage share a layout; every other panel has its own. */
function panelLayouts(
  panels: Picture["panels"],
  edges: readonly Edge[],
  graphviz: Graphviz,
): readonly PanelLayout[] {
  const columns = new Map<number, PanelLayout>();
  return panels.map(({ kind, stage, marks }) => {
    const known = kind === "step" ? columns.get(stage) : undefined;
    if (known) return known;
    const alike = panels.filter((other) => other.stage === stage && other.kind === "step");
    const together = kind === "step" ? alike.map((other) => other.marks) : [marks];
    const layout = layOutPanel(templateOf(together, edges, markSize), graphviz);
    if (kind === "step") columns.set(stage, layout);
    return layout;
  });
}

/** Marks that other panels read, by the side on which their edges pass the panel. */
function lanesOf(panel: number, edges: readonly Edge[], layout: PanelLayout): PlacedPanel["lanes"] {
  const rightwards = new Map<Mark, boolean>();
  for (const { from, to } of edges) {
    if (from.region !== panel || to.region === panel) continue;
    rightwards.set(from, (rightwards.get(from) ?? false) || to.region! > panel);
  }
  const x = (mark: Mark): number => layout.centers.get(exitOf(mark))!.x;
  const marks = [...rightwards.keys()];
  return {
    right: marks.filter((mark) => rightwards.get(mark)).sort((a, b) => x(b) - x(a)),
    left: marks.filter((mark) => !rightwards.get(mark)).sort((a, b) => x(a) - x(b)),
  };
}
