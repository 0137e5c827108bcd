import { add, GraphError, grad, Parameter, type Tensor, type Update, withScope } from "@org/core";
import { tellOwnCode } from "./own-code.ts";
import type { ParameterRecord, TensorRecord, Transform } from "./transform.ts";

/** Updates for `compile`, and what they are made of. */
export interface Minimization extends ReadonlyArray<Update> {
  /** The gradients before any transform, under the names of the parameters. */
  readonly gradients: TensorRecord;
  /** What the transform remembers between steps. Saved and restored with the parameters, training goes on exactly. */
  readonly state: ParameterRecord;
}

/**
 * One step of training: differentiates `loss`, transforms the gradients, and returns a list of `[parameter, next]` for
 * the `updates` of `compile`: every parameter's, then the transform's own state. Parameters are a record, such as
 * `parameters(model)` of `@org/nn` gives, or an array, whose names must differ.
 * @throws GraphError for parameters of one name, none, or what is no parameter (a layer); ShapeError for a loss that is not a scalar
 * @example
 * const w = parameter("w", [3, 4]);
 * const updates = minimize(sum(square(w)), [w], sgd({ learningRate: 0.1 }));
 * const step = compile({ outputs: { norm: globalNorm(updates.gradients) }, updates });
 * step().norm.item(); // → 10
 * w.value; // → [2.4, 3.2]
 */
export function minimize(
  loss: Tensor,
  parameters: ParameterRecord | readonly Parameter[],
  transform: Transform,
): Minimization {
  tellOwnCode();
  const record = named("minimize", parameters);
  const gradients: TensorRecord = grad(loss, record);
  const state = transform.init(record);
  const updates = withScope("optimizer", () => {
    const result = transform.update(gradients, state, record);
    return [
      ...Object.entries(record).map(([name, p]): Update => [p, add(p, result.updates[name]!)]),
      ...Object.entries(state).map(([name, part]): Update => [part, result.state[name]!]),
    ];
  });
  return Object.assign(updates, { gradients, state });
}

/** Parameters by name. @throws GraphError for none, or two of one name */
export function named(op: string, parameters: ParameterRecord | readonly Parameter[]): ParameterRecord {
  const entries = isList(parameters)
    ? parameters.map((p) => [p.name ?? "parameter", p] as const)
    : Object.entries(parameters);
  if (entries.length === 0) throw new GraphError({ op, problem: "no parameters to train" });
  const other = entries.find(([, p]) => !(p instanceof Parameter));
  if (other) {
    const [name, part] = other;
    const layer = [parameters, part].some((x) => typeof x === "object" && x !== null && "parameters" in x);
    const received =
      part === null
        ? "null"
        : typeof part === "object"
          ? `a ${part.constructor?.name ?? "record"}`
          : typeof part;
    throw new GraphError({
      op,
      problem: `expected a record or an array of parameters, received ${received} at ${name}`,
      ...(layer && { hint: "parameters(model) of @org/nn makes one of layers" }),
    });
  }
  const record = Object.fromEntries(entries);
  if (Object.keys(record).length === entries.length) return record;
  throw new GraphError({
    op,
    problem: `parameters of one name: ${entries.map(([name]) => name).join(", ")}`,
    hint: "give them as a record, whose keys differ",
  });
}

const isList = (parameters: ParameterRecord | readonly Parameter[]): parameters is readonly Parameter[] =>
  Array.isArray(parameters);
