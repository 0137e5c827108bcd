import {
  add,
  concat,
  constant,
  evaluate,
  grad,
  input,
  matmul,
  mul,
  softmax,
  square,
  stack,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { AdditiveAttention, type AttentionOptions, dotAttention, parameters } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, values } from "../values.ts";

const [T, B, S, D] = [4, 3, 2, 5];
const keys = constant(values(1, T, B, D));
const other = constant(values(2, T, B, 2));
const queries = constant(values(3, S, B, D));
const lengths = [4, 1, 0];
const additive = new AdditiveAttention({ querySize: D, keySize: D, hiddenSize: 6, seed: 1, dtype: "f64" });

type Score = (query: Tensor, key: Tensor) => Tensor;

const kinds: readonly (readonly [
  name: string,
  apply: (query: Tensor, keys: Tensor, options?: AttentionOptions) => ReturnType<typeof dotAttention>,
  score: Score,
])[] = [
  ["dotAttention", dotAttention, (q, k) => sum(mul(q, k))],
  [
    "dotAttention, scaled",
    (q, k, options) => dotAttention(q, k, { ...options, scale: 0.5 }),
    (q, k) => mul(sum(mul(q, k)), 0.5),
  ],
  [
    "AdditiveAttention",
    (q, k, options) => additive.apply(q, k, options),
    (q, k) => {
      const { W_q, W_k, v } = additive.parameters;
      return sum(matmul(tanh(add(matmul(q, W_q), matmul(k, W_k))), v));
    },
  ],
];

describe.each(kinds)("%s", (_, attention, score) => {
  const at = (x: Tensor, ...places: number[]): Tensor => places.reduce<Tensor>((part, i) => take(part, i), x);

  test("is a weighted mean of the values, by hand", () => {
    const { context, weights } = attention(queries, keys, { values: other });
    expect([context.shape, weights.shape]).toEqual([
      [S, B, 2],
      [S, B, T],
    ]);
    for (let s = 0; s < S; s++) {
      for (let b = 0; b < B; b++) {
        const scores = stack(Array.from({ length: T }, (_, t) => score(at(queries, s, b), at(keys, t, b))));
        const own = softmax(scores);
        expectClose(at(weights, s, b), own, 1e-14);
        const mean = Array.from({ length: T }, (_, t) => mul(take(own, t), at(other, t, b)));
        expectClose(
          at(context, s, b),
          mean.reduce((x, y) => add(x, y)),
          1e-14,
        );
      }
    }
  });

  test("one query for each sequence is a row of many", () => {
    const many = attention(queries, keys);
    const one = attention(take(queries, 1), keys);
    expectClose(one.context, take(many.context, 1), 1e-14);
    expectClose(one.weights, take(many.weights, 1), 1e-14);
  });

  test("lengths: what is past the end does not count; of no keys nothing is found", () => {
    const { context, weights } = attention(queries, keys, { lengths });
    const short = attention(queries, concat([take(keys, [0])]));
    expectClose(take(context, 1, { axis: 1 }), take(short.context, 1, { axis: 1 }), 1e-14);
    expect(evaluate(weights).toNested()).toMatchObject([0, 1].map(() => [{}, [1, 0, 0, 0], [0, 0, 0, 0]]));
    expect(new Set(evaluate(take(context, 2, { axis: 1 })).data)).toEqual(new Set([0]));
  });

  test.each([Number.NaN, Infinity, -Infinity, 3e38])(
    "%s past the end has no effect, in gradients either",
    (odd) => {
      const spoil = (x: Tensor): Tensor => {
        const value = evaluate(x);
        const row = x.shape[2]!;
        lengths.forEach((length, b) => {
          for (let t = length; t < T; t++) value.data.fill(odd, (t * B + b) * row, (t * B + b + 1) * row);
        });
        return constant(value);
      };
      // The query of the sequence without keys does not count either.
      const queried = evaluate(queries);
      for (let s = 0; s < S; s++) queried.data.fill(odd, (s * B + 2) * D, (s * B + 3) * D);
      const [clean, dirty] = [
        [queries, keys, other] as const,
        [constant(queried), spoil(keys), spoil(other)] as const,
      ].map(([q, k, v]) => {
        const { context, weights } = attention(q, k, { values: v, lengths });
        const loss = add(sum(square(context)), sum(square(weights)));
        const gradients = grad(loss, { q, k, v, own: parameters(additive) });
        return evaluate({ context, weights, gradients });
      });
      expect(dirty).toEqual(clean);
    },
  );

  test("gradients, first and second order", () => {
    for (const options of [{ values: other }, { lengths }]) {
      const { context, weights } = attention(queries, keys, options);
      const loss = add(sum(square(context)), sum(square(weights)));
      checkGradients(loss, { queries, keys, own: parameters(additive) }, { order: 2 }).assert();
    }
  });
});

test("scores far below zero count as any: weights are a softmax, shifted or not", () => {
  for (const shift of [-1e30, -1e35, 1e35]) {
    const scores = [[[0]], [[shift]], [[Number.NaN]]];
    const { weights } = dotAttention([[1]], [[[shift]], [[shift]], [[0]]], { lengths: [2] });
    expect(evaluate(weights).toNested()).toEqual([[0.5, 0.5, 0]]);
    const apart = evaluate(dotAttention([[1]], scores, { lengths: [2] }).weights).toNested();
    expect(apart).toEqual([shift < 0 ? [1, 0, 0] : [0, 1, 0]]);
  }
});

test("what is refused", () => {
  const query = input("query", [B, 4]);
  expect(() => dotAttention(query, input("keys", [T, B, D]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: dotAttention: queries and keys differ in size
      query: [3, 4]  f32  "query"
      keys: [4, 3, 5]  f32  "keys"
      rule: query [batch, size] or [queries, batch, size], keys and values [time, batch, size]]
  `);
  expect(() => dotAttention(query, input("keys", [T, 7, 4]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: dotAttention: a query goes with each sequence of keys
      query: [3, 4]  f32  "query"
      keys: [4, 7, 4]  f32  "keys"
      rule: query [batch, size] or [queries, batch, size], keys and values [time, batch, size]]
  `);
  const values = input("values", [T + 1, B, 2]);
  expect(() => dotAttention(query, input("keys", [T, B, 4]), { values })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: dotAttention: values don't go with the keys
      values: [5, 3, 2]  f32  "values"
      keys: [4, 3, 4]  f32  "keys"
      rule: query [batch, size] or [queries, batch, size], keys and values [time, batch, size]]
  `);
  expect(() => dotAttention(query, input("keys", [T, B, 4]), { lengths: [9, 1, 1] })).toThrow(
    /dotAttention: lengths\[0\] is 9/,
  );
  expect(() => additive.apply(query, input("keys", [T, B, D]))).toThrow(
    /AdditiveAttention: expected sizes 5 and 5/,
  );
});
