import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Nest } from "./loop-nest.ts";
import type { Cursors } from "./loop-nest-cursors.ts";

/** Loops over independent results, each of which takes loops of its own. */
export interface Results {
  /** Axes, outermost first. */
  readonly loops: readonly number[];
  /** Whether vectors of results lie along the last of the axes; else there is one result at a time. */
  readonly across: boolean;
  readonly lanes: number;
  /** Vectors of results side by side. */
  readonly width: number;
}

/**
 * How many vectors of results stand side by side, of so many at most: an odd one stands apart. Where V8 (Node 24) makes pairs of
 * vectors, it keeps in memory once what several begin with, and reads it at the width of the single one.
 */
export const columnsAtOnce = (most: number): number => (most > 1 ? most & ~1 : most);

/** What stands in the loops. */
interface Inside {
  /** Called where a loop begins. */
  enter(depth: number): void;
  /** So many vectors of results with `count` results each, or one result. It leaves the cursors where they were. */
  block(columns: number, count: number): void;
}

/** What can be done independently: steps of the outermost loop, or blocks of results where it is the only one. */
export function resultUnits({ lengths }: Nest, { loops, across, lanes, width }: Results): number {
  if (loops.some((axis) => lengths[axis] === 0)) return 0;
  const outermost = lengths[loops[0] ?? -1] ?? 1;
  return across && loops.length === 1 ? Math.ceil(outermost / (lanes * width)) : outermost;
}

/** Writes the loops, for the units between `low` and `high`. */
export function eachResult(
  f: FunctionBuilder,
  nest: Nest,
  cursors: Cursors,
  { loops, across, lanes, width }: Results,
  [low, high]: readonly [Local<"i32">, Local<"i32">],
  { enter, block }: Inside,
): void {
  const length = (depth: number): number => nest.lengths[loops[depth]!] ?? 1;
  const innermost = loops.length - 1;
  const full = across ? Math.floor(length(innermost) / lanes) : 0;

  const blocks = (columns: number, count: number): void => {
    block(columns, count);
    cursors.move(loops[innermost]!, (columns - 1) * lanes + count);
  };
  const remainder = (): void => {
    const first = columnsAtOnce(full % width);
    if (first > 0) blocks(first, lanes);
    if (full % width > first) blocks(1, lanes);
    if (length(innermost) % lanes > 0) blocks(1, length(innermost) % lanes);
  };
  const turn = (depth: number): void => {
    enter(depth);
    inside(depth + 1);
    cursors.move(loops[depth]!, 1);
  };
  const inside = (depth: number): void => {
    if (depth > innermost) block(1, lanes);
    else {
      if (across && depth === innermost) {
        cursors.repeat(Math.floor(full / width), () => blocks(width, lanes));
        remainder();
      } else cursors.repeat(length(depth), () => turn(depth));
      cursors.move(loops[depth]!, -length(depth));
    }
  };
  const units = (): void => {
    const whole = Math.floor(full / width);
    cursors.skip(loops[0]!, low, width * lanes);
    const last = f.keep(f.i32.gt_s(high, whole));
    const end = f.keep(f.select(f.i32.const(whole), f.get(high), last));
    const count = f.keep(f.i32.sub(end, low));
    if (whole > 0) cursors.repeatLocal(count, () => blocks(width, lanes));
    if (whole * width * lanes < length(0)) cursors.when(() => f.get(last), remainder);
  };

  f.block((exit) => {
    f.br_if(exit, f.i32.ge_s(low, high));
    if (across && innermost === 0) units();
    else if (loops.length === 0) block(1, lanes);
    else {
      cursors.skip(loops[0]!, low, 1);
      const count = f.keep(f.i32.sub(high, low));
      cursors.repeatLocal(count, () => turn(0));
    }
  });
}
