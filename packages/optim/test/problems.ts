/** What the tests of this package share: a loss in `f64`, and the run of a transform on it. */
import { compile, type Parameter, parameter, square, sub, sum, type Tensor } from "@org/core";
import { type LearningRate, minimize, type Transform } from "@org/optim";

/** Every optimizer follows a learning rate of any kind. */
export type Optimizer = (learningRate: LearningRate) => Transform;

/** `Σ (w - target)²` with gradient `2 (w - target)`. */
export const bowl = (w: Tensor, target: readonly number[] | number = 0): Tensor =>
  sum(square(sub(w, target as number[])));

interface Run {
  readonly start?: number[];
  readonly target?: number[];
  readonly steps?: number;
}

/** The weights after each of some steps on the bowl. */
export function trajectory(
  transform: Transform,
  { start = [1, -2, 0.5], target = [0.3, 0.1, -0.2], steps = 25 }: Run = {},
): number[][] {
  const w = parameter("w", start, "f64");
  const step = compile({ updates: minimize(bowl(w, target), { w }, transform) });
  return Array.from({ length: steps }, () => {
    step();
    return Array.from(w.value.data);
  });
}

/** The plain-number gradient of the bowl. */
export const slope = (w: readonly number[], target: readonly number[] = [0.3, 0.1, -0.2]): number[] =>
  w.map((x, i) => 2 * (x - target[i]!));

/** The largest difference between two tables of numbers. */
export const distance = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  a.length === b.length
    ? Math.max(...a.flatMap((row, i) => Array.from(row, (x, j) => Math.abs(x - b[i]![j]!))))
    : Number.NaN;

/** A record of parameters as plain numbers. */
export const values = (record: Readonly<Record<string, Parameter>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(record).map(([name, { value }]) => [name, Array.from(value.data)]));
