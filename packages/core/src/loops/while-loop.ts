import { GraphError } from "../errors.ts";
import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { logicalNot } from "../ops/comparison.ts";
import { checkOptionNames } from "../option-names.ts";
import { checkOptionValues } from "../option-values.ts";
import { scan } from "./scan.ts";
import type { Inside, Operands } from "./scan-operands.ts";
import { checkTruth } from "./until.ts";

/** What `whileLoop` takes. */
export interface WhileOptions<Carry extends Operands> {
  /** The carry before the first step. */
  readonly init: Carry;
  /** The most steps: what a gradient makes room for. Where the condition still holds then, the loop ends all the same. */
  readonly most: number;
}

/** What `whileLoop` gives. */
export interface WhileResult<Carry> {
  /** After the last step, with the structure of `init`. */
  readonly carry: Inside<Carry>;
  /** How many steps were made, `i32 []`. */
  readonly steps: Tensor;
}

/**
 * A loop for as long as its carry asks for it:
 *
 *     carry = init
 *     while (condition(carry) && steps < most) carry = step(carry)
 *
 * It is `scan` with `until`, without xs and histories. Gradients, in both directions and of any order, come from the steps
 * that were made; they keep values of `most` steps, so ask for no more than can be needed.
 * Shapes:   a carry keeps its structure, shapes and dtypes; `condition` gives `bool []`
 * Gradient: through the steps that were made
 * @throws GraphError where a step changes the structure, a shape or a dtype of the carry, or for a `most` that is no count;
 *   DTypeError, ShapeError for a condition that is no single bool
 * @example
 * // Heron's root of 2, to six digits.
 * const step = ({ x }) => ({ x: mul(0.5, add(x, div(2, x))), before: x });
 * const condition = ({ x, before }) => greater(abs(sub(x, before)), 1e-6);
 * const { carry, steps } = whileLoop(condition, step, { init: { x: 1, before: 0 }, most: 50 });
 * evaluate([carry.x, steps]); // → [1.4142135, 5]
 */
export function whileLoop<const Carry extends Operands>(
  condition: (carry: Inside<Carry>) => Tensor,
  step: (carry: Inside<Carry>) => Operands,
  options: WhileOptions<Carry>,
): WhileResult<Carry> {
  const { init, most } = checkOptionNames("whileLoop", options, "init most");
  checkOptionValues("whileLoop", { most: [most, { text: "a whole number from 0", holds: isCount }] });
  for (const [name, given] of Object.entries({ condition, step })) {
    if (typeof given === "function") continue;
    const problem = `${name}: expected a function of the carry, received ${typeof given}`;
    throw new GraphError({ op: "whileLoop", problem, hint: "whileLoop(condition, step, { init, most })" });
  }
  const until = (carry: Inside<Carry>): Tensor => logicalNot(checkTruth(condition(carry), conditionSource));
  return withScope("whileLoop", () => {
    const { carry, steps } = scan((carry: Inside<Carry>) => ({ carry: step(carry) }), {
      init,
      length: most,
      until,
    });
    return { carry, steps };
  });
}

const conditionSource = {
  op: "whileLoop",
  label: "condition",
  rule: "condition returns bool []: whether the loop goes on",
  hint: "whileLoop((carry) => greater(carry.error, 1e-6), step, { init, most })",
};

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
