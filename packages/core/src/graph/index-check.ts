import { ShapeError } from "../errors.ts";

/** What an index is to the user: what errors say of one that is out of range. */
export interface IndexCheck {
  /** The function that the user called. */
  readonly op: string;
  /** The user's word for an index: "index", "label". */
  readonly word: string;
  /** What it numbers: "axis 1 of size 3", "3 classes". */
  readonly of: string;
  /** Whether a negative one counts from the end; else it is out of range. */
  readonly negative: boolean;
  /** What is wrong with every index that is out of range, where that is not that it is. */
  readonly problem?: string;
}

/** The check of an index into an axis, in which negative ones count from the end. */
export const axisCheck = (op: string, axis: number, size: number): IndexCheck => ({
  op,
  word: "index",
  of: `axis ${axis} of size ${size}`,
  negative: true,
});

/** The error of an index, as the user gave it, that is none of `size`. */
export function outOfRange(check: IndexCheck, index: number, size: number): ShapeError {
  const { op, word, of, negative, problem } = check;
  if (problem !== undefined) return new ShapeError({ op, problem });
  return new ShapeError({
    op,
    problem: `${word} ${index} is out of range for ${of}`,
    rule: `${negative ? -size : 0} ≤ ${word} < ${size}`,
  });
}

/** The place from 0 up of an index. @throws ShapeError for one that is out of range */
export function placeOf(index: number, size: number, check: IndexCheck): number {
  const at = index < 0 && check.negative ? index + size : index;
  if (at >= 0 && at < size) return at;
  throw outOfRange(check, index, size);
}
