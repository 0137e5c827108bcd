import {
  add,
  checkOptionNames,
  GraphError,
  grad,
  inWords,
  Parameter,
  type Tensor,
  type Update,
  withScope,
} from "@org/core";
import { tellOwnCode } from "./own-code.ts";
import { type ParameterRecord, requireTransform, type TensorRecord, type Transform } from "./transform.ts";

/** Updates for `compile`, and what they are made of. */
export interface Minimization extends ReadonlyArray<Update> {
  /** The gradients before any transform, under the names of the parameters. */
  readonly gradients: TensorRecord;
  /** What the transform remembers between steps. Saved and restored with the parameters, training goes on exactly. */
  readonly state: ParameterRecord;
}

/** What `minimize` takes besides. */
export interface MinimizeOptions {
  /**
   * The state of another minimization of the same parameters by the same transform, to go on with: programs of one training,
   * such as one for each length of sequences, then share moments, rates and counts of steps. Default: a state of its own.
   */
  readonly state?: ParameterRecord;
}

/**
 * One step of training: differentiates `loss`, transforms the gradients, and returns a list of `[parameter, next]` for
 * the `updates` of `compile`: every parameter's, then the transform's own state. Parameters are a record, such as
 * `parameters(model)` of `@org/nn` gives, or an array, whose names must differ.
 * @throws GraphError for parameters of one name, none, or what is no parameter (a layer), for no transform, and for a
 *   `state` that other parameters or another transform made; ShapeError for a loss that is not a scalar
 * @example
 * const w = parameter("w", [3, 4]);
 * const updates = minimize(sum(square(w)), [w], sgd({ learningRate: 0.1 }));
 * const step = compile({ outputs: { norm: globalNorm(updates.gradients) }, updates });
 * step().norm.item(); // → 10
 * w.value; // → [2.4, 3.2]
 * const short = minimize(sum(square(w)), [w], adam({ learningRate: 0.1 }));
 * const long = minimize(sum(exp(w)), [w], adam({ learningRate: 0.1 }), { state: short.state }); // one training
 * long.state === short.state; // → true
 */
export function minimize(
  loss: Tensor,
  parameters: ParameterRecord | readonly Parameter[],
  transform: Transform,
  options: MinimizeOptions = {},
): Minimization {
  tellOwnCode();
  checkOptionNames("minimize", options, "state");
  requireTransform("minimize", transform);
  const record = named("minimize", parameters);
  const gradients: TensorRecord = grad(loss, record);
  const own = transform.init(record);
  const state = options.state === undefined ? own : shared(options.state, own);
  const updates = withScope("optimizer", () => {
    const result = transform.update(gradients, state, record);
    return [
      ...Object.entries(record).map(([name, p]): Update => [p, add(p, result.updates[name]!)]),
      ...Object.entries(state).map(([name, part]): Update => [part, result.state[name]!]),
    ];
  });
  return Object.assign(updates, { gradients, state });
}

/** A state that was given, which has to be of the kind that the transform makes by itself. @throws GraphError */
function shared(given: ParameterRecord, own: ParameterRecord): ParameterRecord {
  const describe = (part: Parameter | undefined): string =>
    part instanceof Parameter ? `${part.dtype} [${part.shape.join(", ")}]` : "nothing";
  for (const name of new Set([...Object.keys(own), ...Object.keys(given)])) {
    const [expected, received] = [describe(own[name]), describe(given[name])];
    if (expected === received) continue;
    throw new GraphError({
      op: "minimize",
      problem: `the given state has ${received} as ${name}, the transform expects ${expected} for these parameters`,
      hint: "state is that of a minimization of the same parameters by the same transform",
    });
  }
  return given;
}

/** Parameters by name. @throws GraphError for none, or two of one name */
export function named(op: string, parameters: ParameterRecord | readonly Parameter[]): ParameterRecord {
  if (typeof parameters !== "object" || parameters === null) {
    const problem = `expected a record or an array of parameters, received ${inWords(parameters)}`;
    throw new GraphError({ op, problem });
  }
  const entries = isList(parameters)
    ? parameters.map((p) => [(p as Parameter | null)?.name ?? "parameter", p] as const)
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
