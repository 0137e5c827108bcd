import type { OptionKind } from "@org/core";

const numbers = (text: string, holds: (x: number) => boolean): OptionKind => ({
  text,
  holds: (value) => typeof value === "number" && holds(value),
});

/** An axis of weights. */
export const size: OptionKind = numbers(
  "a whole number from 1",
  (x) => Number.isInteger(x) && x >= 1 && x < 2 ** 31,
);
export const count: OptionKind = numbers(
  "a whole number from 0",
  (x) => Number.isInteger(x) && x >= 0 && x < 2 ** 31,
);
export const positive: OptionKind = numbers("a number above 0", (x) => x > 0);
export const nonNegative: OptionKind = numbers("a finite number from 0", (x) => x >= 0 && Number.isFinite(x));
export const rate: OptionKind = numbers("a number from 0 and below 1", (x) => x >= 0 && x < 1);
export const fraction: OptionKind = numbers("a number from 0 to 1", (x) => x >= 0 && x <= 1);
export const label: OptionKind = numbers(
  "a whole number from -2³¹ to 2³¹-1",
  (x) => Number.isInteger(x) && x >= -(2 ** 31) && x < 2 ** 31,
);
export const flag: OptionKind = { text: "true or false", holds: (value) => typeof value === "boolean" };

/** One of `names`; `or` is what may stand in their place. */
export const oneOf = (names: readonly string[], or?: "a function"): OptionKind => {
  const quoted = names.map((name) => JSON.stringify(name));
  return {
    text: names.length === 2 ? quoted.join(" or ") : `one of ${quoted.join(", ")}${or ? ` or ${or}` : ""}`,
    holds: (value) => names.includes(value as string) || (or !== undefined && typeof value === "function"),
  };
};
export const floats: OptionKind = oneOf(["f32", "f64"]);

/** A number that `dtype` holds: 1e300 is ∞ in f32. */
export const finiteIn = (dtype: "f32" | "f64", least: number = Number.NEGATIVE_INFINITY): OptionKind =>
  numbers(
    `a finite number of ${dtype}${least === 0 ? " from 0" : ""}`,
    (x) => Number.isFinite(dtype === "f32" ? Math.fround(x) : x) && x >= least,
  );

/** A number, or one for rows and one for columns. */
export const pairOf = ({ text, holds }: OptionKind): OptionKind => ({
  text: `${text}, or a pair of such`,
  holds: (value) => (Array.isArray(value) ? value.length === 2 && value.every(holds) : holds(value)),
});

/** Nothing, or a value of the kind. */
export const optional = ({ text, holds }: OptionKind): OptionKind => ({
  text,
  holds: (value) => value === undefined || holds(value),
});
