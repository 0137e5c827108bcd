/** The notes' `bptt(x, y)` (WildML, part 3) as plain loops, beside gradients of the same network as a graph. */
import {
  add,
  ancestors,
  constant,
  evaluate,
  grad,
  input,
  math,
  type NDArray,
  oneHot,
  outer,
  Parameter,
  parameter,
  slice,
  softmax,
  stopGradient,
  sub,
  substitute,
  type Tensor,
  take,
  transpose,
} from "@org/core";
import { type Cell, crossEntropy, recurrent } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, values } from "../values.ts";
import type { Matrix, Vector } from "./plain.ts";
import * as plain from "./plain.ts";

const [wordCount, hiddenSize] = [6, 4];
const x = [3, 1, 4, 1, 5, 0, 2];
const y = [1, 4, 1, 5, 0, 2, 3];
const T = x.length;

/** `s_t = tanh(U x_t + W s_{t-1})`, `o_t = softmax(V s_t)`, by hand. */
class Listing {
  readonly U: Matrix;
  readonly V: Matrix;
  readonly W: Matrix;
  constructor(weights: Record<"U" | "V" | "W", NDArray>) {
    const matrix = (value: NDArray): Matrix => value.toNested() as unknown as Matrix;
    [this.U, this.V, this.W] = [matrix(weights.U), matrix(weights.V), matrix(weights.W)];
  }

  /** `s` has one row more than there are words: its last is `s[-1]`, the state of zeros before the first word. */
  forward(x: readonly number[]): { o: Vector[]; s: Vector[] } {
    const s: Vector[] = Array.from({ length: x.length + 1 }, () => new Array<number>(hiddenSize).fill(0));
    const o: Vector[] = [];
    x.forEach((word, t) => {
      const column = this.U.map((row) => row[word]!);
      const recurrent = apply(this.W, s.at(t - 1)!);
      s[t] = column.map((u, i) => Math.tanh(u + recurrent[i]!));
      o[t] = plain.softmax(apply(this.V, s[t]!));
    });
    return { o, s };
  }

  bptt(
    x: readonly number[],
    y: readonly number[],
    truncate: number,
    { o, s } = this.forward(x),
  ): Record<"U" | "V" | "W", Matrix> {
    let [dLdU, dLdV, dLdW] = [this.U, this.V, this.W].map((weight) => plain.map(weight, () => 0)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    // The listing writes `delta_o = o` and changes it, and `o` with it; this is a copy.
    const deltaO = o.map((row, t) => row.map((p, k) => p - Number(k === y[t])));
    for (let t = y.length - 1; t >= 0; t--) {
      dLdV = plain.add(dLdV, plain.outer(deltaO[t]!, s[t]!));
      let delta = times(apply(plain.transpose(this.V), deltaO[t]!), slope(s[t]!));
      for (let step = t; step >= Math.max(0, t - truncate); step--) {
        dLdW = plain.add(dLdW, plain.outer(delta, s.at(step - 1)!));
        dLdU = dLdU.map((row, i) => row.map((u, word) => (word === x[step] ? u + delta[i]! : u)));
        delta = times(apply(plain.transpose(this.W), delta), slope(s.at(step - 1)!));
      }
    }
    return { U: dLdU, V: dLdV, W: dLdW };
  }
}

const apply = (A: Matrix, v: Vector): Vector => A.map((row) => row.reduce((sum, a, i) => sum + a * v[i]!, 0));
const times = (a: Vector, b: Vector): Vector => a.map((value, i) => value * b[i]!);
const slope = (s: Vector): Vector => s.map((value) => 1 - value * value);

const weights = {
  U: parameter("U", values(1, hiddenSize, wordCount)),
  V: parameter("V", values(2, wordCount, hiddenSize)),
  W: parameter("W", values(3, hiddenSize, hiddenSize)),
};
const { U, V, W } = weights;
const listing = new Listing({ U: U.value, V: V.value, W: W.value });

/** A cell of one's own: words in, a row of `U` for each, no bias. */
const cell: Cell<Tensor> = {
  parameters: { U, W },
  initialState: (batch) =>
    constant(
      Array.from({ length: batch }, () => new Array<number>(hiddenSize).fill(0)),
      "f64",
    ),
  step: (words, s) => math`tanh(${take(transpose(U), words)} + ${s} @ ${W}ᵀ)`,
  output: (s) => s,
};
const words = constant(
  x.map((word) => [word]),
  "i32",
);
const states = recurrent(cell, words).outputs;
const logitsOf = (s: Tensor): Tensor => math`${s} @ ${V}ᵀ`;

/** E_t, the loss at step t alone. */
const lossAt = (t: number, s: Tensor = take(states, t)): Tensor => crossEntropy(logitsOf(s), [y[t]!]);
const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));
const losses = x.map((_, t) => lossAt(t));
const E = total(losses);

