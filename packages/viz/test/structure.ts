import type { Drawing, Line, Shape, Text } from "./read-svg.ts";

/** What is wrong with how a picture is drawn: overlaps, texts outside of their boxes, lines that end elsewhere. */
export function problemsOf({ shapes, lines, frames, width, height }: Drawing): string[] {
  const byId = new Map(shapes.map((shape) => [shape.id, shape]));
  const outside = ({ left, top, right, bottom }: ReturnType<typeof rim>): boolean =>
    left < 0 || top < 0 || right > width || bottom > height;
  return [
    ...shapes.flatMap((a, i) => [
      ...(outside(rim(a)) ? [`${a.id} lies outside of the picture`] : []),
      ...shapes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`${a.id} and ${b.id} overlap`] : [])),
      ...(textsInside(a)
        ? []
        : [`a text leaves ${a.id}: ${a.texts.map(({ content }) => content).join(" ")}`]),
    ]),
    ...frames.flatMap(({ left, right, text }) => {
      const box = boxOf(text);
      const crossed = lines.filter(({ points }) => points.some((point) => within(point, box)));
      return [
        ...crossed.map(({ kind, from, to }) => `${kind} ${from} ${to} crosses ${text.content}`),
        ...(box.left < left || box.right > right ? [`${text.content} leaves its column`] : []),
      ];
    }),
    ...lines.flatMap((line) => {
      const [start, end] = line.kind === "gradient" ? [line.to, line.from] : [line.from, line.to];
      const name = `${line.kind} ${line.from} ${line.to}`;
      const reach = around(line.points);
      const astray = [
        [start, line.points[0]!],
        [end, line.points.at(-1)!],
      ] as const;
      return [
        ...(outside(reach) ? [`${name} leaves the picture`] : []),
        ...astray.flatMap(([id, point]) => (gap(byId.get(id)!, point) < 1.5 ? [] : [`${name} misses ${id}`])),
        ...shapes.flatMap((shape) =>
          meet(reach, rim(shape)) && touches(line, shape) ? [`${name} touches ${shape.id}`] : [],
        ),
      ];
    }),
  ];
}

const rim = ({ x, y, width, height }: Shape) => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

const meet = (a: ReturnType<typeof rim>, b: ReturnType<typeof rim>): boolean =>
  a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

/** The least box around points. */
function around(points: Line["points"]): ReturnType<typeof rim> {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, right, top, bottom };
}

function overlap(a: Shape, b: Shape): boolean {
  const [p, q] = [rim(a), rim(b)];
  return p.left < q.right + 2 && q.left < p.right + 2 && p.top < q.bottom + 2 && q.top < p.bottom + 2;
}

/** The distance of a point from a shape's rim, along the ray from its centre. */
function gap({ x, y, width, height, round }: Shape, [px, py]: readonly [number, number]): number {
  const [dx, dy] = [(px - x) / (width / 2), (py - y) / (height / 2)];
  const far = round ? Math.hypot(dx, dy) : Math.max(Math.abs(dx), Math.abs(dy));
  return Math.abs(1 - 1 / far) * Math.hypot(px - x, py - y);
}

function touches(line: Line, { id, x, y, width, height, round }: Shape): boolean {
  if (id === line.from || id === line.to) return false;
  for (const [px, py] of line.points) {
    const [dx, dy] = [Math.abs(px - x) / (width / 2), Math.abs(py - y) / (height / 2)];
    if (dx < 1 && dy < 1 && (!round || Math.hypot(dx, dy) < 1)) return true;
  }
  return false;
}

/** With letters 0.6 of their size wide, thin ones 0.35, 0.72 high, and a tenth below the line. */
function boxOf({ content, x, y, size, anchor }: Text): ReturnType<typeof rim> {
  const signs = [...content.replace(/&(quot|#39);/g, "'").replace(/&\w+;/g, "x")];
  const width = signs.reduce((sum, sign) => sum + size * (/[ijltrf()'./ ]/.test(sign) ? 0.35 : 0.6), 0);
  const left = anchor === "middle" ? x - width / 2 : anchor === "start" ? x : x - width;
  return { left, right: left + width, top: y - size * 0.72, bottom: y + size * 0.1 };
}

const within = ([x, y]: readonly [number, number], box: ReturnType<typeof rim>): boolean =>
  x > box.left && x < box.right && y > box.top && y < box.bottom;

function textsInside(shape: Shape): boolean {
  return shape.texts.every((text) => {
    const { left, right, top, bottom } = boxOf(text);
    const corners = [left, right].flatMap((cx) => [top, bottom].map((cy) => [cx, cy]));
    return corners.every(([cx, cy]) => {
      const [dx, dy] = [(cx! - shape.x) / (shape.width / 2), (cy! - shape.y) / (shape.height / 2)];
      return shape.round ? Math.hypot(dx, dy) <= 1.02 : Math.max(Math.abs(dx), Math.abs(dy)) <= 1;
    });
  });
}
