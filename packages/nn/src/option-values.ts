import { GraphError } from "@org/core";

/** Which values an option takes, and how an error says so. */
export interface Kind {
  readonly text: string;
  holds(value: unknown): boolean;
}

const numbers = (text: string, holds: (x: number) => boolean): Kind => ({
  text,
  holds: (value) => typeof value === "number" && holds(value),
});

/** An axis of weights. */
export const size: Kind = numbers(
  "a whole number from 1",
  (x) => Number.isInteger(x) && x >= 1 && x < 2 ** 31,
);
export const count: Kind = numbers(
  "a whole number from 0",
  (x) => Number.isInteger(x) && x >= 0 && x < 2 ** 31,
);
export const positive: Kind = numbers("a number above 0", (x) => x > 0);
export const nonNegative: Kind = numbers("a finite number from 0", (x) => x >= 0 && Number.isFinite(x));
export const rate: Kind = numbers("a number from 0 and below 1", (x) => x >= 0 && x < 1);
export const fraction: Kind = numbers("a number from 0 to 1", (x) => x >= 0 && x <= 1);
export const label: Kind = numbers(
  "a whole number from -2³¹ to 2³¹-1",
  (x) => Number.isInteger(x) && x >= -(2 ** 31) && x < 2 ** 31,
);
export const flag: Kind = { text: "true or false", holds: (value) => typeof value === "boolean" };

/** One of `names`; `or` is what may stand in their place. */
export const oneOf = (names: readonly string[], or?: "a function"): Kind => {
  const quoted = names.map((name) => JSON.stringify(name));
  return {
    text: names.length === 2 ? quoted.join(" or ") : `one of ${quoted.join(", ")}${or ? ` or ${or}` : ""}`,
    holds: (value) => names.includes(value as string) || (or !== undefined && typeof value === "function"),
  };
};
export const floats: Kind = oneOf(["f32", "f64"]);

/** A number that `dtype` holds: 1e300 is ∞ in f32. */
export const finiteIn = (dtype: "f32" | "f64", least: number = Number.NEGATIVE_INFINITY): Kind =>
  numbers(
    `a finite number of ${dtype}${least === 0 ? " from 0" : ""}`,
    (x) => Number.isFinite(dtype === "f32" ? Math.fround(x) : x) && x >= least,
  );

/** A number, or one for rows and one for columns. */
export const pairOf = ({ text, holds }: Kind): Kind => ({
  text: `${text}, or a pair of such`,
  holds: (value) => (Array.isArray(value) ? value.length === 2 && value.every(holds) : holds(value)),
});

/** Nothing, or a value of the kind. */
export const optional = ({ text, holds }: Kind): Kind => ({
  text,
  holds: (value) => value === undefined || holds(value),
});

/**
 * Refuses the first option whose value is not of its kind.
 * @throws GraphError in the name of the layer or the function that the user called
 */
export function checkValues(
  op: string,
  values: Readonly<Record<string, readonly [value: unknown, kind: Kind]>>,
  rule?: string,
): void {
  for (const [option, [value, { text, holds }]] of Object.entries(values)) {
    if (holds(value)) continue;
    const problem = `${option} is ${text}, received ${show(value)}`;
    throw new GraphError({ op, problem, ...(rule !== undefined && { rule }) });
  }
}

const show = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
};
