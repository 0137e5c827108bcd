import { ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { equal, where } from "../ops/comparison.ts";
import { arange } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";

/**
 * NumPy's `dot`: a scalar multiplies; otherwise the last axis of `a` meets the last but one of `b` (its only one, for
 * a vector), without batches.
 * Shapes:   `a [...p, k], b [...q, k, n]` → `[...p, ...q, n]`
 * @throws ShapeError where the inner dimensions differ
 * @example
 * evaluate(dot([1, 2], [3, 4])); // → 11
 */
export function dot(a: Operand, b: Operand): Tensor {
  const [left, right] = promoteAll([a, b]) as [Tensor, Tensor];
  if (left.shape.length === 0 || right.shape.length === 0) return mul(left, right);
  if (right.shape.length <= 2) return matmul(left, right);
  const rank = right.shape.length;
  const lead = right.shape.slice(0, -2);
  const order = [rank - 2, ...lead.map((_, i) => i), rank - 1];
  const count = sizeOf(lead) * right.shape[rank - 1]!;
  const columns = reshape(transpose(right, order), [right.shape[rank - 2]!, count]);
  return reshape(matmul(left, columns), [...left.shape.slice(0, -1), ...lead, right.shape[rank - 1]!]);
}

/**
 * Outer product of two tensors taken flat: `y[i, j] = a[i] b[j]`.
 * Shapes: `a [m], b [n]` → `[m, n]`
 * @example
 * evaluate(outer([1, 2], [3, 4])); // → [[3, 4], [6, 8]]
 */
export function outer(a: Operand, b: Operand): Tensor {
  const [left, right] = promoteAll([a, b]) as [Tensor, Tensor];
  return mul(reshape(left, [-1, 1]), reshape(right, [1, -1]));
}

/** The identity matrix `[n, n]`. */
export const eye = (n: number, dtype: "f32" | "f64" = "f32"): Tensor =>
  cast(equal(reshape(arange(n), [n, 1]), reshape(arange(n), [1, n])), dtype);

interface Term {
  readonly labels: string;
  readonly tensor: Tensor;
}

/**
 * Einstein summation over letters: `einsum("ij,jk->ik", a, b)` is the matrix product. Without `->` the result has
 * the letters that stand once, in alphabetical order. A letter that stands twice in one term takes its diagonal.
 * Operands are contracted from left to right, each pair as one batched matrix product.
 * @throws ShapeError for letters that don't fit the operands
 * @example
 * evaluate(einsum("ij,jk->ik", [[1, 2]], [[3], [4]])); // → [[11]]
 * evaluate(einsum("ii", [[1, 2], [3, 4]])); // → 5
 */
export function einsum(equation: string, ...operands: Operand[]): Tensor {
  const [left, right] = equation.replaceAll(" ", "").split("->") as [string, string | undefined];
  const labels = left.split(",");
  const tensors = promoteAll(operands);
  const sizes = measure(equation, labels, tensors);
  const output = right ?? implicitOutput(left);
  const unknown = [...output].find((letter, i) => !sizes.has(letter) || output.indexOf(letter) !== i);
  if (unknown)
    throw misfit(equation, `the result names ${JSON.stringify(unknown)} twice or no operand has it`);
  const terms = labels.map((term, i) => diagonal({ labels: term, tensor: tensors[i]! }));
  let result = terms[0]!;
  for (let i = 1; i < terms.length; i++) {
    const later = new Set(
      output +
        terms
          .slice(i + 1)
          .map((term) => term.labels)
          .join(""),
    );
    result = contract(result, terms[i]!, later, sizes);
  }
  const reduced = reduceTo(result, new Set(output));
  return transpose(
    reduced.tensor,
    [...output].map((letter) => reduced.labels.indexOf(letter)),
  );
}

const misfit = (equation: string, problem: string): ShapeError =>
  new ShapeError({ op: "einsum", problem: `${problem} in ${JSON.stringify(equation)}` });

const implicitOutput = (left: string): string => {
  const letters = left.replaceAll(",", "");
  return [...new Set(letters)]
    .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
    .sort()
    .join("");
};

function measure(
  equation: string,
  labels: readonly string[],
  tensors: readonly Tensor[],
): Map<string, number> {
  if (labels.length !== tensors.length)
    throw misfit(equation, `${labels.length} terms for ${tensors.length} operands`);
  const sizes = new Map<string, number>();
  labels.forEach((term, i) => {
    const { shape } = tensors[i]!;
    if (!/^[A-Za-z]*$/.test(term) || term.length !== shape.length)
      throw misfit(equation, `${JSON.stringify(term)} does not name the axes of ${showShape(shape)}`);
    [...term].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (known !== undefined && known !== shape[axis])
        throw misfit(equation, `${letter} is ${known} and ${shape[axis]}`);
      sizes.set(letter, shape[axis]!);
    });
  });
  return sizes;
}

/** Repeated letters of one term: nothing but the diagonal left, and summed to it. */
function diagonal({ labels, tensor }: Term): Term {
  const repeated = [...labels].findIndex((letter, i) => labels.indexOf(letter) !== i);
  if (repeated < 0) return { labels, tensor };
  const first = labels.indexOf(labels[repeated]!);
  const size = tensor.shape[first]!;
  const mask = reshape(
    cast(eye(size), "bool"),
    tensor.shape.map((_, axis) => (axis === first || axis === repeated ? size : 1)),
  );
  const rest = labels.slice(0, repeated) + labels.slice(repeated + 1);
  return diagonal({ labels: rest, tensor: sum(where(mask, tensor, 0), { axis: repeated }) });
}

/** Sums away the letters that nobody asks for. */
function reduceTo({ labels, tensor }: Term, wanted: ReadonlySet<string>): Term {
  const axes = [...labels].flatMap((letter, axis) => (wanted.has(letter) ? [] : [axis]));
  return {
    labels: [...labels].filter((letter) => wanted.has(letter)).join(""),
    tensor: sum(tensor, { axis: axes }),
  };
}

/** Two terms as one batched matrix product: [batch, m, k] × [batch, k, n]. */
function contract(a: Term, b: Term, later: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Term {
  const left = reduceTo(a, new Set([...later, ...b.labels]));
  const right = reduceTo(b, new Set([...later, ...a.labels]));
  const shared = [...left.labels].filter((letter) => right.labels.includes(letter));
  const batch = shared.filter((letter) => later.has(letter));
  const inner = shared.filter((letter) => !later.has(letter));
  const rows = [...left.labels].filter((letter) => !shared.includes(letter));
  const columns = [...right.labels].filter((letter) => !shared.includes(letter));
  const lengths = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter)!);
  const arrange = ({ labels, tensor }: Term, ...groups: string[][]): Tensor => {
    const order = groups.flat().map((letter) => labels.indexOf(letter));
    return reshape(
      transpose(tensor, order),
      groups.map((group) => sizeOf(lengths(group))),
    );
  };
  const product = matmul(arrange(left, batch, rows, inner), arrange(right, batch, inner, columns));
  const letters = [...batch, ...rows, ...columns];
  const shape: Shape = lengths(letters);
  return { labels: letters.join(""), tensor: reshape(product, shape) };
}
