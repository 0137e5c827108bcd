export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A cubic Bézier curve: a start and three points for each piece. */
export type Curve = readonly Point[];

/** A line of horizontal and vertical segments. */
export type Polyline = readonly Point[];

export const moved = (points: readonly Point[], dx: number, dy: number): Point[] =>
  points.map(({ x, y }) => ({ x: x + dx, y: y + dy }));

const distance = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);

/** The unit vector from one point to another, and zero between equal ones. */
function direction(a: Point, b: Point): Point {
  const length = distance(a, b);
  return length === 0 ? { x: 0, y: 0 } : { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
}

/** A curve beside another, at a distance to the right of its course (on a screen, where y grows downwards). */
export function besideCurve(curve: Curve, by: number): Point[] {
  return curve.map((point, i) => {
    const before = curve.slice(0, i).findLast((other) => distance(other, point) > 0.5) ?? point;
    const after = curve.slice(i + 1).find((other) => distance(other, point) > 0.5) ?? point;
    const { x, y } = direction(before, after);
    return { x: point.x - y * by, y: point.y + x * by };
  });
}

/** A polyline beside another, at a distance to the right of its course. */
export function besidePolyline(line: Polyline, by: number): Point[] {
  return line.map((point, i) => {
    const before = direction(line[Math.max(0, i - 1)]!, point);
    const after = direction(point, line[Math.min(line.length - 1, i + 1)]!);
    const turned = before.x !== after.x || before.y !== after.y;
    const both = turned ? { x: before.x + after.x, y: before.y + after.y } : before;
    return { x: point.x - both.y * by, y: point.y + both.x * by };
  });
}

/** A box or an ellipse in it, around a centre. */
interface Outline extends Point {
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
}

/** The point of an outline near a point. */
export function onRim({ x, y, width, height, round }: Outline, point: Point): Point {
  const [dx, dy] = [(point.x - x) / (width / 2), (point.y - y) / (height / 2)];
  const far = round ? Math.hypot(dx, dy) : Math.max(Math.abs(dx), Math.abs(dy));
  if (far === 0) return point;
  const within = (value: number): number => Math.min(1, Math.max(-1, value));
  const [rx, ry] = round
    ? [dx / far, dy / far]
    : [Math.abs(dx) === far ? Math.sign(dx) : within(dx), Math.abs(dy) === far ? Math.sign(dy) : within(dy)];
  return { x: x + (rx * width) / 2, y: y + (ry * height) / 2 };
}

/** Without points that repeat or lie on a straight way. */
export function straightened(line: Polyline): Point[] {
  const points: Point[] = [];
  for (const point of line) {
    const [a, b] = [points.at(-2), points.at(-1)];
    if (b && distance(b, point) < 0.01) continue;
    if (a && b && ((a.x === b.x && b.x === point.x) || (a.y === b.y && b.y === point.y))) points.pop();
    points.push(point);
  }
  return points;
}

/** Path commands of a curve, without the move to its start. */
export const curveCommands = (curve: Curve): string =>
  curve
    .slice(1)
    .map((point, i) => `${i % 3 === 0 ? "C" : ""}${show(point)}`)
    .join(" ");

/** Path commands along a polyline with round corners, without the move to its start. */
export function polylineCommands(line: Polyline, radius: number): string {
  const commands: string[] = [];
  line.forEach((point, i) => {
    const [before, after] = [line[i - 1], line[i + 1]];
    if (!before) return;
    const r = after ? Math.min(radius, distance(before, point) / 2, distance(point, after) / 2) : 0;
    if (!after || r < 0.5) {
      commands.push(`L${show(point)}`);
      return;
    }
    const [into, out] = [direction(before, point), direction(point, after)];
    const start = { x: point.x - into.x * r, y: point.y - into.y * r };
    const end = { x: point.x + out.x * r, y: point.y + out.y * r };
    commands.push(`L${show(start)} Q${show(point)} ${show(end)}`);
  });
  return commands.join(" ");
}

/** A number of pixels, to a hundredth. */
export const px = (value: number): string => String(Math.round(value * 100) / 100 || 0);

export const show = ({ x, y }: Point): string => `${px(x)},${px(y)}`;
