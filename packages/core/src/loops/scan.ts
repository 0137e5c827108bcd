import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { promote } from "../dtype.ts";
import { GraphError } from "../errors.ts";
import { placeholder } from "../graph/leaves.ts";
import { Tensor } from "../graph/tensor.ts";
import { drawnOpen, inDType, isOpen, widenOpen } from "../ops/open-dtype.ts";
import type { Operand } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { checkOptionNames } from "../option-names.ts";
import { type Flat, flatten, withLeaves } from "../structure.ts";
import { checkpoint } from "./checkpoint.ts";
import { makeLoop } from "./loop.ts";
import {
  checkCarry,
  checkTensor,
  flattenOperands,
  type Inside,
  inStructure,
  loopLength,
  type Operands,
  segmentLength,
  stepCount,
} from "./scan-operands.ts";
import { scanSegments } from "./segments.ts";
import { scanUntil } from "./until.ts";

/** What `scan` takes. */
export interface ScanOptions<Carry extends Operands, Xs extends Operands> {
  /** The carry before the first step. */
  readonly init: Carry;
  /** Stacked along their first axis, one slice per step. Default: none, and `length` says how many steps. */
  readonly xs?: Xs;
  /** Steps; needed only without `xs`. */
  readonly length?: number;
  /** From the last step to the first; `ys` stay in the order of `xs`. Default false. */
  readonly reverse?: boolean;
  /**
   * How many steps run, known when the loop does: `i32 []`, or a whole number. Those at `t < count`, in `reverse` too;
   * the others leave the carry as it was, their `ys` are zeros, and what `xs` hold for them is not looked at. Below 0 it
   * is 0, beyond `length` it is `length`. The time of a run follows `count`, that of the gradient too. Default: all.
   */
  readonly count?: Operand;
  /**
   * Whether the loop has ended, by the carry: `bool []`, looked at before every step. The steps behind the end are not made,
   * leave the carry as it is, and have zeros in `ys`; gradients come from the steps that were made, and take their time.
   * `length`, or that of `xs`, is the most steps. Not beside `count` and `checkpoint`. Default: all steps are made.
   */
  readonly until?: (carry: Inside<Carry>) => Tensor;
  /**
   * Keep only every n-th carry for the gradient and run the steps between again: `"sqrt"` for n = √length, which
   * needs O(√length) memory and one more forward pass. Default: keep what the gradient needs of every step.
   */
  readonly checkpoint?: "sqrt" | number;
}

/** What a step returns. */
export interface StepResult<Y extends Tensors> {
  readonly carry: Operands;
  readonly y?: Y;
}

/** What `scan` gives. */
export interface ScanResult<Carry, Y> {
  /** After the last step, with the structure of `init`. */
  readonly carry: Inside<Carry>;
  /** Every step's `y`, stacked along a new first axis. */
  readonly ys: Y;
}

/** What `scan` gives with `until`. */
export interface EndedResult<Carry, Y> extends ScanResult<Carry, Y> {
  /** How many steps were made, `i32 []`. */
  readonly steps: Tensor;
}

/** One step: from the carry and the slices of `xs` to the next carry and what is stacked. */
export type Step<Carry, Xs, Y extends Tensors> = (carry: Inside<Carry>, x: Inside<Xs>) => StepResult<Y>;

/**
 * A loop that stays a loop: one node, however many steps. It means
 *
 *     carry = init; ys = []
 *     for (x of xs) { ({ carry, y } = step(carry, x)); ys.push(y) }
 *     return { carry, ys: stack(ys) }
 *
 * With `count`, it is the loop over `xs[0 … count - 1]`, with zeros behind its `ys`; with `until`, the loop that ends where
 * its carry says so.
 * Tensors from outside may be used in `step`, which is called to draw the body: once, or again where a plain number in
 * `init` or `xs` turns out to be of a wider dtype, that of what it meets in the body.
 * Shapes:   `xs [length, ...]` → `x [...]`, `y [...]` → `ys [length, ...]`; a carry keeps its shape and dtype
 * Gradient: a loop in the other direction over a smallest set of saved values; of any order
 * @throws GraphError where a step changes the structure, a shape or a dtype of the carry, or lengths differ;
 *   ShapeError or DTypeError for a `count` that is no single `i32`, or an `until` that gives no single `bool`
 * @example
 * const { carry, ys } = scan((total, x) => ({ carry: add(total, x), y: mul(total, x) }), { init: 0, xs: [1, 2, 3] });
 * evaluate(carry); // → 6
 * evaluate(ys); // → [0, 2, 9]
 * const two = scan((total, x) => ({ carry: add(total, x), y: mul(total, x) }), { init: 0, xs: [1, 2, 3], count: 2 });
 * evaluate(two.carry); // → 3
 * evaluate(two.ys); // → [0, 2, 0]
 * const halve = (x) => ({ carry: div(x, 2) });
 * const ended = scan(halve, { init: 80, length: 100, until: (x) => less(x, 1) });
 * evaluate([ended.carry, ended.steps]); // → [0.625, 7]
 */
