import { inner, type Rows, transposed } from "./rows.ts";

/**
 * Singular values, the largest first: columns are rotated in pairs until all are orthogonal; their lengths are the
 * singular values, small ones with as many digits as large ones.
 * Source: Hestenes 1958, one-sided Jacobi; Golub & Van Loan 2013, section 8.6.3.
 */
export function singularValues(A: Rows): Float64Array {
  const wide = A.length < (A[0]?.length ?? 0);
  const columns = wide ? A.map((row) => row.slice()) : transposed(A);
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let i = 0; i < columns.length; i++) {
      for (let j = i + 1; j < columns.length; j++) turned = orthogonalize(columns[i]!, columns[j]!) || turned;
    }
  }
  return Float64Array.from(columns, (column) => length(column)).sort((a, b) => b - a);
}

/** |x| without overflow or underflow. */
function length(x: Float64Array): number {
  const size = x.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  return size === 0
    ? 0
    : size * Math.sqrt(x.reduce((total, each) => total + (each / size) * (each / size), 0));
}

/** Rotates two columns so that they are orthogonal; false where they are already. */
function orthogonalize(a: Float64Array, b: Float64Array): boolean {
  const [aa, bb, ab] = [inner(a, a), inner(b, b), inner(a, b)];
  if (Math.abs(ab) <= Number.EPSILON * Math.sqrt(aa) * Math.sqrt(bb)) return false;
  const cotangent = (bb - aa) / (2 * ab);
  const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.sqrt(1 + cotangent * cotangent));
  const cos = 1 / Math.sqrt(1 + tangent * tangent);
  const sin = cos * tangent;
  for (let k = 0; k < a.length; k++) {
    [a[k], b[k]] = [cos * a[k]! - sin * b[k]!, sin * a[k]! + cos * b[k]!];
  }
  return true;
}
