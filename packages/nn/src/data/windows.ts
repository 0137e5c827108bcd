import {
  type ArrayValue,
  array,
  checkOptionNames,
  checkOptionValues,
  GraphError,
  type NDArray,
} from "@org/core";
import { size as sizeKind } from "../option-values.ts";

/** What `windows` takes. */
export interface WindowsOptions {
  /** Steps that a window shows. */
  readonly steps: number;
  /** Steps after it that are to be foretold, from 0. @default 1 */
  readonly ahead?: number;
  /** From the start of a window to the start of the next. @default 1 */
  readonly stride?: number;
}

/**
 * What a series was and what came then: window i shows the steps `i·stride … i·stride + steps - 1`, its targets are the
 * `ahead` steps after them. Windows are in the order of time: the first part trains, the last part tests, and between the
 * two lie `steps + ahead` that belong to neither. Scaling by the whole series, or shuffling before the cut, would show
 * the network what is still to come.
 * Shapes: `series [time, ...s]` → `inputs [count, steps, ...s], targets [count, ahead, ...s]`
 * @throws GraphError for sizes that are not whole, and for a series too short for one window
 * @example
 * const { inputs, targets } = windows([1, 2, 3, 4, 5], { steps: 3 });
 * inputs; // → [[1, 2, 3], [2, 3, 4]]
 * targets; // → [[4], [5]]
 */
export function windows(
  series: ArrayValue,
  options: WindowsOptions,
): { readonly inputs: NDArray; readonly targets: NDArray } {
  const { steps, ahead = 1, stride = 1 } = checkOptionNames("windows", options, "steps ahead stride");
  checkOptionValues("windows", { steps: [steps, sizeKind], stride: [stride, sizeKind] });
  if (!(Number.isInteger(ahead) && ahead >= 0))
    throw new GraphError({ op: "windows", problem: `ahead is a whole number from 0, received ${ahead}` });
  const { shape, dtype, data } = array(series, {}, "windows");
  const [time = 0, ...rest] = shape;
  const size = rest.reduce((a, b) => a * b, 1);
  const count = Math.floor((time - steps - ahead) / stride) + 1;
  if (shape.length === 0 || count < 1) {
    const problem = `a series of ${time} steps is too short for one window`;
    throw new GraphError({ op: "windows", problem, rule: `steps + ahead is ${steps} + ${ahead}` });
  }
  const cut = (from: number, length: number): NDArray => {
    const all = new Float64Array(count * length * size);
    for (let i = 0; i < count; i++) {
      const start = (i * stride + from) * size;
      all.set(data.subarray(start, start + length * size), i * length * size);
    }
    return array(all, { shape: [count, length, ...rest], dtype });
  };
  return { inputs: cut(0, steps), targets: cut(steps, ahead) };
}
