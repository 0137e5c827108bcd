import { array, checkOptionNames, defaultDType, deferredArray, type NDArray } from "@org/core";
import { normal } from "./distributions.ts";
import { checkInit, type InitOptions, matrix, type Size } from "./shape.ts";

/**
 * A random orthogonal matrix: its rows or its columns, whichever are fewer, are orthonormal. Products of many such
 * matrices neither grow nor shrink.
 * Shapes: `[rows, columns]`
 * Source: Saxe, McClelland & Ganguli 2014: the factor Q of A = L Q for a normal A, L with a diagonal above 0. By
 *   reflections, after Golub & Van Loan 2013, Matrix Computations, section 5.2.
 * @example
 * const q = init.orthogonal([2, 2], { seed: 1, dtype: "f64" });
 * matmul(q, transpose(q)); // → [[1, 0], [0, 1]]
 */
export function orthogonal(shape: Size, options: InitOptions): NDArray {
  const { seed, dtype = defaultDType() } = checkOptionNames("orthogonal", options, "seed dtype");
  checkInit("orthogonal", shape, dtype);
  const [rows, columns] = matrix("orthogonal", shape);
  const [count, width] = [Math.min(rows, columns), Math.max(rows, columns)];
  const normals = normal([count, width], { seed, dtype: "f64" });
  return deferredArray(dtype, [...shape], () => {
    const q = orthonormalRows(normals.data as Float64Array, count, width);
    return array(rows <= columns ? q : turned(q, count, width), { dtype }).data;
  });
}

/**
 * Rows that span what the rows of A `[count, width]` span, one after another, as Gram and Schmidt find them:
 * reflections `H_k = I - β_k v_k v_kᵀ`, k = 0, 1, …, take row k of `A H_0 … H_k-1` to a multiple of `e_k`, and
 * row k of Q is `±e_kᵀ H_k … H_0`. `A` becomes the `v_k`, which begin at column k.
 */
function orthonormalRows(A: Float64Array, count: number, width: number): Float64Array {
  const v = Float64Array.from(A);
  const beta = new Float64Array(count);
  const sign = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const row = k * width;
    let square = 0;
    for (let j = k; j < width; j++) square += v[row + j]! * v[row + j]!;
    const length = Math.sqrt(square);
    const first = v[row + k]!;
    // The sign that adds, so that nothing cancels: the row becomes -sign(first) length e_k.
    sign[k] = first < 0 ? 1 : -1;
    v[row + k] = first - sign[k]! * length;
    beta[k] = length === 0 ? 0 : 1 / (length * (length + Math.abs(first)));
    reflect(v, k + 1, count, v, k, beta[k]!, width);
  }
  const q = new Float64Array(count * width);
  for (let k = count - 1; k >= 0; k--) {
    q[k * width + k] = sign[k]!;
    reflect(q, k, count, v, k, beta[k]!, width);
  }
  return q;
}

/** Rows `from … to - 1` of `x` times `I - β v_k v_kᵀ`, four at a time: sums of one row would wait for each other. */
function reflect(
  x: Float64Array,
  from: number,
  to: number,
  v: Float64Array,
  k: number,
  beta: number,
  width: number,
): void {
  const begin = k * width + k;
  const length = width - k;
  let row = from;
  for (; row + 4 <= to; row += 4) {
    const a = row * width + k;
    const b = a + width;
    const c = b + width;
    const d = c + width;
    let s = 0;
    let t = 0;
    let u = 0;
    let w = 0;
    for (let i = 0; i < length; i++) {
      const each = v[begin + i]!;
      s += x[a + i]! * each;
      t += x[b + i]! * each;
      u += x[c + i]! * each;
      w += x[d + i]! * each;
    }
    s *= beta;
    t *= beta;
    u *= beta;
    w *= beta;
    for (let i = 0; i < length; i++) {
      const each = v[begin + i]!;
      x[a + i]! -= s * each;
      x[b + i]! -= t * each;
      x[c + i]! -= u * each;
      x[d + i]! -= w * each;
    }
  }
  for (; row < to; row++) {
    const a = row * width + k;
    let s = 0;
    for (let i = 0; i < length; i++) s += x[a + i]! * v[begin + i]!;
    s *= beta;
    for (let i = 0; i < length; i++) x[a + i]! -= s * v[begin + i]!;
  }
}

/** The transpose. */
function turned(x: Float64Array, rows: number, columns: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j]!;
  return y;
}
