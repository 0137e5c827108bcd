import {
  array,
  broadcastTo,
  constant,
  GraphError,
  type Parameter,
  parameter,
  type Tensor,
  where,
  withScope,
} from "@org/core";

/** Tensors by name. Gradients, updates and next states are records of this kind. */
export type TensorRecord = Readonly<Record<string, Tensor>>;

/** Parameters by name, as `parameters(model)` of `@org/nn` gives them. */
export type ParameterRecord = Readonly<Record<string, Parameter>>;

/** What a transform makes of gradients. */
export interface TransformResult {
  /** What is to be added to each parameter, under the names of the gradients. */
  readonly updates: TensorRecord;
  /** The next value of every part of the state, under the names of the state. */
  readonly state: TensorRecord;
}

/**
 * A gradient transform, in the manner of optax: graphs in, graphs out. `parameter + update` is the parameter's next
 * value, so an optimizer ends with a negative step. Its state is a flat record of parameters, which makes it part of
 * the compiled step and lets it be saved and restored like the weights.
 */
export interface Transform {
  /** The state before the first step, for these parameters. */
  init(parameters: ParameterRecord): ParameterRecord;
  /** One step. `state` and `parameters` have the names that `init` saw and gave. */
  update(gradients: TensorRecord, state: TensorRecord, parameters: TensorRecord): TransformResult;
}

/** @throws GraphError for what is no transform, such as an optimizer that was not called */
export function requireTransform(op: string, transform: Partial<Transform> | null | undefined): void {
  if (typeof transform?.update === "function" && typeof transform.init === "function") return;
  const hint = "minimize(loss, parameters(model), adam({ learningRate: 0.001 }))";
  throw new GraphError({ op, problem: "expected a transform, such as an optimizer", hint });
}

/** The same names with other values. */
export const mapRecord = <From, To>(
  record: Readonly<Record<string, From>>,
  replace: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, replace(value, name)]));

/** The same values under names that begin with `prefix.`. */
export const prefixed = <Value>(
  prefix: string | number,
  record: Readonly<Record<string, Value>>,
): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}.${name}`, value]));

/** What `prefixed` put under `prefix`, under the names it had. */
export function within<Value>(
  prefix: string | number,
  record: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const own = Object.entries(record).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(`${prefix}.`.length), value]));
}

/** The values of some of the names. */
export const pick = <Value>(
  record: Readonly<Record<string, Value>>,
  names: ReadonlySet<string>,
): Record<string, Value> => Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));

/** How many numbers there are. */
export const sizeOf = ({ shape }: { readonly shape: readonly number[] }): number =>
  shape.reduce((product, length) => product * length, 1);

/** State named `prefix.name` for each parameter: one number everywhere, in its shape and dtype. */
export const filledLike = (
  prefix: string,
  fill: number,
  parameters: ParameterRecord,
): Record<string, Parameter> =>
  prefixed(
    prefix,
    mapRecord(parameters, ({ shape, dtype }, name) =>
      parameter(`${prefix}.${name}`, array(new Float64Array(sizeOf({ shape })).fill(fill), { shape, dtype })),
    ),
  );

/** Each name's tensor from one record where the scalar `condition` is true, from the other where it is false. */
export const choose = (condition: Tensor, yes: TensorRecord, no: TensorRecord): Record<string, Tensor> =>
  mapRecord(yes, (value, name) => where(condition, value, no[name]!));

/** The transform with all that its updates are made of in a region of the graph: what pictures draw as one box. */
export const inRegion = (name: string, { init, update }: Transform): Transform => ({
  init,
  update: (...operands) => withScope(name, () => update(...operands)),
});

/** An update that changes nothing. */
export const still = ({ shape, dtype }: Tensor): Tensor => broadcastTo(constant(0, dtype), shape);

/** A transform that keeps no state and treats each gradient by itself. */
export const stateless = (
  update: (gradient: Tensor, parameter: Tensor, name: string) => Tensor,
): Transform => ({
  init: () => ({}),
  update: (gradients, _, parameters) => ({
    updates: mapRecord(gradients, (gradient, name) => update(gradient, parameters[name]!, name)),
    state: {},
  }),
});
