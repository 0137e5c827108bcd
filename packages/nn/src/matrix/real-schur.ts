import { GraphError } from "@org/core";
import { identityRows, inner, type Rows } from "./rows.ts";

/** `A = Q T Qᵀ`, Q orthogonal (empty where no vectors are asked for), T upper triangular but for 2 × 2 blocks on the diagonal, which have complex eigenvalues. */
export interface RealSchur {
  readonly T: Rows;
  readonly Q: Rows;
}

/**
 * The real Schur form, by Francis's QR algorithm with double shifts, after a reduction to Hessenberg form. Sums,
 * products and square roots alone, so that the result has the same bits on every platform.
 * Source: Golub & Van Loan 2013, Matrix Computations, algorithms 7.4.2, 7.5.1 and 7.5.2.
 * @throws GraphError where it does not converge, which has not been seen for finite matrices
 */
export function realSchur(A: Rows, { vectors = true }: { readonly vectors?: boolean } = {}): RealSchur {
  const n = A.length;
  const T = A.map((row) => row.slice());
  const Q = vectors ? identityRows(n) : [];
  for (let k = 0; k < n - 2; k++) {
    reflect(T, Q, k + 1, column(T, k, k + 1, n), n);
    for (let i = k + 2; i < n; i++) T[i]![k] = 0;
  }
  let tries = 0;
  for (let high = n - 1; high > 0; ) {
    const low = blockStart(T, high);
    if (low >= high - 1) {
      if (low === high - 1) makeTriangular(T, Q, high);
      high = low - 1;
      tries = 0;
    } else {
      if (++tries > 300)
        throw new GraphError({ op: "spectrum", problem: "the QR algorithm does not converge" });
      francisStep(T, Q, low, high, tries);
    }
  }
  return { T, Q };
}

const column = (T: Rows, j: number, from: number, to: number): Float64Array =>
  Float64Array.from({ length: to - from }, (_, i) => T[from + i]![j]!);

/** Where the block that ends at `high` begins: above it the subdiagonal is as good as 0, and is set to 0. */
function blockStart(T: Rows, high: number): number {
  for (let low = high; low > 0; low--) {
    const beside = Math.abs(T[low - 1]![low - 1]!) + Math.abs(T[low]![low]!);
    if (Math.abs(T[low]![low - 1]!) > Number.EPSILON * (beside || norm(T))) continue;
    T[low]![low - 1] = 0;
    return low;
  }
  return 0;
}

const norm = (T: Rows): number =>
  T.reduce(
    (most, row) =>
      Math.max(
        most,
        row.reduce((total, x) => total + Math.abs(x), 0),
      ),
    0,
  );

/**
 * `T ← P T P`, `Q ← Q P`, where P = I - 2 v vᵀ / vᵀv turns `x`, which starts at row `at`, into a multiple of e₁. Left of
 * column `at - 1` these rows of T are 0, and so are these columns from row `end` on.
 */
function reflect(T: Rows, Q: Rows, at: number, x: Float64Array, end: number): void {
  const size = x.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (size === 0) return;
  const v = x.map((each) => each / size);
  const length = Math.sqrt(inner(v, v));
  v[0]! += v[0]! < 0 ? -length : length;
  const factor = 2 / inner(v, v);
  const along = new Float64Array(T.length);
  const first = Math.max(0, at - 1);
  v.forEach((each, i) => {
    const row = T[at + i]!;
    for (let j = first; j < row.length; j++) along[j]! += each * row[j]!;
  });
  v.forEach((each, i) => {
    const row = T[at + i]!;
    for (let j = first; j < row.length; j++) row[j]! -= factor * along[j]! * each;
  });
  const mirror = (row: Float64Array): void => {
    let onto = 0;
    for (let i = 0; i < v.length; i++) onto += v[i]! * row[at + i]!;
    for (let i = 0; i < v.length; i++) row[at + i]! -= factor * onto * v[i]!;
  };
  for (let i = 0; i < end; i++) mirror(T[i]!);
  Q.forEach(mirror);
}

/** One step with both eigenvalues of the last 2 × 2 block as shifts; other shifts now and then, should it get stuck. */
function francisStep(T: Rows, Q: Rows, low: number, high: number, tries: number): void {
  const h = (i: number, j: number): number => T[i]![j]!;
  const [a, b, c, d] = [h(high - 1, high - 1), h(high - 1, high), h(high, high - 1), h(high, high)];
  const stuck = Math.abs(c) + Math.abs(h(high - 1, high - 2));
  const [trace, determinant] = tries % 10 === 0 ? [1.5 * stuck, stuck * stuck] : [a + d, a * d - b * c];
  const first =
    h(low, low) * h(low, low) + h(low, low + 1) * h(low + 1, low) - trace * h(low, low) + determinant;
  const second = h(low + 1, low) * (h(low, low) + h(low + 1, low + 1) - trace);
  const third = h(low + 1, low) * h(low + 2, low + 1);
  reflect(T, Q, low, Float64Array.of(first, second, third), Math.min(low + 4, high + 1));
  for (let k = low; k < high - 1; k++) {
    const end = Math.min(k + 4, high + 1);
    reflect(T, Q, k + 1, column(T, k, k + 1, end), Math.min(k + 5, high + 1));
    for (let i = k + 2; i < end; i++) T[i]![k] = 0;
  }
}

/** Rotates the 2 × 2 block that ends at `high` into a triangle, where its eigenvalues are real. */
function makeTriangular(T: Rows, Q: Rows, high: number): void {
  const [upper, lower] = [T[high - 1]!, T[high]!];
  const half = (upper[high - 1]! - lower[high]!) / 2;
  const discriminant = half * half + upper[high]! * lower[high - 1]!;
  if (discriminant < 0) return;
  // (z, c) is an eigenvector, z the farther of the eigenvalues from d.
  const z = half + (half < 0 ? -Math.sqrt(discriminant) : Math.sqrt(discriminant));
  const c = lower[high - 1]!;
  const length = Math.sqrt(z * z + c * c);
  const [cos, sin] = [z / length, c / length];
  for (let j = 0; j < T.length; j++) {
    [upper[j], lower[j]] = [cos * upper[j]! + sin * lower[j]!, cos * lower[j]! - sin * upper[j]!];
  }
  for (const row of [...T, ...Q]) {
    const [left, right] = [row[high - 1]!, row[high]!];
    row[high - 1] = cos * left + sin * right;
    row[high] = cos * right - sin * left;
  }
  lower[high - 1] = 0;
}
