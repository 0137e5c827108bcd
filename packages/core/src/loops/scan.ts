import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { promote } from "../dtype.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { placeholder, showType } from "../graph/leaves.ts";
import { MOST_ELEMENTS, Tensor } from "../graph/tensor.ts";
import { widenOpen } from "../ops/open-dtype.ts";
import { isWeak, type Operand, strengthen, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { checkOptionNames } from "../option-names.ts";
import { sameShape, showShape } from "../shape.ts";
import { type Flat, flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";
import { checkpoint } from "./checkpoint.ts";
import { makeLoop } from "./loop.ts";
import { scanSegments } from "./segments.ts";

/** A tensor or value, or arrays and records of them. */
export type Operands = Structure<Operand>;

/** What a step sees of a structure of operands: a tensor for each. */
export type Inside<S> = Mapped<S, Operand, Tensor>;

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

/** One step: from the carry and the slices of `xs` to the next carry and what is stacked. */
export type Step<Carry, Xs, Y extends Tensors> = (carry: Inside<Carry>, x: Inside<Xs>) => StepResult<Y>;

/**
 * A loop that stays a loop: one node, however many steps. It means
 *
 *     carry = init; ys = []
 *     for (x of xs) { ({ carry, y } = step(carry, x)); ys.push(y) }
 *     return { carry, ys: stack(ys) }
 *
 * With `count`, it is the loop over `xs[0 … count - 1]`, with zeros behind its `ys`.
 * Tensors from outside may be used in `step`, which is called to draw the body: once, or again where a plain number in
 * `init` or `xs` turns out to be of a wider dtype, that of what it meets in the body.
 * Shapes:   `xs [length, ...]` → `x [...]`, `y [...]` → `ys [length, ...]`; a carry keeps its shape and dtype
 * Gradient: a loop in the other direction over a smallest set of saved values; of any order
 * @throws GraphError where a step changes the structure, a shape or a dtype of the carry, or lengths differ;
 *   ShapeError or DTypeError for a `count` that is no single `i32`
 * @example
 * const { carry, ys } = scan((total, x) => ({ carry: add(total, x), y: mul(total, x) }), { init: 0, xs: [1, 2, 3] });
 * evaluate(carry); // → 6
 * evaluate(ys); // → [0, 2, 9]
 * const two = scan((total, x) => ({ carry: add(total, x), y: mul(total, x) }), { init: 0, xs: [1, 2, 3], count: 2 });
 * evaluate(two.carry); // → 3
 * evaluate(two.ys); // → [0, 2, 0]
 */
export function scan<const Carry extends Operands, const Xs extends Operands, Y extends Tensors = never>(
  step: Step<Carry, Xs, Y>,
  options: ScanOptions<Carry, Xs>,
): ScanResult<Carry, Y> {
  checkOptionNames("scan", options, "init xs length reverse checkpoint count");
  const { init, xs, reverse = false } = options;
  const inits = flattenOperands("init", init);
  const stacks = flattenOperands("xs", xs);
  const length = loopLength(stacks, options.length);
  const run = { inits, stacks, length, reverse, count: stepCount(options.count), init, xs };
  const segment = segmentLength(options.checkpoint, length);
  const result =
    segment !== undefined && segment < length
      ? runSegments(step, isOpen(run) ? draw(step, run).run : run, segment)
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
  const result = step(inStructure(init, before) as never, inStructure(xs, slices) as never);
  const wider = widen(run, before, slices, result);
  return wider ? draw(step, { ...run, ...wider }) : { run, before, slices, result };
}

function runSteps(step: AnyStep, given: Run): { carry: Tensors; ys?: Tensors } {
  const { run, before, slices, result } = draw(step, given);
  const { init, inits, stacks, length, reverse, count } = run;
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
  });
  const carry = inStructure(init, loop.carry)!;
  if (result.y === undefined) return { carry };
  return { carry, ys: withLeaves<Tensor, Tensor>(result.y, isTensor, loop.ys) };
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

/** The leaves as tensors; plain numbers in the dtype of the tensor of `like` at their place. */
export function flattenOperands(
  role: string,
  structure: Operands | undefined,
  like: readonly Tensor[] = [],
): Flat<Tensor> {
  if (structure === undefined) return { leaves: [], paths: [] };
  const { leaves, paths } = flatten<Operand>(structure, isOperand, "scan");
  const tensors = leaves.map((leaf, i) => {
    if (isOperand(leaf)) return like[i] ? strengthen(leaf, like[i].dtype) : toTensor(leaf);
    const path = paths[i] ? `${role}.${paths[i]}` : role;
    throw new GraphError({
      op: "scan",
      problem: `${path}: expected a tensor or a value, received ${leaf === null ? "null" : typeof leaf}`,
    });
  });
  return { leaves: tensors, paths };
}

/** `leaves` in the structure of `like`. */
export function inStructure(like: Operands | undefined, leaves: readonly Tensor[]): Tensors | undefined {
  return like === undefined ? undefined : withLeaves<Operand, Tensor>(like, isOperand, leaves);
}

/** @throws GraphError where `xs` disagree about the number of steps, or nothing says it */
export function loopLength({ leaves, paths }: Flat<Tensor>, given: number | undefined): number {
  const describe = (leaf: Tensor, i: number): string =>
    `xs${paths[i] && `.${paths[i]}`} ${showShape(leaf.shape)}`;
  const scalar = leaves.findIndex((leaf) => leaf.shape.length === 0);
  if (scalar >= 0) {
    throw new GraphError({
      op: "scan",
      problem: `${describe(leaves[scalar]!, scalar)} has no first axis to step along`,
    });
  }
  const lengths = new Set([...leaves.map((leaf) => leaf.shape[0]!), ...(given === undefined ? [] : [given])]);
  const [length] = lengths;
  if (lengths.size === 1 && Number.isInteger(length) && length! >= 0 && length! <= MOST_ELEMENTS)
    return length!;
  if (lengths.size === 1 && length! > MOST_ELEMENTS) {
    throw new GraphError({ op: "scan", problem: `${length} steps, at most ${MOST_ELEMENTS} can be counted` });
  }
  const said = [...leaves.map(describe), ...(given === undefined ? [] : [`length ${given}`])].join(", ");
  const problem =
    lengths.size === 0
      ? "neither xs nor length says how many steps"
      : `lengths differ or are not whole: ${said}`;
  throw new GraphError({ op: "scan", problem });
}

/** @throws ShapeError, DTypeError, GraphError for a number of steps that is none */
export function stepCount(count: Operand | undefined): Tensor | undefined {
  if (count === undefined) return undefined;
  if (typeof count === "number" && !(Number.isInteger(count) && count === (count | 0)))
    throw new GraphError({ op: "scan", problem: `count: expected a whole number, received ${count}` });
  const tensor = strengthen(count, "i32");
  const { shape, dtype, name } = tensor;
  const complaint = {
    op: "scan",
    operands: [{ label: "count", shape, dtype, name }],
    rule: "count i32 []: how many steps run",
  };
  if (dtype !== "i32") throw new DTypeError({ ...complaint, problem: `count is i32, received ${dtype}` });
  if (shape.length === 0) return tensor;
  throw new ShapeError({ ...complaint, problem: `count is one number, received ${showShape(shape)}` });
}

function segmentLength(checkpoint: "sqrt" | number | undefined, length: number): number | undefined {
  if (checkpoint === undefined) return undefined;
  if (checkpoint === "sqrt") return Math.max(1, Math.ceil(Math.sqrt(length)));
  if (Number.isInteger(checkpoint) && checkpoint > 0) return checkpoint;
  throw new GraphError({
    op: "scan",
    problem: `checkpoint: expected "sqrt" or a whole number from 1, received ${checkpoint}`,
  });
}

function checkTensor(leaf: unknown, path: string): void {
  if (leaf instanceof Tensor) return;
  throw new GraphError({
    op: "scan",
    problem: `${path}: expected a tensor, received ${leaf === null ? "null" : typeof leaf}`,
  });
}

const plainNumbers = (structure: Operands | undefined): readonly Operand[] =>
  structure === undefined ? [] : flatten<Operand>(structure, isOperand, "scan").leaves;

/** Whether plain numbers are among the operands, whose dtype the body decides. */
const isOpen = ({ init, xs }: Run): boolean => [...plainNumbers(init), ...plainNumbers(xs)].some(isWeak);

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
  if (!given.some(isWeak)) return undefined;
  const after = flattenOperands("carry", result?.carry).leaves;
  const ys = result?.y === undefined ? [] : flatten<Tensor>(result.y, isTensor, "scan").leaves;
  const operands = [...inits.leaves, ...stacks.leaves];
  const outputs = [...after, ...ys.filter((y) => y instanceof Tensor)];
  const wide = widenOpen(given, operands, [...before, ...slices], outputs);
  const next = (wide ?? operands).map((leaf, i) => {
    const met = i < inits.leaves.length && isWeak(given[i]!) ? after[i] : undefined;
    const dtype = met ? promote(leaf.dtype, met.dtype) : leaf.dtype;
    return dtype === leaf.dtype ? leaf : toTensor(given[i]!, dtype);
  });
  if (next.every((leaf, i) => leaf === operands[i])) return undefined;
  return {
    inits: { paths: inits.paths, leaves: next.slice(0, inits.leaves.length) },
    stacks: { paths: stacks.paths, leaves: next.slice(inits.leaves.length) },
  };
}

