import { isDType } from "./dtype.ts";
import { DTypeError, GraphError } from "./errors.ts";
import { inWords } from "./inspection.ts";

/** @throws DTypeError for what is no dtype, with the one that was meant */
export function requireDType(op: string, dtype: unknown): void {
  if (isDType(dtype)) return;
  const name = typeof dtype === "string" && dtype.replace(/^(f)loat|^(i)nt/, "$1$2"); // of float32, f32
  const problem = `expected a dtype, f32, f64, i32 or bool, received ${inWords(dtype)}`;
  throw new DTypeError({ op, problem, ...(isDType(name) && { hint: `did you mean "${name}"?` }) });
}

const refuse = (op: string, expected: string, given: unknown): never => {
  throw new GraphError({ op, problem: `expected ${expected}, received ${inWords(given)}` });
};

/** @throws GraphError for what is no function */
export function requireFunction(op: string, f: unknown): void {
  if (typeof f !== "function") refuse(op, "a function of tensors", f);
}

/** @throws GraphError for values by name that are no record */
export function requireValues(op: string, values: unknown): void {
  if (Object(values) !== values) refuse(op, "a record of values by name", values);
}
