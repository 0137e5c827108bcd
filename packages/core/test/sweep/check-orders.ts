import { grad, vjp } from "../../src/autodiff/gradient.ts";
import { isFloat } from "../../src/dtype.ts";
import { constant, input } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { add, mul } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import { weights } from "./arrays.ts";
import { checkDifferences } from "./check-differences.ts";
import { interpreter, type Target } from "./target.ts";

/** A piece of graph at a place. */
export interface Place {
  readonly inputs: readonly Tensor[];
  readonly values: readonly NDArray[];
  /** Which inputs it is differentiated by. */
  readonly wrt: readonly number[];
  readonly outputs: readonly Tensor[];
  /** Throws where a value is on another side of a kink than it was. */
  readonly watch?: (values: readonly NDArray[]) => void;
}

/**
 * Gradients of order 1, and twice those of a weighted sum of the ones before, against differences.
 * @throws Error naming the first element that differs, or a gradient of another type than its operand
 */
export function checkOrders(target: Target, { inputs, values, wrt, outputs, watch }: Place): void {
  const by = wrt.map((i) => inputs[i]!);
  const cotangents = outputs.map(({ shape }, i) => weights(shape, "f64", i));
  const first = vjp(outputs, by, cotangents) as readonly Tensor[];
  first.forEach(({ dtype, shape }, i) => {
    const [received, expected] = [`${dtype} [${shape}]`, `${by[i]!.dtype} [${by[i]!.shape}]`];
    if (received !== expected) throw new Error(`gradient ${i} is ${received}, its operand ${expected}`);
  });
  const check = { values, wrt, ...(watch && { watch }) };
  let below = { run: target.prepare(outputs, inputs), cotangents };
  let gradients = first;
  for (const order of [1, 2, 3]) {
    const run = target.prepare(gradients, inputs);
    checkDifferences(`order ${order}`, { ...check, ...below, gradients: run(values) });
    const next = gradients.map(({ shape }, i) => weights(shape, "f64", i + order));
    const total = gradients.map((g, i) => sum(mul(g, constant(next[i]!)))).reduce((a, b) => add(a, b));
    below = { run, cotangents: next };
    if (order < 3) gradients = grad(total, by) as readonly Tensor[];
  }
}

/** `checkOrders` for a function of tensors, at values whose floats are `f64`. */
export function checkFunction(
  fn: (...xs: Tensor[]) => Tensor | readonly Tensor[],
  values: readonly NDArray[],
  target: Target = interpreter,
): void {
  const inputs = values.map((value, i) => input(`x${i}`, value.shape, value.dtype));
  const wrt = inputs.map((_, i) => i).filter((i) => isFloat(inputs[i]!.dtype));
  const outputs = [fn(...inputs)].flat().filter(({ dtype }) => isFloat(dtype));
  checkOrders(target, { inputs, values, wrt, outputs });
}
