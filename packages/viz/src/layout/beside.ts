import type { Edge, Mark } from "../graph/picture.ts";
import { onRim, type Point, type Polyline, straightened } from "./geometry.ts";
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
/** Lines this near to a mark would touch it, or the gradient beside them would. */
const NEAR = 6;

const boxOf = ({ layout, left, top }: PlacedPanel, key: string): Box => {
  const { x, y } = layout.centers.get(key)!;
  return { x: x + left, y: y + top, ...layout.sizes.get(key)! };
};

/** All marks of a panel by name; of corresponding panels, wherever one of them has a mark. */
const boxesOf = (panel: PlacedPanel): [key: string, box: Box][] =>
  [...panel.layout.sizes.keys()].map((key) => [key, boxOf(panel, key)]);

/** Whether a horizontal line meets no mark of a panel. */
function isFree(
  panel: PlacedPanel,
  y: number,
  [a, b]: readonly [number, number],
  but: readonly string[],
): boolean {
  const [left, right] = [Math.min(a, b), Math.max(a, b)];
  return boxesOf(panel).every(
    ([key, { x, y: centre, width, height }]) =>
      but.includes(key) ||
      Math.abs(centre - y) > height / 2 + NEAR ||
      x + width / 2 + NEAR < left ||
      x - width / 2 - NEAR > right,
  );
}

/** The nearest height above a mark, or below it, at which a line leads from it to the rim of its panel. */
function bandOf(panel: PlacedPanel, box: Box, to: number, side: 1 | -1): number {
  const start = box.y + (side * box.height) / 2 + side * CLEAR;
  for (let away = 0; away < 40; away += STEP) {
    const y = start + side * away;
    if (isFree(panel, y, [box.x, to], [])) return y;
  }
  return start;
}

/**
 * The way to a mark of the next column: straight where nothing is between, else out at the side, or above the mark, to
 * the lane between the columns, and in at the side of the other mark, or from below.
 */
export function besideLine(
  { from, to }: Edge,
  source: PlacedPanel,
  reader: PlacedPanel,
  lane: number,
): Polyline {
  const [a, b] = [boxOf(source, from.key), boxOf(reader, to.key)];
  const side = Math.sign(b.x - a.x) || 1;
  const edgeOf = (box: Box, direction: number, y: number): Point =>
    onRim(box, { x: box.x + (direction * box.width) / 2, y: box.round ? box.y : y });
  const rims = side > 0 ? [source.rim.right, reader.rim.left] : [source.rim.left, reader.rim.right];
  const own = (mark: Mark): string[] => [mark.key];
  const within = Math.abs(a.y - b.y) < b.height / 2 - 3 && !b.round;
  const y = within ? a.y : b.y;
  if (
    (within || Math.abs(a.y - b.y) < 1) &&
    isFree(source, y, [a.x, rims[0]!], own(from)) &&
    isFree(reader, y, [rims[1]!, b.x], own(to))
  ) {
    return [edgeOf(a, side, y), edgeOf(b, -side, y)];
  }
  const out: Point[] = isFree(source, a.y, [a.x, rims[0]!], own(from))
    ? [edgeOf(a, side, a.y), { x: lane, y: a.y }]
    : above(a, bandOf(source, a, rims[0]!, -1), lane, side);
  const into: Point[] = isFree(reader, b.y, [rims[1]!, b.x], own(to))
    ? [{ x: lane, y: b.y }, edgeOf(b, -side, b.y)]
    : below(b, bandOf(reader, b, rims[1]!, 1), lane, side);
  return straightened([...out, ...into]);
}

const above = (box: Box, y: number, lane: number, side: number): Point[] => {
  const x = box.x + (side * Math.min(box.width, 40)) / 5;
  return [onRim(box, { x, y: box.y - box.height / 2 }), { x, y }, { x: lane, y }].map((point, i) =>
    i === 0 ? { x, y: point.y } : point,
  );
};

const below = (box: Box, y: number, lane: number, side: number): Point[] => {
  const x = box.x - (side * Math.min(box.width, 40)) / 5;
  const end = onRim(box, { x, y: box.y + box.height / 2 });
  return [
    { x: lane, y },
    { x, y },
    { x, y: end.y },
  ];
};
