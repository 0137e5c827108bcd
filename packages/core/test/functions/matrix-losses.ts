/** A number made by each function of matrices, and the matrix that its gradient is for. */
import {
  add,
  cholesky,
  det,
  eye,
  inverse,
  logDet,
  matmul,
  type Parameter,
  parameter,
  solve,
  square,
  sum,
  swapAxes,
  type Tensor,
  triangularSolve,
} from "../../src/index.ts";

const a = parameter("a", [[0.3, 2, -0.4], [1.7, 0.2, 0.5], [-0.3, 0.6, 2.2]], "f64"); // biome-ignore format: a matrix
const b = parameter("b", [[0.5, -1], [1.5, 0.3], [0.2, 0.9]], "f64"); // biome-ignore format: a matrix
const positive = add(matmul(a, swapAxes(a, 0, 1)), eye(3, "f64"));
const large = parameter("large", Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => Math.sin(3 * i + j * j) + (i === 3 - j ? 3 : 0))), "f64"); // biome-ignore format: a matrix

export const losses: readonly (readonly [name: string, y: Tensor, w: Parameter])[] = [
  ["solve", sum(square(solve(a, b))), a],
  ["inverse", sum(square(inverse(a))), a],
  ["det, written out", det(a), a],
  ["det, by factors", det(large), large],
  ["logDet", logDet(a), a],
  ["cholesky", sum(square(matmul(cholesky(positive), b))), a],
  ["triangularSolve", sum(square(triangularSolve(a, b))), a],
  ["lower, transposed", sum(square(triangularSolve(a, b, { lower: true, transposed: true }))), a],
  ["unit diagonal", sum(square(triangularSolve(a, b, { lower: true, unitDiagonal: true }))), a],
];
