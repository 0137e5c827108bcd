import { GraphError, ShapeError, type Tensor } from "@org/core";

/** Which numbers an option takes. */
export interface Range {
  readonly text: string;
  holds(value: number): boolean;
}

/** Which names or flags an option takes. */
export interface Choice {
  readonly text: string;
  readonly among: readonly unknown[];
}

export const flag: Choice = { text: "true or false", among: [true, false] };
export const oneOf = (...names: readonly string[]): Choice => ({
  text: names.map((name) => JSON.stringify(name)).join(" or "),
  among: names,
});

export const positive: Range = { text: "a number above 0", holds: (x) => x > 0 };
export const nonNegative: Range = {
  text: "a finite number from 0 up",
  holds: (x) => x >= 0 && x < Number.POSITIVE_INFINITY,
};
export const fraction: Range = { text: "a number from 0 to 1", holds: (x) => x >= 0 && x <= 1 };
export const decay: Range = { text: "a number from 0 up and below 1", holds: (x) => x >= 0 && x < 1 };
export const natural: Range = {
  text: "a whole number from 1 up",
  holds: (x) => Number.isSafeInteger(x) && x > 0,
};
export const whole: Range = {
  text: "a whole number from 0 up",
  holds: (x) => Number.isSafeInteger(x) && x >= 0,
};

/**
 * Refuses the first option that is out of its range.
 * @throws GraphError naming what was expected and what came
 */
export function check(
  op: string,
  options: Readonly<Record<string, readonly [number, Range] | readonly [unknown, Choice]>>,
): void {
  for (const [name, [value, range]] of Object.entries(options)) {
    const fits =
      "among" in range ? range.among.includes(value) : typeof value === "number" && range.holds(value);
    if (fits) continue;
    throw new GraphError({ op, problem: `expected ${name} to be ${range.text}, received ${String(value)}` });
  }
}

/** @throws ShapeError for a tensor that is no scalar */
export function checkScalar(op: string, label: string, x: Tensor): Tensor {
  const { shape, dtype, name } = x;
  if (shape.length === 0) return x;
  const problem = `expected ${label} to be a scalar`;
  throw new ShapeError({ op, problem, operands: [{ label, shape, dtype, name }] });
}
