import { GraphError, ShapeError } from "./errors.ts";
import { inWords, listInWords } from "./inspection.ts";
import type { Shape } from "./shape.ts";

/** The largest size that an axis has, and the largest integer of `i32`. */
const MOST = 2 ** 31 - 1;

const isWhole = (value: number, least: number): boolean =>
  Number.isInteger(value) && value >= least && value <= MOST;

/**
 * A size, a count or a step that the user gives: whole, from `least` up.
 * @throws ShapeError
 */
export function requireWhole(op: string, option: string, value: number, least = 0): void {
  if (isWhole(value, least)) return;
  const problem = `${option} is a whole number from ${least} to 2³¹-1, received ${inWords(value)}`;
  throw new ShapeError({ op, problem });
}

/** One whole number for rows and columns alike, or `[rows, columns]`. @throws ShapeError */
export function requirePair(
  op: string,
  option: string,
  value: number | readonly [number, number],
  least: number,
): readonly [number, number] {
  const several = Array.isArray(value);
  const pair = (several ? value : [value, value]) as readonly number[];
  if (pair.length === 2 && pair.every((each) => isWhole(each, least))) return [pair[0]!, pair[1]!];
  const problem = `${option} is a whole number from ${least} to 2³¹-1, or a pair of them, received ${listInWords(value)}`;
  throw new ShapeError({ op, problem });
}

/** A shape that the user gives. @throws ShapeError */
export function requireShape(op: string, shape: Shape): void {
  if (Array.isArray(shape) && shape.every((length) => isWhole(length, 0))) return;
  throw new ShapeError({
    op,
    problem: `a shape is a list of whole sizes from 0 to 2³¹-1, received ${listInWords(shape)}`,
  });
}

/** @throws GraphError for an option that is not a finite number */
export function requireFinite(op: string, option: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new GraphError({ op, problem: `${option} is a finite number, received ${inWords(value)}` });
}