/** The carry after a step, leaf by leaf as before it. */
export function checkCarry({ leaves, paths }: Flat<Tensor>, carry: Operands | undefined): Tensor[] {
  const rule = "a step returns each carry with the structure, shape and dtype that it received";
  const after = flattenOperands("carry", carry, leaves);
  if (after.paths.length !== paths.length || after.paths.some((path, i) => path !== paths[i])) {
    const list = (all: readonly string[]): string =>
      `{ ${all.map((path) => path || "(tensor)").join(", ")} }`;
    throw new GraphError({
      op: "scan",
      problem: `the carry changes structure: ${list(paths)} before a step, ${list(after.paths)} after it`,
      rule,
    });
  }
  return after.leaves.map((leaf, i) => {
    const before = leaves[i]!;
    if (leaf.dtype === before.dtype && sameShape(leaf.shape, before.shape)) return leaf;
    const path = paths[i] ? `carry.${paths[i]}` : "carry";
    const problem = `${path} changes: ${showType(before)} before a step, ${showType(leaf)} after it`;
    throw new GraphError({ op: "scan", problem, rule, hint: remedy(before, leaf, paths[i]!) });
  });
}

function remedy(before: Tensor, after: Tensor, path: string): string {
  const name = path ? `init.${path}` : "init";
  if (sameShape(before.shape, after.shape)) {
    return `cast the result to ${before.dtype}, or start from ${name} of dtype ${after.dtype}`;
  }
  return `start from ${name} of shape ${showShape(after.shape)}, or reduce the result to ${showShape(before.shape)}`;
}
