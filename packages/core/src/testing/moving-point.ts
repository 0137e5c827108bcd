import { Tally } from "./comparison.ts";
import type { Draws } from "./draws.ts";
import type { OrderCheck } from "./order-check.ts";
import { flat, type Point } from "./vector-function.ts";
import { unitOf } from "./vectors.ts";

/** How often a point is moved off its kinks before they count as ties. */
const MOVES = 5;
/** The first displacement, relative to each element; doubled from move to move. */
const DISPLACEMENT = 2 ** -8;

/** What checks found at a point, or beside it. */
export interface Checked {
  readonly tally: Tally;
  /** Where everything was checked. */
  readonly x: Float64Array;
  readonly moved: number;
  readonly bounded: number;
}

/**
 * Runs all checks at one point. Where a kink stops one of them, all start again at a point beside it; where kinks
 * remain however the point moves, one-sided derivatives bound the answers.
 */
export function checkAt(checks: readonly OrderCheck[], point: Point, draws: Draws): Checked {
  const start = flat(point);
  let x = start;
  for (let moved = 0; ; moved++) {
    const last = moved === MOVES;
    if (last) x = start;
    const tally = new Tally();
    let clear = true;
    for (const check of checks) {
      clear = check.run(x, last ? "bound" : "stop", tally, draws);
      if (!clear || !tally.passed) break;
    }
    if (clear) {
      const bounded = checks.reduce((total, check) => total + check.bounded, 0);
      return { tally, x, moved: last ? 0 : moved, bounded };
    }
    const reach = DISPLACEMENT * 2 ** moved;
    x = start.map((value) => value + reach * unitOf(value) * draws.weight());
  }
}
