/** Deep recurrent networks at random: layers, and what lies between them. */
import fc from "fast-check";
import {
  add,
  concat,
  flip,
  grad,
  input,
  matmul,
  mean,
  mul,
  type Parameter,
  parameter,
  scan,
  slice,
  square,
  sum,
  type Tensor,
  tanh,
  zeros,
} from "../../src/index.ts";
import { filled } from "../samples/arrays.ts";

/** What a layer reads: each of these needs the layers below it only up to the same step. */
export const stepwise = ["outputs", "scaled", "residual", "normed", "first"] as const;
/** These need later steps, or all, or what is in rows of another number. */
export const whole = ["ahead", "delayed", "mean", "backwards", "last"] as const;

export interface DeepNetwork {
  readonly time: number;
  readonly batch: number;
  readonly size: number;
  readonly reverse: boolean;
  /** Whether every other layer runs the other way. */
  readonly turning: boolean;
  /** What each layer after the first reads. */
  readonly reads: readonly (typeof stepwise | typeof whole)[number][];
  /** Whether layers take a second state and gates. */
  readonly gated: boolean;
  /** Whether the loss sees every layer, or the last alone. */
  readonly everyLayer: boolean;
}

export const arbitraryDeepNetwork = (): fc.Arbitrary<DeepNetwork> =>
  fc.record({
    time: fc.integer({ min: 1, max: 13 }),
    batch: fc.constantFrom(1, 1, 3),
    size: fc.integer({ min: 1, max: 5 }),
    reverse: fc.boolean(),
    turning: fc.constantFrom(false, false, true),
    reads: fc.array(fc.constantFrom(...stepwise, ...stepwise, ...whole), { minLength: 1, maxLength: 3 }),
    gated: fc.boolean(),
    everyLayer: fc.boolean(),
  });

/** Each step sees what the step before it (-1), or behind it (1), gave; zeros stand in for the one that is not there. */
function shifted(ys: Tensor, by: 1 | -1): Tensor {
  const [time, batch, size] = ys.shape as [number, number, number];
  const none = zeros([1, batch, size], "f64");
  return by < 0
    ? concat([none, slice(ys, [0, 0, 0], [time - 1, batch, size])], { axis: 0 })
    : concat([slice(ys, [1, 0, 0], [time, batch, size]), none], { axis: 0 });
}

/** The graph of a network: the loss, all outputs, and the gradients of all weights. */
export function deepNetwork({ time, batch, size, reads, gated, everyLayer, reverse, turning }: DeepNetwork): {
  readonly inputs: { readonly xs: Tensor };
  readonly outputs: Tensor[];
} {
  const xs = input("xs", [time, batch, size], "f64");
  const weights: Parameter[] = [];
  const layers: Tensor[] = [];
  const weight = (shape: readonly number[]): Parameter => {
    const made = parameter(`w${weights.length}`, filled(shape, weights.length));
    weights.push(made);
    return made;
  };
  const layer = (read: Tensor): Tensor => {
    const [u, w, v] = [weight([size, size]), weight([size, size]), weight([size])];
    const { ys } = scan(
      ({ h, c }, x: Tensor) => {
        const next = tanh(add(add(matmul(x, u), matmul(h, w)), v));
        const kept = gated ? add(mul(0.5, c), mul(next, tanh(h))) : next;
        return { carry: { h: kept, c: next }, y: kept };
      },
      {
        init: { h: zeros([batch, size], "f64"), c: zeros([batch, size], "f64") },
        xs: read,
        reverse: turning && layers.length % 2 === 1 ? !reverse : reverse,
      },
    );
    return ys;
  };
  layers.push(layer(xs));
  for (const read of reads) {
    const below = layers.at(-1)!;
    layers.push(
      layer(
        {
          outputs: () => below,
          scaled: () => mul(tanh(below), weight([size])),
          residual: () => add(below, layers.at(-2) ?? xs),
          normed: () => mul(below, add(1, mean(square(below), { axis: 2, keepDims: true }))),
          first: () => add(layers[0]!, below),
          delayed: () => shifted(below, reverse ? 1 : -1),
          ahead: () => shifted(below, reverse ? -1 : 1),
          mean: () => add(below, mean(below, { axis: 0, keepDims: true })),
          backwards: () => flip(below, { axis: 0 }),
          last: () => add(below, slice(below, [time - 1, 0, 0], [time, batch, size])),
        }[read](),
      ),
    );
  }
  const seen = everyLayer ? layers : [layers.at(-1)!];
  const loss = seen.map((outputs) => sum(square(outputs))).reduce((a, b) => add(a, b));
  return { inputs: { xs }, outputs: [loss, ...layers, ...grad(loss, weights)] };
}
