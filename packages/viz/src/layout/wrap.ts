import type { Edge, Mark, Picture } from "../graph/picture.ts";
import { moved, type Point, straightened } from "./geometry.ts";
import { isLocal } from "./panel-layout.ts";
import { busOf, type PanelRow, space } from "./placed-panels.ts";
import type { Way } from "./routes.ts";
import type { Frame, PlacedEdge, PlacedMark, Scene } from "./scene.ts";

/** Rows are as wide as that, or one column. */
const WIDEST = 1500;
/** From a row to the first line below it, and from the last to the next row. */
const CLEAR = 12;

export interface Wrapping {
  readonly pitch: number;
  /** Room above each row but the first, for what stands above columns. */
  readonly header: number;
}

/** A scene with where its panels lie. */
interface Placed {
  readonly scene: Scene;
  readonly picture: Picture;
  readonly row: PanelRow;
  /** The panel of each frame. */
  readonly framed: readonly number[];
}

/**
 * Many columns of time stand in rows below each other, as lines of a text do: what a step hands on goes around to the next
 * row, and what goes to the panel above goes up on the right. A scene with lines that lead elsewhere stays as it is.
 */
export function wrapColumns({ scene, picture, row, framed }: Placed, { pitch, header }: Wrapping): Scene {
  const { edges } = picture;
  const rows = rowsOf(picture, row);
  if (rows.length < 2) return scene;
  const rowOf = new Map(rows.flatMap((of, r) => of.map((panel) => [panel, r] as const)));
  const between = edges.filter((edge) => !isLocal(edge) && edge.from !== edge.to);
  const around = between.filter(
    (edge) => edge.beside && rowOf.get(edge.from.region!) !== rowOf.get(edge.to.region!),
  );
  const upwards = between.filter(({ to }) => to.region === row.above);
  if (picture.shared.length > 0 || between.some((edge) => !edge.beside && edge.to.region !== row.above))
    return scene;
  const breaks = rows.map(() => [] as Edge[]);
  for (const edge of around) {
    const [a, b] = [rowOf.get(edge.from.region!)!, rowOf.get(edge.to.region!)!];
    if (Math.abs(a - b) !== 1) return scene;
    breaks[Math.min(a, b)]!.push(edge);
  }

  const most = breaks.reduce((most, { length }) => Math.max(most, length), 0);
  const buses = [...new Set(upwards.map(busOf))];
  const columns = rows.flat().map((panel) => row.panels[panel]!.rim);
  const top = columns.reduce((least, rim) => Math.min(least, rim.top), Infinity);
  const left = space.margin + (most + 1) * pitch;
  const apart = row.floor - top + 2 * CLEAR + (most + buses.length) * pitch + header;
  const shifts = rows.map((of, r): Point => ({ x: left - row.panels[of[0]!]!.rim.left, y: r * apart }));
  const ends = rows.map((of, r) => row.panels[of.at(-1)!]!.rim.right + shifts[r]!.x);
  const right = ends.reduce((most, end) => Math.max(most, end), 0);
  const aboveShift = row.above === undefined ? undefined : centred(row.panels[row.above]!.rim, left, right);
  const shiftOf = ({ region }: Pick<Mark, "region">): Point =>
    region === row.above ? aboveShift! : shifts[rowOf.get(region!)!]!;

  const marks = scene.marks.map((placed): PlacedMark => {
    const { x, y } = shiftOf(placed.mark);
    return { ...placed, x: placed.x + x, y: placed.y + y };
  });
  const frames = scene.frames.map((frame, i): Frame => {
    const r = rowOf.get(framed[i]!)!;
    const { x, y } = shifts[r]!;
    return {
      ...frame,
      x: frame.x + x,
      y: frame.y + y,
      titleX: frame.titleX + x,
      titleY: frame.titleY + y,
      ...(r > 0 && { above: top + y - CLEAR - buses.length * pitch }),
    };
  });
  const side = right + (most + 1) * pitch;
  const wayOf = (placed: PlacedEdge): Way => {
    const { edge, out, rail, into } = placed;
    const { from, to } = edge;
    const [a, b] = [shiftOf(from), shiftOf(to)];
    const shifted = { out: moved(out, a.x, a.y), into: moved(into, b.x, b.y) };
    if (to.region === row.above && from.region !== row.above) {
      const bus = buses.indexOf(busOf(edge));
      return { ...shifted, rail: straightened(upRail(rail, [a, b], { r: rowOf.get(from.region!)!, bus })) };
    }
    if (a === b || isLocal(edge)) return { ...shifted, rail: moved(rail, a.x, a.y) };
    return { ...shifted, rail: straightened(aroundRail(edge, rail, [a, b])) };
  };
  /** Up above the row, on the right of all rows, and to the panel above. */
  const upRail = (
    rail: readonly Point[],
    [a, b]: readonly [Point, Point],
    { r, bus }: { r: number; bus: number },
  ): Point[] => {
    const [exit, pin] = [rail[0]!, rail.at(-1)!];
    const [start, end] = [
      { x: exit.x + a.x, y: exit.y + a.y },
      { x: pin.x + b.x, y: pin.y + b.y },
    ];
    const { y } = rail[1] ?? end;
    if (r === 0) return [start, { x: start.x, y }, { x: end.x, y }, end];
    const [lane, x] = [top + a.y - CLEAR - bus * pitch, side + (bus + 1) * pitch];
    return [start, { x: start.x, y: lane }, { x, y: lane }, { x, y }, { x: end.x, y }, end];
  };
  /** From the end of a row around to the beginning of the next, or back. */
  const aroundRail = (edge: Edge, rail: readonly Point[], [a, b]: readonly [Point, Point]): Point[] => {
    const [source, reader] = [rowOf.get(edge.from.region!)!, rowOf.get(edge.to.region!)!];
    const upper = Math.min(source, reader);
    const k = breaks[upper]!.indexOf(edge);
    const y = row.floor + upper * apart + CLEAR + k * pitch;
    const sides = { last: ends[upper]! + (k + 1) * pitch, first: left - (k + 1) * pitch };
    const [leave, enter] = source < reader ? [sides.last, sides.first] : [sides.first, sides.last];
    const rim = row.panels[edge.from.region!]!.rim;
    const inSource = ({ x }: Point): boolean => x >= rim.left && x <= rim.right;
    const rimOfReader = row.panels[edge.to.region!]!.rim;
    const inReader = ({ x }: Point): boolean => x >= rimOfReader.left && x <= rimOfReader.right;
    const before = moved(rail.filter(inSource), a.x, a.y);
    const after = moved(rail.filter(inReader), b.x, b.y);
    const [last, first] = [before.at(-1)!, after[0]!];
    return [
      ...before,
      { x: leave, y: last.y },
      { x: leave, y },
      { x: enter, y },
      { x: enter, y: first.y },
      ...after,
    ];
  };
  return {
    ...scene,
    marks,
    frames,
    edges: scene.edges.map((placed) => ({ edge: placed.edge, ...wayOf(placed) })),
    width: side + buses.length * pitch + space.margin,
    height: scene.height + (rows.length - 1) * apart,
  };
}

/** Panels in rows, from left to right, as few rows as there must be, as many in each as in the others. */
function rowsOf(picture: Picture, row: PanelRow): number[][] {
  const rows = rowsUpTo(picture, row, Infinity);
  return rows.length < 2 ? rows : rowsUpTo(picture, row, Math.ceil(rows.flat().length / rows.length));
}

/** Rows of at most so many; what stands above is in none. */
function rowsUpTo({ panels }: Picture, { panels: placed, above }: PanelRow, most: number): number[][] {
  const rows: number[][] = [];
  for (const [i, { stage, kind }] of panels.entries()) {
    if (i === above) continue;
    const row = rows.at(-1);
    const before = panels[row?.at(-1) ?? -1];
    const breakable = before && before.stage === stage && kind !== "outside" && before.kind !== "outside";
    const fits = row && row.length < most && placed[i]!.rim.right - placed[row[0]!]!.rim.left <= WIDEST;
    if (!row || (breakable && !fits)) rows.push([i]);
    else row.push(i);
  }
  return rows;
}

const centred = (
  rim: { readonly left: number; readonly right: number },
  left: number,
  right: number,
): Point => ({
  x: Math.max(left - rim.left, (left + right) / 2 - (rim.left + rim.right) / 2),
  y: 0,
});
