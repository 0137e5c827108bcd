import { type ArrayValue, array, compile, grad, type Parameter, type Tensor } from "@org/core";
import { mapRecord, type ParameterRecord, sizeOf } from "../transform.ts";

/** A loss as a function of one vector, all parameters one after another, in doubles. */
export interface Objective {
  /** The parameters as they are. */
  current(): Float64Array;
  /** Sets the parameters; a vector's numbers become those that the parameters hold, `f32` ones rounded. */
  assign(x: Float64Array): void;
  /** The loss and its gradient at the parameters as they are. */
  evaluate(): { readonly value: number; readonly gradient: Float64Array };
}

/** One compiled call for value and gradient. */
export function objective(
  loss: Tensor,
  parameters: ParameterRecord,
  inputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, ArrayValue>>,
): Objective {
  const names = Object.keys(parameters);
  const run = compile({
    inputs,
    outputs: { loss, gradients: grad(loss, parameters) as Record<string, Tensor> },
  });
  const sizes = mapRecord(parameters, sizeOf);
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const gather = (dataOf: (name: string) => ArrayLike<number>): Float64Array => {
    const x = new Float64Array(total);
    let at = 0;
    for (const name of names) {
      x.set(dataOf(name), at);
      at += sizes[name]!;
    }
    return x;
  };
  const valueOf = (parameter: Parameter | undefined): ArrayLike<number> => parameter!.value.data;
  return {
    current: () => gather((name) => valueOf(parameters[name])),
    assign(x) {
      let at = 0;
      for (const [name, parameter] of Object.entries(parameters)) {
        const part = x.subarray(at, at + sizes[name]!);
        const { shape, dtype } = parameter;
        const value = array(part, { shape, dtype });
        parameter.value = value;
        part.set(value.data);
        at += sizes[name]!;
      }
    },
    evaluate() {
      const { loss: value, gradients } = run(feeds);
      return { value: value.item(), gradient: gather((name) => gradients[name]!.data) };
    },
  };
}
