import type { Area } from "./surface.ts";

/** Of a cell, in units of the picture. */
const CELL = 400;
/** Numbers of cells are made of row and column: pictures have fewer columns than that. */
const COLUMNS = 1 << 20;

const at = (value: number): number => Math.floor(value / CELL);

/** Which areas lie where, by their indices. */
export class Grid {
  readonly #cells = new Map<number, number[]>();

  constructor(areas: readonly Area[]) {
    for (const [i, area] of areas.entries()) {
      const [bottom, right] = [at(area.y + area.height), at(area.x + area.width)];
      for (let row = at(area.y); row <= bottom; row++) {
        for (let column = at(area.x); column <= right; column++) {
          const known = this.#cells.get(row * COLUMNS + column);
          if (known) known.push(i);
          else this.#cells.set(row * COLUMNS + column, [i]);
        }
      }
    }
  }

  /** What may lie in an area, in its order. */
  within({ x, y, width, height }: Area): number[] {
    const found = new Set<number>();
    for (let row = at(y); row <= at(y + height); row++)
      for (let column = at(x); column <= at(x + width); column++)
        for (const i of this.#cells.get(row * COLUMNS + column) ?? []) found.add(i);
    return [...found].sort((a, b) => a - b);
  }
}
