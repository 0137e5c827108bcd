import type { Edge, Mark } from "../graph/picture.ts";
import { onRim, type Point, type Polyline, straightened } from "./geometry.ts";
import type { PanelLayout } from "./panel-layout.ts";
import type { PlacedPanel } from "./placed-panels.ts";

/** A mark's place in the picture. */
interface Box extends Point {
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
}

/** From a mark to a line that passes it. */
const CLEAR = 9;
const STEP = 3;
/** How far from a mark a free height is looked for. */
const FAR = 400;
/** Lines this near to a mark would touch it, or the gradient beside them would. */
const NEAR = 6;

const boxIn = ({ centers, sizes }: PanelLayout, key: string): Box => ({
  ...centers.get(key)!,
  ...sizes.get(key)!,
});

const boxOf = ({ layout, left, top }: PlacedPanel, key: string): Box => {
  const box = boxIn(layout, key);
  return { ...box, x: box.x + left, y: box.y + top };
};

/** All marks of a layout by name, where they lie in it; of corresponding panels, wherever one of them has a mark. */
function boxesOf(layout: PanelLayout): readonly (readonly [key: string, box: Box])[] {
  const made = known.get(layout) ?? [...layout.sizes.keys()].map((key) => [key, boxIn(layout, key)] as const);
  known.set(layout, made);
  return made;
}

const known: WeakMap<PanelLayout, readonly (readonly [string, Box])[]> = /* @__PURE__ */ new WeakMap();

/** Whether a horizontal line, or an upright one, meets no mark of a panel. */
function isFree(
  panel: PlacedPanel,
  line: { readonly x: number | readonly [number, number]; readonly y: number | readonly [number, number] },
  but: readonly string[],
): boolean {
  const [x, y] = [rangeOf(line.x, panel.left), rangeOf(line.y, panel.top)];
  return boxesOf(panel.layout).every(
    ([key, box]) =>
      but.includes(key) ||
      box.y - box.height / 2 - NEAR > y.most ||
      box.y + box.height / 2 + NEAR < y.least ||
      box.x + box.width / 2 + NEAR < x.least ||
      box.x - box.width / 2 - NEAR > x.most,
  );
}

/** Seen from where a panel begins. */
function rangeOf(
  at: number | readonly [number, number],
  from: number,
): { readonly least: number; readonly most: number } {
  const [a, b] = typeof at === "number" ? [at, at] : at;
  return { least: Math.min(a, b) - from, most: Math.max(a, b) - from };
}

/** The nearest height above a mark, or below it, at which a line to it or from it is free. */
function bandOf(box: Box, side: 1 | -1, free: (y: number) => boolean): number {
  const start = box.y + (side * box.height) / 2 + side * CLEAR;
  for (let away = 0; away < FAR; away += STEP) if (free(start + side * away)) return start + side * away;
  return start;
}

/**
 * The way to a mark of the next column: straight where nothing is between, else out at the side, or above the mark, to
 * the lane between the columns, and in at the side of the other mark, or from below.
 * @param way.between What stands between the two panels, behind the lane.
 */
export function besideLine(
  { from, to }: Edge,
  source: PlacedPanel,
  reader: PlacedPanel,
  { lane, between }: { readonly lane: number; readonly between: readonly PlacedPanel[] },
): Polyline {
  const [a, b] = [boxOf(source, from.key), boxOf(reader, to.key)];
  const side = Math.sign(b.x - a.x) || 1;
  const edgeOf = (box: Box, direction: number, y: number): Point =>
    onRim(box, { x: box.x + (direction * box.width) / 2, y: box.round ? box.y : y });
  const rims = side > 0 ? [source.rim.right, reader.rim.left] : [source.rim.left, reader.rim.right];
  const own = (mark: Mark): string[] => [mark.key];
  const isWayIn = (y: number, but: readonly string[]): boolean =>
    isFree(reader, { x: [rims[1]!, b.x], y }, but) &&
    between.every((panel) => isFree(panel, { x: [panel.rim.left, panel.rim.right], y }, []));
  const within = Math.abs(a.y - b.y) < b.height / 2 - 3 && !b.round;
  const y = within ? a.y : b.y;
  if (
    (within || Math.abs(a.y - b.y) < 1) &&
    isFree(source, { x: [a.x, rims[0]!], y }, own(from)) &&
    isWayIn(y, own(to))
  ) {
    return [edgeOf(a, side, y), edgeOf(b, -side, y)];
  }
  const out: Point[] = isFree(source, { x: [a.x, rims[0]!], y: a.y }, own(from))
    ? [edgeOf(a, side, a.y), { x: lane, y: a.y }]
    : above(
        a,
        bandOf(a, -1, (y) => isFree(source, { x: [a.x, rims[0]!], y }, [])),
        lane,
        side,
      );
  const upright = belowAt(b, side);
  const into: Point[] = isWayIn(b.y, own(to))
    ? [{ x: lane, y: b.y }, edgeOf(b, -side, b.y)]
    : below(
        b,
        bandOf(b, 1, (y) => isWayIn(y, []) && isFree(reader, { x: upright, y: [b.y, y] }, own(to))),
        lane,
        side,
      );
  return straightened([...out, ...into]);
}

const above = (box: Box, y: number, lane: number, side: number): Point[] => {
  const x = box.x + (side * Math.min(box.width, 40)) / 5;
  return [onRim(box, { x, y: box.y - box.height / 2 }), { x, y }, { x: lane, y }].map((point, i) =>
    i === 0 ? { x, y: point.y } : point,
  );
};

/** Where a line from below comes in. */
const belowAt = (box: Box, side: number): number => box.x - (side * Math.min(box.width, 40)) / 5;

const below = (box: Box, y: number, lane: number, side: number): Point[] => {
  const x = belowAt(box, side);
  const end = onRim(box, { x, y: box.y + box.height / 2 });
  return [
    { x: lane, y },
    { x, y },
    { x, y: end.y },
  ];
};
