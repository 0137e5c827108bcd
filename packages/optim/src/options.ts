import { cast, checkOptionValues, GraphError, inWords, type OptionKind, ShapeError, Tensor } from "@org/core";

/** Numbers of a range. */
export const numbers = (text: string, holds: (x: number) => boolean): OptionKind => ({
  text,
  holds: (value) => typeof value === "number" && holds(value),
});

export const flag: OptionKind = { text: "true or false", holds: (value) => typeof value === "boolean" };
export const oneOf = (...names: readonly string[]): OptionKind => ({
  text: names.map((name) => JSON.stringify(name)).join(" or "),
  holds: (value) => names.includes(value as string),
});

export const positive: OptionKind = numbers("a number above 0", (x) => x > 0);
export const nonNegative: OptionKind = numbers(
  "a finite number from 0",
  (x) => x >= 0 && x < Number.POSITIVE_INFINITY,
);
export const fraction: OptionKind = numbers("a number from 0 to 1", (x) => x >= 0 && x <= 1);
export const decay: OptionKind = numbers("a number from 0 and below 1", (x) => x >= 0 && x < 1);
export const natural: OptionKind = numbers("a whole number from 1", (x) => Number.isSafeInteger(x) && x > 0);
export const whole: OptionKind = numbers("a whole number from 0", (x) => Number.isSafeInteger(x) && x >= 0);

/** @throws GraphError for what is no tensor, ShapeError for one that is no scalar */
export function checkScalar(op: string, label: string, x: Tensor): Tensor {
  if (!(x instanceof Tensor))
    throw new GraphError({ op, problem: `expected ${label} to be a tensor, received ${inWords(x)}` });
  const { shape, dtype, name } = x;
  if (shape.length === 0) return x;
  const problem = `expected ${label} to be a scalar`;
  throw new ShapeError({ op, problem, operands: [{ label, shape, dtype, name }] });
}

/** @throws GraphError for a number that the option does not take; ShapeError for a tensor that is no scalar */
export function checkNumber(op: string, label: string, x: number | Tensor, kind: OptionKind): void {
  if (x instanceof Tensor) checkScalar(op, label, x);
  else checkOptionValues(op, { [label]: [x, kind] });
}

/** A number or a scalar tensor in the dtype of what it meets. */
export const inDTypeOf = (x: number | Tensor, { dtype }: Tensor): number | Tensor =>
  typeof x === "number" ? x : cast(x, dtype);
