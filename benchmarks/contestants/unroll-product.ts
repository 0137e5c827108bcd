import {
  add,
  compile,
  concat,
  matmul,
  NDArray,
  parameter,
  type Runtime,
  scan,
  split,
  sum,
  type Tensor,
  transpose,
} from "@org/core";
import { type Product, repetitions } from "../workloads.ts";
import { type Prepared, timed } from "./serve.ts";

const matrix = (rows: number, columns: number, at: (row: number, column: number) => number): NDArray =>
  new NDArray(
    "f32",
    [rows, columns],
    Float32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
  );

/** Entry of a reflection `I - 2 v vᵀ / |v|²`: dense and orthogonal, so that no power of it grows or fades. */
function reflection(size: number, seed: number): (row: number, column: number) => number {
  const v = Float64Array.from({ length: size }, (_, i) => Math.sin(1 + i * (1.7 + seed)));
  const square = v.reduce((total, x) => total + x * x, 0);
  return (row, column) => (row === column ? 1 : 0) - (2 * v[row]! * v[column]!) / square;
}

/**
 * `h ← Σ blocks of h B`, or `h ← [y y …], y = h B` where the product is narrower than the state. B stays, as recurrent
 * weights do. The sum over the blocks is in the time; it is less than 4 % of it.
 */
function loopOf({ m, k, n, transposed }: Product): Tensor {
  const square = Math.min(k, n);
  const blocks = Math.max(k, n) / square;
  const parts = Array.from({ length: blocks }, (_, block) => reflection(square, block));
  // Each block is symmetric, and one of the two block numbers is 0.
  const entry = (row: number, column: number): number =>
    parts[Math.floor(row / square) + Math.floor(column / square)]!(row % square, column % square) / blocks;
  const B = parameter("B", transposed === "right" ? matrix(n, k, entry) : matrix(k, n, entry));
  const first = matrix(m, k, (row, column) => Math.sin(row + 3 * column));
  const { carry } = scan(
    (h: Tensor) => {
      const y = matmul(h, transposed === "right" ? transpose(B) : B);
      if (n === k) return { carry: y };
      if (n < k) return { carry: concat(Array<Tensor>(blocks).fill(y), { axis: 1 }) };
      return { carry: split(y, blocks, { axis: 1 }).reduce((a, b) => add(a, b)) };
    },
    { init: parameter("h", first), length: repetitions({ m, k, n, form: "loop" }) },
  );
  return carry;
}

/** `Y ← A B` of parameters. */
function single({ m, k, n, transposed }: Product) {
  const entry = (row: number, column: number) => Math.sin(row + 3 * column);
  const A = parameter("A", transposed === "left" ? matrix(k, m, entry) : matrix(m, k, entry));
  const B = parameter("B", transposed === "right" ? matrix(n, k, entry) : matrix(k, n, entry));
  const Y = parameter(
    "Y",
    matrix(m, n, () => 0),
  );
  const product = matmul(transposed === "left" ? transpose(A) : A, transposed === "right" ? transpose(B) : B);
  return { updates: [[Y, product] as const] };
}

/** Products of one shape, as many in a call as `repetitions` says. */
export function prepareProduct(product: Product, runtime: Runtime): Prepared {
  if (product.form === "once") {
    const [run, compilation] = timed(() => compile({ ...single(product), runtime }));
    const step = (): number => {
      run();
      return 0;
    };
    return { about: { target: runtime.target }, phases: { compile: compilation }, step };
  }
  const [run, compilation] = timed(() => compile({ outputs: { value: sum(loopOf(product)) }, runtime }));
  const step = (): number => run().value.item();
  return { about: { target: runtime.target }, phases: { compile: compilation }, step };
}
