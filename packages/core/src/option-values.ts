import { GraphError } from "./errors.ts";

/** Which values an option takes, and how an error says so. */
export interface OptionKind {
  readonly text: string;
  holds(value: unknown): boolean;
}

/**
 * Refuses the first option whose value is not of its kind.
 * @throws GraphError in the name of `op`, the function or the layer that was called
 * @example
 * const whole = { text: "a whole number from 0", holds: (value) => Number.isInteger(value) && value >= 0 };
 * checkOptionValues("smooth", { steps: [3, whole] });
 * checkOptionValues("smooth", { steps: [-1, whole] }); // throws GraphError
 */
export function checkOptionValues(
  op: string,
  values: Readonly<Record<string, readonly [value: unknown, kind: OptionKind]>>,
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
