import type { Vector } from "../math/lanes.ts";
import type { Access, Nest } from "./loop-nest.ts";
import { instructionCost } from "./loop-nest-cost.ts";
import type { Cursors } from "./loop-nest-cursors.ts";
import type { Body, Elements } from "./loop-nest-element.ts";

/** Rows of a strip: more would use whole lines of the cache, but collide in it where rows are 4096 bytes apart. */
export const STRIP = 8;
/** Nanoseconds per vector up to which tiles are worth the code: each is written as often as there are lanes. */
const LIGHT = 4;

/** Whether the elements of a load are neighbours along `row`, but not along `vector`: it sees a matrix transposed. */
const transposed = ({ dtype, strides }: Access, vector: number, row: number, lanes: number): boolean =>
  (lanes === 2 ? dtype === "f64" : dtype !== "bool") && strides[row] === 1 && strides[vector]! > 1;

/** The axis along which loads are neighbours that are not along the vector axis; undefined where tiles don't pay. */
export function tileAxis(
  { lengths }: Nest,
  { instructions, loads, lanes }: Body,
  vector: number,
): number | undefined {
  if (instructions.some(({ kind }) => kind === "lookup")) return undefined;
  if ((lengths[vector] ?? 1) < lanes || instructionCost(instructions, lanes) > LIGHT) return undefined;
  const rows = lengths.flatMap((length, axis) => (length >= lanes && axis !== vector ? [axis] : []));
  return rows.find((axis) => loads.some((access) => transposed(access, vector, axis, lanes)));
}

/** Vectors `a, b`, or `a, b, c, d`, rows of a matrix, as its columns. */
function transpose(elements: Elements, [a, b, c, d]: readonly Vector[]): Vector[] {
  const { f } = elements.code;
  const mix = (x: Vector, y: Vector, ...lanes: number[]): Vector => {
    const bytes = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
    return f.keep(f.i8x16.shuffle(bytes, x, y));
  };
  if (!c) return [mix(a!, b!, 0, 1, 4, 5), mix(a!, b!, 2, 3, 6, 7)];
  const [ab, cd] = [mix(a!, b!, 0, 4, 1, 5), mix(c!, d!, 0, 4, 1, 5)];
  const [AB, CD] = [mix(a!, b!, 2, 6, 3, 7), mix(c!, d!, 2, 6, 3, 7)];
  return [mix(ab, cd, 0, 1, 4, 5), mix(ab, cd, 2, 3, 6, 7), mix(AB, CD, 0, 1, 4, 5), mix(AB, CD, 2, 3, 6, 7)];
}

/** What a map does with the rows of a strip. */
interface Rows {
  readonly elements: Elements;
  readonly cursors: Cursors;
  readonly loads: readonly Access[];
  /** Rows and columns of a tile. */
  readonly lanes: number;
  readonly vector: number;
  readonly row: number;
  /** Elements along the vector axis. */
  readonly length: number;
  /** Computes and stores `count` elements along the vector axis, and leaves the cursors where they were. */
  element(count: number): void;
}

/** As many rows as lanes, and as many elements of each: loads that see a matrix transposed are turned around in registers. */
function tile({ elements, cursors, loads, lanes, vector, row, element }: Rows): void {
  const turned = loads.flatMap((access, load) => {
    if (!transposed(access, vector, row, lanes)) return [];
    const lines = Array.from({ length: lanes }, () => {
      const line = elements.code.f.keep(elements.memory.load(elements.place(access, row), lanes));
      cursors.move(vector, 1);
      return line;
    });
    cursors.move(vector, -lanes);
    return [{ load, columns: transpose(elements, lines) }];
  });
  for (let line = 0; line < lanes; line++) {
    elements.given = new Map(turned.map(({ load, columns }) => [load, columns[line]!]));
    element(lanes);
    cursors.move(row, 1);
  }
  elements.given = new Map();
}

/** `count` rows, a multiple of the lanes: all tiles of neighbouring rows before the next elements. Moves behind the rows. */
export function strip(rows: Rows, count: number): void {
  const { cursors, lanes, vector, row, length, element } = rows;
  const rest = length % lanes;
  cursors.repeat(Math.floor(length / lanes), () => {
    cursors.repeat(count / lanes, () => tile(rows));
    cursors.move(row, -count);
    cursors.move(vector, lanes);
  });
  if (rest > 0) {
    cursors.repeat(count, () => {
      element(rest);
      cursors.move(row, 1);
    });
    cursors.move(row, -count);
  }
  cursors.move(vector, rest - length);
  cursors.move(row, count);
}
