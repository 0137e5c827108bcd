import type { NDArray } from "../../src/ndarray.ts";
import { moved } from "./arrays.ts";
import { derivative } from "./differences.ts";

export interface DifferenceCheck {
  /** What is differentiated: outputs at given operands. */
  readonly run: (values: readonly NDArray[]) => readonly NDArray[];
  /** One cotangent per output. */
  readonly cotangents: readonly NDArray[];
  readonly values: readonly NDArray[];
  /** Which of the values are differentiated by, and the gradient of each. */
  readonly wrt: readonly number[];
  readonly gradients: readonly NDArray[];
  /** Throws where a value is on another side of a kink than it was. */
  readonly watch?: (values: readonly NDArray[]) => void;
}

/**
 * Compares every element of the gradients with central differences.
 * @throws Error naming the first element that differs
 */
export function checkDifferences(label: string, check: DifferenceCheck): void {
  const { run, cotangents, values, wrt, gradients, watch } = check;
  const project = (operands: readonly NDArray[]): number => {
    let total = 0;
    run(operands).forEach(({ data }, k) => {
      data.forEach((y: number, i: number) => {
        total += y * cotangents[k]!.data[i]!;
      });
    });
    return total;
  };
  wrt.forEach((operand, at) => {
    gradients[at]!.data.forEach((gradient: number, element: number) => {
      const here = values[operand]!;
      const step = 0.02 * Math.min(Math.max(Math.abs(here.data[element]!), 0.1), 1);
      const shift = (h: number) => values.with(operand, moved(here, element, h));
      watch?.(shift(step));
      watch?.(shift(-step));
      const { value, error } = derivative((h) => project(shift(h)), step);
      const size = Math.max(1, Math.abs(value));
      const place = `${label}, operand ${operand}, element ${element}`;
      if (!(error <= 1e-7 * size))
        throw new Error(`${place}: differences do not converge (${value} ± ${error})`);
      if (Math.abs(value - gradient) <= 1e-8 * size + 10 * error) return;
      throw new Error(`${place}: the gradient is ${gradient}, differences say ${value}`);
    });
  });
}
