/** Coloured things in small pictures: made up at random, and drawn as points that a network reads. */
import { array, type NDArray } from "@org/core";
import type { Random } from "./random.ts";

export const shapes = ["circle", "square", "triangle", "cross"] as const;
export const sizes = ["small", "large"] as const;
const inks = { red: [1, 0.2, 0.2], green: [0.2, 0.9, 0.2], blue: [0.3, 0.4, 1], yellow: [1, 0.9, 0.1] };
export const colors = ["red", "green", "blue", "yellow"] as const;

export interface Thing {
  readonly shape: (typeof shapes)[number];
  readonly color: (typeof colors)[number];
  readonly size: "small" | "medium" | "large";
  /** The middle, in points from the upper left corner. */
  readonly x: number;
  readonly y: number;
}

/** Any shape, colour and size. */
export const anyThing = (random: Random, x: number, y: number): Thing => ({
  shape: random.pick(shapes),
  color: random.pick(colors),
  size: random.pick(sizes),
  x,
  y,
});

const radius = { small: 3, medium: 3.7, large: 5 };

/** Whether a point is of a shape of radius 1 around the origin; y grows downwards. */
const covers: Record<Thing["shape"], (x: number, y: number) => boolean> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.88,
  triangle: (x, y) => y <= 0.85 && Math.abs(x) <= 0.55 * (y + 1),
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= 0.32 && Math.max(Math.abs(x), Math.abs(y)) <= 1,
};

/** Pictures `[count, 3, side, side]`, red, green and blue from 0 to 1: things on black, each point the mean of nine in it. */
export function draw(pictures: readonly (readonly Thing[])[], side: number): NDArray {
  const points = new Float32Array(pictures.length * 3 * side * side);
  pictures.forEach((things, i) => {
    for (const thing of things)
      paint(thing, points.subarray(i * 3 * side * side, (i + 1) * 3 * side * side), side);
  });
  return array(points, { shape: [pictures.length, 3, side, side] });
}

const parts = [1 / 6, 1 / 2, 5 / 6];

function paint({ shape, color, size, x, y }: Thing, points: Float32Array, side: number): void {
  const [r, covered, [red, green, blue]] = [
    radius[size],
    covers[shape],
    inks[color] as [number, number, number],
  ];
  for (let row = Math.max(0, Math.floor(y - r)); row < Math.min(side, y + r); row++)
    for (let column = Math.max(0, Math.floor(x - r)); column < Math.min(side, x + r); column++) {
      let hits = 0;
      for (const down of parts)
        for (const across of parts) if (covered((column + across - x) / r, (row + down - y) / r)) hits++;
      const at = row * side + column;
      points[at]! += (red * hits) / 9;
      points[at + side * side]! += (green * hits) / 9;
      points[at + 2 * side * side]! += (blue * hits) / 9;
    }
}

/** Every fifth world of things in cells is kept for the test, whatever the order in which they are told. */
export function isKept(things: readonly Thing[], cell: number): boolean {
  const marks = things.map(({ shape, color, size, x, y }) => {
    const place = 1 + Math.floor(x / cell) + 5 * Math.floor(y / cell);
    return place * (1 + shapes.indexOf(shape) + 4 * colors.indexOf(color) + (size === "large" ? 16 : 0));
  });
  return marks.reduce((a, b) => a + b) % 5 === 0;
}
