import { identityRows, product, type Rows } from "./rows.ts";

/** Terms of the series for a matrix of norm ½: the next is below 2⁻⁵³ of the sum. */
const TERMS = 14;

/**
 * `exp a`, of a square matrix: the series of `a / 2ˢ`, then squared s times.
 * Source: Moler & Van Loan 2003, "Nineteen dubious ways to compute the exponential of a matrix", method 3.
 */
export function exponential(a: Rows): Rows {
  const size = Math.max(...a.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)), 0);
  const halvings = size > 0.5 ? Math.ceil(Math.log2(size / 0.5)) : 0;
  const small = a.map((row) => row.map((x) => x / 2 ** halvings));
  let sum = identityRows(a.length);
  for (let k = TERMS; k >= 1; k--) {
    const next = product(small, sum);
    sum = next.map((row, i) => row.map((x, j) => x / k + Number(i === j)));
  }
  for (let i = 0; i < halvings; i++) sum = product(sum, sum);
  return sum;
}