export function scan<const Carry extends Operands, const Xs extends Operands, Y extends Tensors = never>(
  step: Step<Carry, Xs, Y>,
  options: ScanOptions<Carry, Xs> & { readonly until: (carry: Inside<Carry>) => Tensor },
): EndedResult<Carry, Y>;
export function scan<const Carry extends Operands, const Xs extends Operands, Y extends Tensors = never>(
  step: Step<Carry, Xs, Y>,
  options: ScanOptions<Carry, Xs>,
): ScanResult<Carry, Y>;
export function scan<const Carry extends Operands, const Xs extends Operands, Y extends Tensors = never>(
  step: Step<Carry, Xs, Y>,
  options: ScanOptions<Carry, Xs>,
): ScanResult<Carry, Y> {
  checkOptionNames("scan", options, "init xs length reverse checkpoint count until");
  const { init, xs, reverse = false, until } = options;
  const inits = flattenOperands("init", init);
  const stacks = flattenOperands("xs", xs);
  const length = loopLength(stacks, options.length);
  const run = { inits, stacks, length, reverse, count: stepCount(options.count), init, xs };
  const segment = segmentLength(options.checkpoint, length);
  if (until !== undefined) return runUntil(step, run, checkUntil(until, options)) as never;
  const result =
    segment !== undefined && segment < length
      ? runSegments(step, hasOpen(run) ? draw(step, run).run : run, segment)
      : runSteps(step, run);
  return result as unknown as ScanResult<Carry, Y>;
}

/** The operands of a scan, taken apart. */
interface Taken {
  readonly init: Operands;
  readonly xs: Operands | undefined;
  readonly inits: Flat<Tensor>;
  readonly stacks: Flat<Tensor>;
}

interface Run extends Taken {
  readonly length: number;
  readonly reverse: boolean;
  readonly count: Tensor | undefined;
  readonly unfilled?: boolean;
}

type AnyStep = (carry: never, x: never) => StepResult<Tensors>;

interface Drawn {
  readonly run: Run;
  readonly before: readonly Tensor[];
  readonly slices: readonly Tensor[];
  readonly result: StepResult<Tensors>;
}

/** The body of a loop, drawn until its plain numbers have the dtypes that a step gives them. */
function draw(step: AnyStep, run: Run): Drawn {
  const { init, xs, inits, stacks } = run;
  const before = inits.leaves.map((leaf, i) => placeholder(leaf, leaf.name ?? (inits.paths[i] || "carry")));
  const slices = stacks.leaves.map((leaf) =>
    placeholder({ shape: leaf.shape.slice(1), dtype: leaf.dtype }, leaf.name),
  );
  const given = [...plainNumbers(init), ...plainNumbers(xs)];
  const result = drawnOpen(given, [...before, ...slices], () =>
    step(inStructure(init, before) as never, inStructure(xs, slices) as never),
  );
  const wider = widen(run, before, slices, result);
  return wider ? draw(step, { ...run, ...wider }) : { run, before, slices, result };
}

function runSteps(step: AnyStep, given: Run): { carry: Tensors; ys?: Tensors } {
  const { run, before, slices, result } = draw(step, given);
  const { init, inits, stacks, length, reverse, count, unfilled } = run;
  const after = checkCarry(inits, result?.carry);
  const ys = result.y === undefined ? { leaves: [], paths: [] } : flatten<Tensor>(result.y, isTensor, "scan");
  for (const [i, leaf] of ys.leaves.entries()) checkTensor(leaf, `y${ys.paths[i] && ` ${ys.paths[i]}`}`);

  const loop = makeLoop({
    carries: inits.leaves.map((leaf, i) => ({ init: leaf, before: before[i]!, after: after[i]! })),
    xs: stacks.leaves.map((stacked, i) => ({ stacked, x: slices[i]! })),
    ys: ys.leaves,
    length,
    reverse,
    count,
    unfilled,
  });
  const carry = inStructure(init, loop.carry)!;
  if (result.y === undefined) return { carry };
  return { carry, ys: withLeaves<Tensor, Tensor>(result.y, isTensor, loop.ys) };
}

type Until = (carry: never) => Tensor;

