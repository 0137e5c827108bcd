/** Whole training steps of recurrent networks, with each equation written as it stands in a book. */
import {
  add,
  array,
  broadcastTo,
  constant,
  type DType,
  div,
  grad,
  input,
  logSoftmax,
  matmul,
  mean,
  minimum,
  mul,
  type NDArray,
  neg,
  oneHot,
  type Parameter,
  pad,
  parameter,
  scan,
  sigmoid,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  type Update,
} from "../../src/index.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";

const [V, E, H, B, T] = [12, 8, 16, 4, 7];

export const cells = ["LSTM", "GRU", "RNN"] as const;
export type Cell = (typeof cells)[number];

export interface StepOptions {
  /** Default `"f64"`. */
  readonly dtype?: "f32" | "f64";
  readonly reverse?: boolean;
  readonly checkpoint?: "sqrt" | number;
  /** Whether states that differ much from the step before cost something. Default false. */
  readonly smooth?: boolean;
  /** Steps that the loop makes, as the program finds out when it runs. */
  readonly count?: Tensor;
}

/** Everything that `compile` takes, with values for the inputs. */
export interface TrainingStep {
  readonly inputs: { readonly ids: Tensor; readonly labels: Tensor };
  readonly feeds: { readonly ids: NDArray; readonly labels: NDArray };
  readonly outputs: { readonly loss: Tensor; readonly norm: Tensor };
  readonly updates: readonly Update[];
  readonly parameters: readonly Parameter[];
}

const drawn = (shape: Shape, dtype: DType, shift: number): NDArray =>
  array(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + shift) / 4),
    { shape, dtype },
  );

const letters = (shift: number): NDArray =>
  array(
    Int32Array.from({ length: T * B }, (_, i) => (i * i + shift) % V),
    { shape: [T, B] },
  );

/** Embedding, a recurrent cell, a softmax over characters, gradients clipped by their norm, momentum. */
export function trainingStep(
  cell: Cell,
  { dtype = "f64", smooth = false, ...options }: StepOptions = {},
): TrainingStep {
  const parameters: Parameter[] = [];
  const known = new Map<string, Parameter>();
  const weight = (name: string, shape: Shape): Parameter => {
    const found = known.get(name) ?? parameter(name, drawn(shape, dtype, known.size));
    known.set(name, found);
    return found;
  };
  const gate = (letter: string, x: Tensor, h: Tensor): Tensor =>
    add(
      matmul(x, weight(`W_x${letter}`, [E, H])),
      matmul(h, weight(`W_h${letter}`, [H, H])),
      weight(`b_${letter}`, [H]),
    );
  const steps: Record<Cell, (state: Record<"h" | "c", Tensor>, x: Tensor) => Record<"h" | "c", Tensor>> = {
    LSTM({ h, c }, x) {
      const [i, f, o] = ["i", "f", "o"].map((letter) => sigmoid(gate(letter, x, h))) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const next = add(mul(f, c), mul(i, tanh(gate("c", x, h))));
      return { h: mul(o, tanh(next)), c: next };
    },
    GRU({ h, c }, x) {
      const [z, r] = ["z", "r"].map((letter) => sigmoid(gate(letter, x, h))) as [Tensor, Tensor];
      return { h: add(mul(z, h), mul(sub(1, z), tanh(gate("h", x, mul(r, h))))), c };
    },
    RNN: ({ h, c }, x) => ({ h: tanh(gate("h", x, h)), c }),
  };
  const inputs = { ids: input("ids", [T, B], "i32"), labels: input("labels", [T, B], "i32") };
  const zeros = broadcastTo(constant(0, dtype), [B, H]);
  const { ys } = scan(
    (state: Record<"h" | "c", Tensor>, x: Tensor) => {
      const next = steps[cell](state, x);
      return { carry: next, y: next.h };
    },
    { init: { h: zeros, c: zeros }, xs: take(weight("E", [V, E]), inputs.ids), ...options },
  );
  const logits = add(matmul(ys, weight("W_y", [H, V])), weight("b_y", [V]));
  const entropy = neg(mean(sum(mul(oneHot(inputs.labels, V, { dtype }), logSoftmax(logits)), { axis: -1 })));
  const before = pad(slice(ys, [0, 0, 0], [T - 1, B, H]), [
    [1, 0],
    [0, 0],
    [0, 0],
  ]);
  const loss = smooth ? add(entropy, mean(square(sub(ys, before)))) : entropy;
  const weights = [...known.values()];
  const gradients = grad(loss, weights) as readonly Tensor[];
  const norm = sqrt(gradients.map((g) => sum(square(g))).reduce((total, part) => add(total, part)));
  const updates = weights.flatMap((w, i): Update[] => {
    const velocity = parameter(`v_${w.name}`, drawn(w.shape, dtype, i + 50));
    parameters.push(w, velocity);
    const clipped = mul(gradients[i]!, minimum(1, div(0.5, norm)));
    const next = add(mul(velocity, 0.9), clipped);
    return [
      [velocity, next],
      [w, sub(w, mul(next, 0.1))],
    ];
  });
  return {
    inputs,
    feeds: { ids: letters(1), labels: letters(5) },
    outputs: { loss, norm },
    updates,
    parameters,
  };
}
