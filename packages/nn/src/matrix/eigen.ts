import { realSchur } from "./real-schur.ts";
import { type Complex, modulus, type Rows } from "./rows.ts";

/** `A vᵢ = λᵢ vᵢ`, the largest |λ| first, `|vᵢ| = 1`. */
export interface Eigen {
  readonly values: readonly Complex[];
  readonly vectors: readonly (readonly Complex[])[];
}

const real = (re: number): Complex => ({ re, im: 0 });
const plus = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const minus = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
const times = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
const scaled = (a: Complex, by: number): Complex => ({ re: a.re * by, im: a.im * by });
const conjugate = ({ re, im }: Complex): Complex => ({ re, im: -im });

/** a / b, with b scaled first: no overflow. */
function over(a: Complex, b: Complex): Complex {
  const size = Math.max(Math.abs(b.re), Math.abs(b.im));
  const unit = scaled(b, 1 / size);
  const inverse = 1 / (unit.re * unit.re + unit.im * unit.im) / size;
  return scaled(times(a, conjugate(unit)), inverse);
}

/** The diagonal blocks of a real Schur form: where each starts, how long it is, its eigenvalues. */
function blocksOf(T: Rows): { at: number; values: Complex[] }[] {
  const blocks: { at: number; values: Complex[] }[] = [];
  for (let at = 0; at < T.length; at += blocks.at(-1)!.values.length) {
    if (at === T.length - 1 || T[at + 1]![at] === 0) {
      blocks.push({ at, values: [real(T[at]![at]!)] });
      continue;
    }
    const [a, b, c, d] = [T[at]![at]!, T[at]![at + 1]!, T[at + 1]![at]!, T[at + 1]![at + 1]!];
    const half = (a - d) / 2;
    const value = { re: d + half, im: Math.sqrt(-(half * half + b * c)) };
    blocks.push({ at, values: [value, conjugate(value)] });
  }
  return blocks;
}

/** A vector x with (T - λ) x = 0, by substitution from the block of λ up. */
function nullVector(T: Rows, blocks: readonly { at: number; values: Complex[] }[], block: number): Complex[] {
  const { at, values } = blocks[block]!;
  const value = values[0]!;
  let x = T.map(() => real(0));
  if (values.length === 1) x[at] = real(1);
  else {
    x[at] = minus(value, real(T[at + 1]![at + 1]!));
    x[at + 1] = real(T[at + 1]![at]!);
  }
  const end = at + values.length;
  const tiny = Number.EPSILON * Math.max(Number.MIN_VALUE / Number.EPSILON, largest(T));
  const shifted = (i: number): Complex => {
    const difference = minus(real(T[i]![i]!), value);
    return modulus(difference) < tiny ? real(tiny) : difference;
  };
  const rest = (row: number, from: number): Complex => {
    let total = real(0);
    for (let j = from; j < end; j++) total = minus(total, scaled(x[j]!, T[row]![j]!));
    return total;
  };
  for (const upper of blocks.slice(0, block).reverse()) {
    const i = upper.at;
    if (upper.values.length === 1) x[i] = over(rest(i, i + 1), shifted(i));
    else {
      // Cramer's rule for [a - λ, b; c, d - λ] (x_i, x_i+1) = (p, q).
      const [p, q] = [rest(i, i + 2), rest(i + 1, i + 2)];
      const [a, d] = [shifted(i), shifted(i + 1)];
      const [b, c] = [T[i]![i + 1]!, T[i + 1]![i]!];
      const determinant = minus(times(a, d), real(b * c));
      const divisor =
        modulus(determinant) < tiny * tiny ? real(Math.max(tiny * tiny, Number.MIN_VALUE)) : determinant;
      x[i] = over(minus(times(p, d), scaled(q, b)), divisor);
      x[i + 1] = over(minus(times(q, a), scaled(p, c)), divisor);
    }
    // Nearly equal eigenvalues of a defective matrix would overflow.
    const size = Math.max(...x.map(modulus));
    if (size > 1e100) x = x.map((each) => scaled(each, 1 / size));
  }
  return x;
}

const largest = (T: Rows): number =>
  T.reduce((most, row) => row.reduce((max, x) => Math.max(max, Math.abs(x)), most), 0);

/** `Q x`, of length 1. */
function direction(Q: Rows, x: readonly Complex[]): Complex[] {
  const size = Math.max(...x.map(modulus));
  const small = x.map((each) => scaled(each, 1 / size));
  const v = Q.map((row) => small.reduce((total, each, j) => plus(total, scaled(each, row[j]!)), real(0)));
  const length = Math.sqrt(v.reduce((total, { re, im }) => total + re * re + im * im, 0));
  return v.map((each) => scaled(each, 1 / length));
}

/** Eigenvalues and, each by substitution in the Schur form, eigenvectors. A defective matrix has too few of them. */
export function eigen(A: Rows): Eigen {
  const { T, Q } = realSchur(A);
  const blocks = blocksOf(T);
  const pairs = blocks.flatMap(({ values }, i) => {
    const vector = direction(Q, nullVector(T, blocks, i));
    return values.map((value, k) => ({ value, vector: k === 0 ? vector : vector.map(conjugate) }));
  });
  pairs.sort((a, b) => inOrder(a.value, b.value));
  return { values: pairs.map(({ value }) => value), vectors: pairs.map(({ vector }) => vector) };
}

/** Eigenvalues alone, the largest |λ| first, conjugates side by side. */
export const eigenvalues = (A: Rows): Complex[] =>
  blocksOf(realSchur(A, { vectors: false }).T)
    .flatMap(({ values }) => values)
    .sort(inOrder);

const inOrder = (a: Complex, b: Complex): number => modulus(b) - modulus(a) || b.re - a.re || b.im - a.im;
