/** A point in a picture. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Area extends Spot {
  readonly width: number;
  readonly height: number;
}

const within = (area: Area, { x, y }: Spot): boolean =>
  x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height;

/** What surrounds areas; undefined for none. */
export function around(areas: readonly Area[]): Area | undefined {
  const [first, ...others] = areas;
  if (!first) return undefined;
  let [left, top, right, bottom] = [first.x, first.y, first.x + first.width, first.y + first.height];
  for (const { x, y, width, height } of others) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Where the line from the middle of a box to a point leaves it. */
export function leaving({ x, y, width, height }: Area, to: Spot): Spot {
  const [cx, cy] = [x + width / 2, y + height / 2];
  const [dx, dy] = [to.x - cx, to.y - cy];
  const far = Math.max(Math.abs(dx) / (width / 2), Math.abs(dy) / (height / 2));
  return far === 0 ? { x: cx, y: cy } : { x: cx + dx / far, y: cy + dy / far };
}

/** A line's points from a box that stands for an area it began in: what lay in the area becomes a straight way. */
export function fromBox(points: readonly Spot[], area: Area, box: Area): Spot[] {
  const out = points.findIndex((point) => !within(area, point));
  const rest = out < 0 ? points.slice(-1) : points.slice(out);
  return [leaving(box, rest[0]!), ...rest];
}
