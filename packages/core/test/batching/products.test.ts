/** Products under `vmap`: one with a matrix that examples share is one product of matrices, where that costs no copy. */
import { expect, test } from "vitest";
import { ancestors, constant, matmul, type Tensor, vmap } from "../../src/index.ts";
import { filled } from "../samples/arrays.ts";

/** The operands of all products that are made for five examples, `a` and `b` being those of one. */
function productsOf(a: readonly number[], b: readonly number[], shared: "a" | "b" | "none"): string[] {
  const given = [a, b].map((shape, i) => constant(filled(shared === "ab"[i] ? shape : [5, ...shape])));
  const inAxes = ["a", "b"].map((name) => (shared === name ? null : 0));
  const y = vmap((p: Tensor, q: Tensor) => matmul(p, q), { inAxes })(...(given as [Tensor, Tensor]));
  const products = ancestors([y]).filter(({ op }) => op.name === "matmul");
  return products.map(({ inputs }) => inputs.map(({ shape }) => `[${shape}]`).join(" × "));
}

test.each([
  { name: "all rows at once", a: [3, 2], b: [2, 4], shared: "b", made: "[15,2] × [2,4]" },
  { name: "a vector each, from the left", a: [2], b: [2, 4], shared: "b", made: "[5,2] × [2,4]" },
  { name: "a vector each, from the right: rows, too", a: [3, 2], b: [2], shared: "a", made: "[5,2] × [2,3]" },
  { name: "all columns at once, more rows", a: [4, 2], b: [2, 3], shared: "a", made: "[4,2] × [2,15]" },
  { name: "all columns at once, as many rows", a: [3, 2], b: [2, 3], shared: "a", made: "[3,2] × [2,15]" },
  { name: "fewer rows than a copy costs", a: [3, 2], b: [2, 4], shared: "a", made: "[5,3,2] × [5,2,4]" },
  {
    name: "a batch of matrices on the left",
    a: [6, 3, 2],
    b: [6, 2, 1],
    shared: "a",
    made: "[5,6,3,2] × [5,6,2,1]",
  },
  {
    name: "a batch of matrices on the right",
    a: [6, 3, 2],
    b: [6, 2, 4],
    shared: "b",
    made: "[5,6,3,2] × [5,6,2,4]",
  },
  { name: "matrices of their own", a: [3, 2], b: [2, 4], shared: "none", made: "[5,3,2] × [5,2,4]" },
  { name: "vectors of their own", a: [3, 2], b: [2], shared: "none", made: "[5,3,2] × [5,2,1]" },
] as const)("$name", ({ a, b, shared, made }) => {
  expect(productsOf(a, b, shared)).toEqual([made]);
});