/** @throws GraphError for an `until` that is no function, and beside what it does not go with */
function checkUntil(
  until: unknown,
  { count, checkpoint }: Pick<ScanOptions<Operands, Operands>, "count" | "checkpoint">,
): Until {
  if (typeof until !== "function")
    throw new GraphError({
      op: "scan",
      problem: `until: expected a function of the carry, received ${typeof until}`,
    });
  const other = count !== undefined ? "count" : checkpoint !== undefined ? "checkpoint" : undefined;
  if (other === undefined) return until as Until;
  const hint = "a carry that counts the steps can end a loop, too";
  throw new GraphError({ op: "scan", problem: `until and ${other} do not go together`, hint });
}

function runUntil(step: AnyStep, given: Run, until: Until): { carry: Tensors; ys?: Tensors; steps: Tensor } {
  const { init, xs, inits, stacks, length, reverse } = hasOpen(given) ? draw(step, given).run : given;
  return scanUntil({
    init: inStructure(init, inits.leaves)!,
    xs: inStructure(xs, stacks.leaves),
    length,
    reverse,
    step: (carry, x) => {
      const result = step(carry as never, x as never);
      const y = result.y === undefined ? {} : { y: result.y };
      return { carry: withLeaves<Operand, Tensor>(init, isOperand, checkCarry(inits, result.carry)), ...y };
    },
    until: (carry) => until(carry as never),
    loop: (step, init, xs, length, once) => {
      const flat = { inits: flattenOperands("init", init), stacks: flattenOperands("xs", xs) };
      const unfilled = once !== undefined;
      return runSteps(step as never, { ...flat, init, xs, length, reverse, count: once, unfilled });
    },
  });
}

function runSegments(
  step: AnyStep,
  { init, xs, inits, stacks, length, reverse, count }: Run,
  segment: number,
): { carry: Tensors; ys?: Tensors } {
  const plain =
    (step: AnyStep) => (init: Tensors, xs: Tensors | undefined, length: number, count?: Tensor) => {
      const flat = { inits: flattenOperands("init", init), stacks: flattenOperands("xs", xs) };
      return runSteps(step, { ...flat, init, xs, length, reverse, count });
    };
  return scanSegments({
    init: inStructure(init, inits.leaves)!,
    xs: inStructure(xs, stacks.leaves),
    length,
    segment,
    reverse,
    count,
    steps: plain(step),
    loop: (outer) => {
      const run = plain((carry, x) => {
        const { carry: next, ys } = outer(carry, x ?? {});
        return { carry: next, ...(ys && { y: ys }) };
      });
      return (init, parts, length, count) => run(init, parts as Tensors, length, count);
    },
    checkpoint,
  });
}

const plainNumbers = (structure: Operands | undefined): readonly Operand[] =>
  structure === undefined ? [] : flatten<Operand>(structure, isOperand, "scan").leaves;

/** Whether plain numbers are among the operands, whose dtype the body decides. */
const hasOpen = ({ init, xs }: Run): boolean => [...plainNumbers(init), ...plainNumbers(xs)].some(isOpen);

/**
 * The operands of a loop with their plain numbers in the dtypes that a step gives them: `init: 0` starts an `f64`
 * total, `xs: [0.1]` are doubles where they meet doubles. Undefined where they have those dtypes already. `before` and
 * `slices` are what the step saw.
 */
export function widen(
  { init, xs, inits, stacks }: Taken,
  before: readonly Tensor[],
  slices: readonly Tensor[],
  result: StepResult<Tensors>,
): Pick<Taken, "inits" | "stacks"> | undefined {
  const given = [...plainNumbers(init), ...plainNumbers(xs)];
  if (!given.some(isOpen)) return undefined;
  const after = flattenOperands("carry", result?.carry).leaves;
  const ys = result?.y === undefined ? [] : flatten<Tensor>(result.y, isTensor, "scan").leaves;
  const operands = [...inits.leaves, ...stacks.leaves];
  const outputs = [...after, ...ys.filter((y) => y instanceof Tensor)];
  const wide = widenOpen(given, operands, [...before, ...slices], outputs);
  const next = (wide ?? operands).map((leaf, i) => {
    const met = i < inits.leaves.length && isOpen(given[i]!) ? after[i] : undefined;
    const dtype = met ? promote(leaf.dtype, met.dtype) : leaf.dtype;
    return dtype === leaf.dtype ? leaf : inDType(given[i]!, dtype);
  });
  if (next.every((leaf, i) => leaf === operands[i])) return undefined;
  return {
    inits: { paths: inits.paths, leaves: next.slice(0, inits.leaves.length) },
    stacks: { paths: stacks.paths, leaves: next.slice(inits.leaves.length) },
  };
}
