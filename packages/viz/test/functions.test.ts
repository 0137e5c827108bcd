/** Functions of matrices, which need loops of their own, are one box each. */
import {
  add,
  array,
  cholesky,
  det,
  eigh,
  grad,
  input,
  inverse,
  less,
  logDet,
  parameter,
  qr,
  scan,
  solve,
  sum,
  svd,
  type Tensor,
  tanh,
  triangularSolve,
  whileLoop,
} from "@org/core";
import { renderSvg, toJson } from "@org/viz";
import { expect, test } from "vitest";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const A = input("A", [4, 4]);
const b = parameter("b", array(Float32Array.of(1, 2, 3, 4), { shape: [4, 1] }));

test.each<[string, () => Tensor]>([
  ["solve", () => solve(A, b)],
  ["inverse", () => inverse(A)],
  ["cholesky", () => cholesky(A)],
  ["triangularSolve", () => triangularSolve(A, b)],
  ["qr", () => qr(A).R],
  ["svd", () => svd(A).s],
  ["eigh", () => eigh(A).values],
  ["det", () => det(A)],
  ["logDet", () => logDet(A)],
])("%s", async (name, build) => {
  const y = sum(build());
  for (const detail of ["op", "cell", "layer"] as const) {
    for (const unroll of [0, 2]) {
      const { nodes, edges } = toJson(y, { detail, unroll });
      expect(nodes.filter(({ label }) => label === name)).toHaveLength(1);
      expect(nodes.every(({ kind }) => kind !== "loop")).toBe(true);
      expect(edges.filter(({ from, to }) => from === to)).toEqual([]);
      expect(nodes.length).toBeLessThan(9);
    }
  }
  expect(problemsOf(readSvg(await renderSvg(y, { unroll: 2 })))).toEqual([]);
  // Opened by name, and its gradient a box of its own.
  expect(toJson(y, { folded: [] }).nodes.length).toBeGreaterThan(4);
  const slope = grad(y, [A]);
  const labels = toJson([y, ...slope], { detail: "layer" }).nodes.map(({ label }) => label);
  expect(labels).toContain(name);
  if (name !== "det") expect(labels.some((label) => label!.startsWith("∂ "))).toBe(true);
});

test("a loop around them is drawn step by step, they in each step; whileLoop goes by its name", () => {
  const { ys } = scan(
    (h: Tensor, x) => {
      const next = tanh(add(solve(A, h), x));
      return { carry: next, y: next };
    },
    { init: input("h0", [4, 1]), xs: input("x", [3, 4, 1]) },
  );
  const { nodes, columns } = toJson(sum(ys), { unroll: 3 });
  expect(columns!.filter(({ kind }) => kind === "step")).toHaveLength(3);
  // And the factors of A, which are the same in every step, once before them.
  expect(nodes.filter(({ label }) => label === "solve")).toHaveLength(4);
  const { carry } = whileLoop(
    ({ h }) => less(sum(h), 10),
    ({ h }) => ({ h: add(h, tanh(h)) }),
    { init: { h: input("x", [3]) }, most: 8 },
  );
  const labels = toJson(carry.h, { detail: "layer" }).nodes.map(({ label }) => label);
  expect(labels).toContain("whileLoop");
});
