import { cast, type Parameter, parameter, sum, type Tensor } from "@org/core";
import { Problem, wordsOf } from "../problem.ts";
import { equationOf, namesIn } from "../training/equation.ts";

/** A function that was typed, at the values that were typed. */
export interface TypedFunction {
  /** The function, summed where it is not a single number. */
  readonly y: Tensor;
  readonly isSummed: boolean;
  /** What it depends on, by name. */
  readonly variables: Readonly<Record<string, Parameter>>;
}

/** The names that a function depends on, each once. */
export const variablesOf = (text: string): string[] => [...new Set(namesIn(text))];

/**
 * Everything in doubles: differences are compared with gradients.
 * @throws Problem for no function, and for values that are no numbers; EquationError; ShapeError for values that do not fit together
 */
export function typedFunction(text: string, values: Readonly<Record<string, string>>): TypedFunction {
  if (text.trim() === "") throw new Problem({ kind: "emptyFunction", said: {} });
  const variables = Object.fromEntries(
    variablesOf(text).map((name) => [name, variableOf(name, values[name] ?? "1")]),
  );
  const made = equationOf(text, (name) => variables[name]!);
  const y = made.dtype === "f64" ? made : cast(made, "f64");
  const isSummed = y.shape.length > 0;
  return { y: isSummed ? sum(y) : y, isSummed, variables };
}

function variableOf(name: string, text: string): Parameter {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem({ kind: "noNumbers", said: { name, found: text } });
  }
  try {
    return parameter(name, value as number[], "f64");
  } catch (error) {
    throw new Problem({ kind: "wrongValue", said: { name }, detail: wordsOf(error) });
  }
}
