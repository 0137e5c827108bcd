import { array, type Parameter, parameter, type Tensor } from "@org/core";

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

/** The same names with other values. */
export const mapRecord = <From, To>(
  record: Readonly<Record<string, From>>,
  replace: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, replace(value, name)]));

/** State named `prefix.name` for each parameter: zeros of its shape and dtype. */
export const zerosLike = (prefix: string, parameters: ParameterRecord): Record<string, Parameter> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, dtype, value }]) => {
      const key = `${prefix}.${name}`;
      return [key, parameter(key, array(new Float64Array(value.data.length), { shape, dtype }))];
    }),
  );

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
