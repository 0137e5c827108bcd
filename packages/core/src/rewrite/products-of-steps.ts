import type { Tensor } from "../graph/tensor.ts";
import { matmul } from "../ops/matmul.ts";
import { flipLast, reshape, transpose } from "../ops/reshape.ts";

/**
 * `a_t B` for every step as one product: `a [steps, ...lead, m, k]`, `B [...lead, k, n]` → `[steps, ...lead, m, n]`. What
 * leads is the batch of a `vmap`, which has a product for each example: of the rows of all steps.
 */
export function productOfSteps(a: Tensor, B: Tensor): Tensor {
  if (B.shape.length === 2) return matmul(a, B);
  const [steps, ...lead] = a.shape.slice(0, -2) as [number, ...number[]];
  const [m, k] = a.shape.slice(-2) as [number, number];
  const product = matmul(reshape(stepsInRows(a), [...lead, steps * m, k]), B);
  return transpose(reshape(product, [...lead, steps, m, B.shape.at(-1)!]), [
    lead.length,
    ...axes(lead.length),
    lead.length + 1,
    lead.length + 2,
  ]);
}

/**
 * `Σ_t a_t b_t = [a₁ a₂ …] [b₁; b₂; …]`: `a [steps, ...lead, k, m]`, `b [steps, ...lead, m, n]` → `[...lead, k, n]`.
 */
export function totalOfSteps(a: Tensor, b: Tensor): Tensor {
  const [steps, ...lead] = b.shape.slice(0, -2) as [number, ...number[]];
  const [m, n] = b.shape.slice(-2) as [number, number];
  const rows = flipLast(a); // most are transposed themselves, and lie in memory like this
  return matmul(
    flipLast(reshape(stepsInRows(rows), [...lead, steps * m, a.shape.at(-2)!])),
    reshape(stepsInRows(b), [...lead, steps * m, n]),
  );
}

/** `[steps, ...lead, m, n]` → `[...lead, steps, m, n]`. */
function stepsInRows(x: Tensor): Tensor {
  const lead = x.shape.length - 3;
  return transpose(x, [...axes(lead, 1), 0, lead + 1, lead + 2]);
}

const axes = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);
