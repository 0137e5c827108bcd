import type { Edge, Mark } from "../graph/picture.ts";
import { besideLine } from "./beside.ts";
import { type Curve, moved, type Point, type Polyline, straightened } from "./geometry.ts";
import { arcName, entryOf, exitOf, isDirect, isLocal, LOOP } from "./panel-layout.ts";
import { busOf, type PanelRow, type PlacedPanel, sharedBuses, space } from "./placed-panels.ts";

/** The way of an edge: out of its panel, along a rail, into the other panel; within a panel `out` alone. */
export interface Way {
  readonly out: Curve;
  readonly rail: Polyline;
  readonly into: Curve;
}

/** Horizontal lanes below the panels, by name. */
export interface Rails {
  readonly y: ReadonlyMap<string, number>;
  readonly bottom: number;
}

/** Edges from one mark share a rail, and so do edges that gather in one. */
const railOf = ({ from, to }: Edge): string =>
  to.label === "stack" || to.label === "concat" ? `to ${to.id}` : `from ${from.id}`;

/** The lane above and beside a panel on which a mark's edges leave it. */
function laneOf({ rim, lanes }: PlacedPanel, mark: Mark, pitch: number): Point {
  const right = lanes.right.indexOf(mark);
  const left = lanes.left.indexOf(mark);
  if (right >= 0) return { x: rim.right + (right + 1) * pitch, y: rim.top - (right + 1) * pitch };
  return { x: rim.left - (left + 1) * pitch, y: rim.top - (lanes.right.length + left + 1) * pitch };
}

const pinOf = ({ layout, left, top }: PlacedPanel, name: string): Point =>
  moved([layout.centers.get(name)!], left, top)[0]!;

const curveOf = ({ layout, left, top }: PlacedPanel, from: string, to: string): Curve =>
  moved(layout.curves.get(arcName(from, to))!, left, top);

/** From a loop around its right side back to it. */
function loopCurve({ from }: Edge, panels: readonly PlacedPanel[]): Curve {
  const panel = panels[from.region!]!;
  const { x: centre, y } = pinOf(panel, from.key);
  const x = centre + panel.layout.sizes.get(from.key)!.width / 2;
  const [near, far] = [x + LOOP * 0.35, x + LOOP];
  return [
    { x, y: y - 8 },
    { x: near, y: y - 22 },
    { x: far, y: y - 22 },
    { x: far, y },
    { x: far, y: y + 22 },
    { x: near, y: y + 22 },
    { x, y: y + 8 },
  ];
}

/** Rails for the edges between panels, from `top` downwards: short ones above, those that do not meet at one height. */
export function layRails(
  edges: readonly Edge[],
  { panels, above }: PanelRow,
  top: number,
  pitch: number,
): Rails {
  const reaches = new Map<string, { name: string; left: number; right: number }>();
  for (const edge of edges) {
    const { from, to } = edge;
    if (from.region === undefined || to.region === above || isLocal(edge) || isDirect(edge)) continue;
    const name = railOf(edge);
    const ends = [
      laneOf(panels[from.region]!, from, pitch).x,
      pinOf(panels[to.region!]!, entryOf(edge)).x,
      ...(reaches.has(name) ? [reaches.get(name)!.left, reaches.get(name)!.right] : []),
    ];
    reaches.set(name, { name, left: Math.min(...ends), right: Math.max(...ends) });
  }
  const taken: { left: number; right: number }[][] = [];
  const y = new Map<string, number>();
  const shortFirst = [...reaches.values()].sort((a, b) => a.right - a.left - (b.right - b.left));
  for (const reach of shortFirst) {
    const free = taken.findIndex((others) =>
      others.every(({ left, right }) => reach.right + pitch < left || right + pitch < reach.left),
    );
    const at = free < 0 ? taken.push([]) - 1 : free;
    taken[at]!.push(reach);
    y.set(reach.name, top + at * pitch);
  }
  return { y, bottom: taken.length > 0 ? top + (taken.length - 1) * pitch : top - space.gap };
}

/** The way of an edge. Shared marks, which have no panel, are rails themselves and start at `starts`. */
export function wayOf(
  edge: Edge,
  { panels, above, rails: buses, right }: PanelRow,
  rails: Rails,
  starts: ReadonlyMap<Mark, Point>,
  pitch: number,
): Way {
  const { from, to } = edge;
  const reader = panels[to.region!]!;
  if (from === to) return { out: loopCurve(edge, panels), rail: [], into: [] };
  if (edge.beside) {
    const source = panels[from.region!]!;
    const left = from.region! < to.region! ? source : reader;
    const lane = left.between.get(from) ?? left.rim.right + space.gap / 2;
    const between = panels
      .slice(from.region! + 1, to.region)
      .filter((_, i) => from.region! + 1 + i !== above);
    return { out: [], rail: besideLine(edge, source, reader, { lane, between }), into: [] };
  }
  if (isLocal(edge)) return { out: curveOf(reader, from.key, to.key), rail: [], into: [] };
  const pin = pinOf(reader, entryOf(edge));
  const into = curveOf(reader, entryOf(edge), to.key);
  const start = starts.get(from);
  if (to.region === above) {
    const y = buses.top + buses.names.indexOf(busOf(edge)) * pitch;
    if (start) {
      const x = right + (sharedBuses(buses.names).indexOf(busOf(edge)) + 1) * pitch;
      return {
        out: [],
        rail: straightened([start, { x, y: start.y }, { x, y }, { x: pin.x, y }, pin]),
        into,
      };
    }
    const source = panels[from.region!]!;
    const exit = pinOf(source, exitOf(from));
    const rail = [exit, { x: exit.x, y }, { x: pin.x, y }, pin];
    return { out: curveOf(source, from.key, exitOf(from)), rail: straightened(rail), into };
  }
  if (start) return { out: [], rail: straightened([start, { x: pin.x, y: start.y }, pin]), into };
  const source = panels[from.region!]!;
  const exit = pinOf(source, exitOf(from));
  const lane = laneOf(source, from, pitch);
  const y = rails.y.get(railOf(edge))!;
  const rail = [exit, { x: exit.x, y: lane.y }, lane, { x: lane.x, y }, { x: pin.x, y }, pin];
  return { out: curveOf(source, from.key, exitOf(from)), rail: straightened(rail), into };
}
