import type { Edge, Mark } from "../graph/picture.ts";
import { type Curve, moved, type Point, type Polyline, straightened } from "./geometry.ts";
import { arcName, entryOf, exitOf } from "./panel-layout.ts";
import { type PlacedPanel, space } from "./placed-panels.ts";

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

/** Rails for the edges between panels, from `top` downwards: short ones above, those that do not meet at one height. */
export function layRails(
  edges: readonly Edge[],
  panels: readonly PlacedPanel[],
  top: number,
  pitch: number,
): Rails {
  const reaches = new Map<string, { name: string; left: number; right: number }>();
  for (const edge of edges) {
    const { from, to } = edge;
    if (from.region === undefined || from.region === to.region) continue;
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
  panels: readonly PlacedPanel[],
  rails: Rails,
  starts: ReadonlyMap<Mark, Point>,
  pitch: number,
): Way {
  const { from, to } = edge;
  const reader = panels[to.region!]!;
  if (from.region === to.region) return { out: curveOf(reader, from.key, to.key), rail: [], into: [] };
  const pin = pinOf(reader, entryOf(edge));
  const into = curveOf(reader, entryOf(edge), to.key);
  const start = starts.get(from);
  if (start) return { out: [], rail: straightened([start, { x: pin.x, y: start.y }, pin]), into };
  const source = panels[from.region!]!;
  const exit = pinOf(source, exitOf(from));
  const lane = laneOf(source, from, pitch);
  const y = rails.y.get(railOf(edge))!;
  const rail = [exit, { x: exit.x, y: lane.y }, lane, { x: lane.x, y }, { x: pin.x, y }, pin];
  return { out: curveOf(source, from.key, exitOf(from)), rail: straightened(rail), into };
}
