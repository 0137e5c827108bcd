import { ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { where } from "../ops/comparison.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { broadcastShapes, type Shape, showShape, sizeOf } from "../shape.ts";
import { eye } from "./filled.ts";

interface Term {
  readonly labels: string;
  readonly tensor: Tensor;
}

/**
 * Einstein summation over letters: `einsum("ij,jk->ik", a, b)` is the matrix product. Without `->` the result has
 * the letters that stand once, in alphabetical order. A letter that stands twice in one term takes its diagonal.
 * `...` stands for whatever axes a term does not name: they broadcast, and stand in front where the result is not named.
 * Operands are contracted from left to right, each pair as one batched matrix product.
 * @throws ShapeError for letters that don't fit the operands, and a named result without the `...` of the operands
 * @example
 * evaluate(einsum("ij,jk->ik", [[1, 2]], [[3], [4]])); // → [[11]]
 * evaluate(einsum("ii", [[1, 2], [3, 4]])); // → 5
 * evaluate(einsum("...i,i->...", [[1, 2], [3, 4]], [1, 10])); // → [21, 43]
 */
export function einsum(equation: string, ...operands: Operand[]): Tensor {
  if (typeof equation !== "string")
    throw misfit(inWords(equation), "expected an equation in front, such as ij,jk->ik");
  const [left, right] = equation.replaceAll(" ", "").split("->") as [string, string | undefined];
  const given = left.split(",");
  const { labels, tensors, unnamed } = nameEllipses(equation, given, promoteAll("einsum", operands));
  const sizes = measure(equation, labels, tensors);
  if (right !== undefined && unnamed && !right.includes(ELLIPSIS))
    throw misfit(equation, `the result leaves out the axes that "..." stands for`);
  const output = right?.replace(ELLIPSIS, unnamed) ?? unnamed + implicitOutput(left.replaceAll(ELLIPSIS, ""));
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

const ELLIPSIS = "...";

/** A letter for the axis that is `fromEnd` before the last of those that `...` stands for; no equation has it. */
const unnamedLetter = (fromEnd: number): string => String.fromCharCode(0xe000 + fromEnd);

interface Named {
  readonly labels: readonly string[];
  readonly tensors: readonly Tensor[];
  /** The letters that `...` stands for. */
  readonly unnamed: string;
}

/**
 * `...` as letters, aligned from the right. An axis of length 1 beside a longer one is left out of its term: a product
 * repeats it by itself.
 */
function nameEllipses(equation: string, terms: readonly string[], tensors: readonly Tensor[]): Named {
  const counts = terms.map((term, i) =>
    term.includes(ELLIPSIS) ? (tensors[i]?.shape.length ?? 0) - (term.length - ELLIPSIS.length) : 0,
  );
  if (terms.length !== tensors.length || counts.some((count) => count < 0))
    return { labels: terms, tensors, unnamed: "" }; // which `measure` refuses
  const shapes = terms.map((term, i) => {
    const at = term.indexOf(ELLIPSIS);
    return tensors[i]!.shape.slice(Math.max(at, 0), Math.max(at, 0) + counts[i]!);
  });
  const common = shapes.reduce<Shape>((shape, next) => {
    const both = broadcastShapes(shape, next);
    if (both) return both;
    throw misfit(equation, `${showShape(shape)} and ${showShape(next)} of "..." do not broadcast together`);
  }, []);
  const letters = common.map((_, axis) => unnamedLetter(common.length - 1 - axis)).join("");
  const named = terms.map((term, i) => {
    const own = letters.slice(letters.length - counts[i]!);
    const at = term.indexOf(ELLIPSIS);
    const repeated = [...own].map(
      (_, axis) => shapes[i]![axis] !== common[common.length - own.length + axis],
    );
    const kept = [...own].filter((_, axis) => !repeated[axis]).join("");
    const tensor = reshape(
      tensors[i]!,
      tensors[i]!.shape.filter((_, axis) => !repeated[axis - at]),
    );
    return { labels: term.replace(ELLIPSIS, kept), tensor };
  });
  return {
    labels: named.map(({ labels }) => labels),
    tensors: named.map(({ tensor }) => tensor),
    unnamed: letters,
  };
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
    if (!/^[A-Za-z\ue000-\uf8ff]*$/.test(term) || term.length !== shape.length)
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