test("A05: forward equals the listing, whose s[-1] is the state of zeros", () => {
  const { o, s } = listing.forward(x);
  expectClose(
    states,
    s.slice(0, T).map((row) => [row]),
    1e-14,
  );
  expectClose(
    softmax(logitsOf(states)),
    o.map((row) => [row]),
    1e-14,
  );
  expect(s.at(-1)).toEqual([0, 0, 0, 0]);
});

describe("B07: the gradients of `bptt`", () => {
  test("of full length", () => {
    const full = listing.bptt(x, y, T);
    const gradients = grad(E, weights);
    for (const name of ["U", "V", "W"] as const) expectClose(gradients[name], full[name], 1e-13, name);
  });

  /** E_t with its gradient cut before step t - k: that window's steps again, from a state that is held. */
  const windowed = (t: number, k: number): Tensor => {
    const start = Math.max(0, t - k);
    const initialState = start === 0 ? cell.initialState(1) : stopGradient(take(states, start - 1));
    return lossAt(t, recurrent(cell, slice(words, [start, 0], [t + 1, 1]), { initialState }).state);
  };

  test.each([0, 1, 2, 4, T - 1, T, 100])("with windows of bptt_truncate = %i at every step", (k) => {
    const truncated = listing.bptt(x, y, k);
    const gradients = grad(total(x.map((_, t) => windowed(t, k))), weights);
    for (const name of ["U", "V", "W"] as const) expectClose(gradients[name], truncated[name], 1e-13, name);
  });

  test.each([0, 1, 2, T - 1, 100])("with `truncate: { every: 1, back: %i + 1 }`", (k) => {
    const { outputs } = recurrent(cell, words, { truncate: { every: 1, back: k + 1 } });
    const gradients = grad(total(x.map((_, t) => lossAt(t, take(outputs, t)))), weights);
    const truncated = listing.bptt(x, y, k);
    for (const name of ["U", "V", "W"] as const) expectClose(gradients[name], truncated[name], 1e-13, name);
  });

  test("truncation changes the gradients, not the loss", () => {
    const short = total(x.map((_, t) => windowed(t, 1)));
    expectClose(short, E, 1e-14);
    const [cut, whole] = [listing.bptt(x, y, 1), listing.bptt(x, y, T)];
    expect(Math.abs(cut.W[0]![0]! - whole.W[0]![0]!)).toBeGreaterThan(1e-3);
    expect(cut.V).toEqual(whole.V);
  });
});

test("B08: differentiating changes no output, here as in the port", () => {
  const forward = listing.forward(x);
  const before = structuredClone(forward);
  listing.bptt(x, y, T, forward);
  expect(forward).toEqual(before);
  const o = softmax(logitsOf(states));
  const apart = evaluate(o);
  expect(evaluate({ gradients: grad(E, weights), o }).o).toEqual(apart);
});

test("B03: ∂E/∂W is the sum of ∂E_t/∂W", () => {
  const parts = losses.map((loss) => grad(loss, W));
  expectClose(grad(E, W), total(parts), 1e-13);
});

describe("B04: ∂E₃/∂V = (ŷ₃ - y₃) ⊗ s₃", () => {
  const s3 = input("s3", [1, hiddenSize], "f64");
  const gradient = grad(lossAt(3), V);

  test("to the last digits", () => {
    const s = take(states, 3);
    const error = sub(softmax(logitsOf(s)), oneHot([y[3]!], wordCount, { dtype: "f64" }));
    expectClose(gradient, outer(error, s), 1e-12);
  });

  test("it needs nothing of the other steps but s₃: with s₃ given, V is the only parameter left", () => {
    const given = grad(lossAt(3, s3), V);
    const used = ancestors([given]).map((node) => node.result());
    expect(used.filter((tensor) => tensor instanceof Parameter)).toEqual([V]);
    const { s } = listing.forward(x);
    expectClose(evaluate(given, { s3: [s[3]!] }), evaluate(gradient), 1e-14);
  });

  test("the same graph, written out: every path from it to s₁ goes through s₃", () => {
    const steps: Tensor[] = [];
    for (const [t, word] of x.entries()) {
      steps.push(cell.step(constant([word], "i32"), steps[t - 1] ?? cell.initialState(1)));
    }
    const unrolled = grad(lossAt(3, steps[3]!), V);
    const reaches = (tensor: Tensor): boolean => ancestors([tensor]).includes(steps[1]!.node);
    expect(reaches(unrolled)).toBe(true);
    const [cut] = substitute([unrolled], new Map([[steps[3]!, s3]]));
    expect(reaches(cut!)).toBe(false);
  });
});
