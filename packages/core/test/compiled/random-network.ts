import fc from "fast-check";
import {
  add,
  array,
  broadcastTo,
  concat,
  constant,
  grad,
  input,
  logSoftmax,
  matmul,
  mean,
  mul,
  type NDArray,
  neg,
  oneHot,
  type Parameter,
  parameter,
  relu,
  scan,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
} from "../../src/index.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";

/** A recurrent network as numbers: sizes, and what each carry becomes of which others. */
export interface NetworkProgram {
  readonly dtype: "f32" | "f64";
  /** Rows of the table, its columns, units of a carry, batch, steps. */
  readonly sizes: readonly [V: number, E: number, H: number, B: number, T: number];
  /** For each carry: how it is computed, from which carries, and whether its gates share one product. */
  readonly carries: readonly { readonly kind: number; readonly from: number; readonly joined: boolean }[];
  readonly reverse: boolean;
  readonly checkpoint: number;
  /** Whether steps take rows of the table themselves. */
  readonly inside: boolean;
  /** Whether the output layer stands in the step. */
  readonly headInside: boolean;
}

export const arbitraryNetwork = (): fc.Arbitrary<NetworkProgram> => {
  const size = (max: number) => fc.integer({ min: 1, max });
  return fc.record({
    dtype: fc.constantFrom("f32" as const, "f64" as const),
    sizes: fc.tuple(size(9), size(9), size(21), size(9), fc.nat({ max: 6 })),
    carries: fc.array(
      fc.record({ kind: fc.nat({ max: 4 }), from: fc.nat({ max: 2 }), joined: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    reverse: fc.boolean(),
    checkpoint: fc.constantFrom(0, 0, 2, 3),
    inside: fc.boolean(),
    headInside: fc.boolean(),
  });
};

export interface Network {
  readonly inputs: { readonly ids: Tensor; readonly labels: Tensor };
  readonly feeds: { readonly ids: NDArray; readonly labels: NDArray };
  /** The loss, the last carries, the norm of all gradients. */
  readonly outputs: readonly Tensor[];
  readonly updates: readonly (readonly [Parameter, Tensor])[];
}

/** The network with its loss and a step of momentum for every parameter. */
export function networkOf(program: NetworkProgram): Network {
  const { dtype, sizes, carries, reverse, checkpoint, inside, headInside } = program;
  const [V, E, H, B, T] = sizes;
  const known = new Map<string, Parameter>();
  const drawn = (shape: Shape, shift: number): NDArray =>
    array(
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + shift) / 3),
      { shape, dtype },
    );
  const weight = (name: string, shape: Shape): Parameter => {
    const found = known.get(name) ?? parameter(name, drawn(shape, known.size));
    known.set(name, found);
    return found;
  };
  const letters = (shift: number): NDArray =>
    array(
      Int32Array.from({ length: T * B }, (_, i) => ((i * i + shift) % V) - (i % 3 === 0 ? V : 0)),
      { shape: [T, B] },
    );
  const gate = (name: string, x: Tensor, h: Tensor): Tensor =>
    add(
      matmul(x, weight(`x_${name}`, [E, H])),
      matmul(h, weight(`h_${name}`, [H, H])),
      weight(`b_${name}`, [H]),
    );
  /** Three gates as parts of one product. */
  const joined = (name: string, x: Tensor, h: Tensor): Tensor[] => {
    const both = add(
      matmul(concat([x, h], { axis: 1 }), weight(`w_${name}`, [E + H, 3 * H])),
      weight(`b3_${name}`, [3 * H]),
    );
    return [0, 1, 2].map((i) => slice(both, [0, i * H], [B, (i + 1) * H]));
  };
  const next = (state: readonly Tensor[], x: Tensor, i: number): Tensor => {
    const { kind, from, joined: together } = carries[i]!;
    const [own, other] = [state[i]!, state[from % state.length]!];
    if (kind === 3) return mul(0.9, other);
    if (kind === 4) return tanh(add(own, mul(0.5, other)));
    const [z, r, n] = together
      ? joined(String(i), x, other)
      : ["z", "r", "n"].map((letter) => gate(`${letter}${i}`, x, other));
    if (kind === 0) return tanh(n!);
    if (kind === 1) return add(mul(sigmoid(z!), own), mul(sub(1, sigmoid(z!)), tanh(n!)));
    return mul(sigmoid(r!), tanh(add(relu(n!), mul(sigmoid(z!), own))));
  };
  const inputs = { ids: input("ids", [T, B], "i32"), labels: input("labels", [T, B], "i32") };
  const table = weight("table", [V, E]);
  const head = (h: Tensor): Tensor => add(matmul(h, weight("W", [H, V])), weight("b", [V]));
  const zeros = broadcastTo(constant(0, dtype), [B, H]);
  const { carry, ys } = scan(
    (state: readonly Tensor[], row: Tensor) => {
      const x = inside ? take(table, row) : row;
      const after = state.map((_, i) => next(state, x, i));
      return { carry: after, y: headInside ? head(after[0]!) : after[0]! };
    },
    {
      init: carries.map((_, i) => (i === 1 ? add(zeros, weight("start", [H])) : zeros)),
      xs: inside ? inputs.ids : take(table, inputs.ids),
      reverse,
      ...(checkpoint > 0 && { checkpoint }),
    },
  );
  const logits = headInside ? ys : head(ys);
  const chosen = mul(oneHot(inputs.labels, V, { dtype }), logSoftmax(logits));
  const last = carry as readonly Tensor[];
  const loss = add(T > 0 ? neg(mean(sum(chosen, { axis: -1 }))) : 0, mul(0.01, sum(square(last[0]!))));
  const weights = [...known.values()];
  const gradients = grad(loss, weights) as readonly Tensor[];
  const norm = gradients.map((g) => sum(square(g))).reduce((total, part) => add(total, part));
  const updates = weights.flatMap((w, i): [Parameter, Tensor][] => {
    const velocity = parameter(`v_${w.name}`, drawn(w.shape, i + 50));
    const moved = add(mul(velocity, 0.9), gradients[i]!);
    return [
      [velocity, moved],
      [w, sub(w, mul(moved, 0.1))],
    ];
  });
  return {
    inputs,
    feeds: {
      ids: letters(1),
      labels: array(letters(5).data.map((id) => (id + V) % V) as Int32Array, { shape: [T, B] }),
    },
    outputs: [loss, ...last, norm],
    updates,
  };
}
