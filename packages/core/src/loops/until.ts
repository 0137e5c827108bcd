import type { Tensors } from "../autodiff/gradient.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { logicalNot, where } from "../ops/comparison.ts";
import { fill } from "../ops/promotion.ts";
import { reshape } from "../ops/reshape.ts";
import { showShape } from "../shape.ts";
import { blocksOf, inBlocks, inSteps, mapAll, restOf } from "./blocks.ts";

/** A scan over tensors alone, as `scan.ts` hands it over. */
type PlainScan = (
  step: (state: Tensors, x: Tensors | undefined) => { carry: Tensors; y?: Tensors },
  init: Tensors,
  xs: Tensors | undefined,
  length: number,
  /** None or one step, of which nobody looks at what is stacked where it is none. */
  once?: Tensor,
) => { carry: Tensors; ys?: Tensors };

interface Ending {
  readonly init: Tensors;
  readonly xs: Tensors | undefined;
  readonly length: number;
  readonly reverse: boolean;
  readonly step: (carry: Tensors, x: Tensors | undefined) => { carry: Tensors; y?: Tensors };
  readonly until: (carry: Tensors) => Tensor;
  readonly loop: PlainScan;
}

/** The carry of the user's steps, whether it has ended, and how many steps were made. */
interface State {
  readonly carry: Tensors;
  readonly done: Tensor;
  readonly steps: Tensor;
  readonly [key: string]: Tensors;
}

/** Fewer steps than this are passed over one by one. */
const FEW = 32;

/**
 * A loop that ends as soon as its carry says so: each step is a loop of one step or none, and steps stand in blocks of
 * about √length, of which those behind the end are passed over whole. What is passed over costs a comparison.
 */
export function scanUntil({ init, xs, length, reverse, step, until, loop }: Ending): {
  carry: Tensors;
  ys?: Tensors;
  steps: Tensor;
} {
  const once = guarded(loop, ({ carry, steps }, x) => {
    const { carry: next, y } = step(carry, x);
    const state: State = { carry: next, done: checkTruth(until(next), untilSource), steps: add(steps, 1) };
    return y === undefined ? { carry: state } : { carry: state, y };
  });
  const run = (state: State, xs: Tensors | undefined, length: number): { carry: Tensors; ys?: Tensors } =>
    loop(once as never, state, xs, length);
  const block = (size: number) =>
    guarded(loop, (state, xs) => {
      const { carry, ys } = run(state, xs, size);
      return { carry: carry as State, y: ys };
    });
  const start: State = {
    carry: init,
    done: checkTruth(until(init), untilSource),
    steps: fill(0, { shape: [], dtype: "i32" }),
  };
  const finish = ({ carry, ys }: { carry: Tensors; ys?: Tensors }) => {
    const { carry: last, steps } = carry as State;
    return { carry: last, steps, ...(ys !== undefined && { ys }) };
  };
  const size = Math.ceil(Math.sqrt(length));
  if (length < FEW) return finish(run(start, xs, length));

  const blocks = blocksOf(length, size, reverse);
  const most = loop(block(size) as never, start, inBlocks(xs, blocks), blocks.count);
  const { rest } = blocks;
  const last =
    rest > 0 ? block(rest)(most.carry as State, restOf(xs, blocks)) : { carry: most.carry, y: undefined };
  const ys = inSteps(most.ys, last.y, blocks);
  return finish({ carry: last.carry, ...(ys !== undefined && { ys }) });
}

type Part = (state: State, x: Tensors | undefined) => { carry: State; y?: Tensors | undefined };

/** Runs a part where the state has not ended, and leaves the state as it is else; its `y` is zero then. */
function guarded(loop: PlainScan, part: Part): Part {
  return (state, x) => {
    const lifted = mapAll(x, (each) => reshape(each, [1, ...each.shape]));
    const running = cast(logicalNot(state.done), "i32");
    const { carry, ys } = loop(part as never, state, lifted, 1, running);
    const y = mapAll(ys, (each) =>
      where(state.done, fill(0, { shape: [], dtype: each.dtype }), reshape(each, each.shape.slice(1))),
    );
    return { carry: carry as State, y };
  };
}

/** Where a truth comes from, for errors: which argument of what, what it says, and how one is written. */
interface TruthSource {
  readonly op: string;
  readonly label: string;
  readonly rule: string;
  readonly hint: string;
}

const untilSource: TruthSource = {
  op: "scan",
  label: "until",
  rule: "until returns bool []: whether the loop has ended",
  hint: "until: (carry) => less(carry.error, 1e-6)",
};

/** @throws GraphError, DTypeError, ShapeError for what is no single truth */
export function checkTruth(truth: unknown, { op, label, rule, hint }: TruthSource): Tensor {
  if (!(truth instanceof Tensor)) {
    const problem = `${label}: expected a tensor, received ${truth === null ? "null" : typeof truth}`;
    throw new GraphError({ op, problem, hint });
  }
  const { shape, dtype, name } = truth;
  const complaint = { op, operands: [{ label, shape, dtype, name }], rule };
  if (dtype !== "bool")
    throw new DTypeError({ ...complaint, problem: `${label} returns bool, received ${dtype}` });
  if (shape.length === 0) return truth;
  const problem = `${label} returns one truth, received ${showShape(shape)}`;
  throw new ShapeError({ ...complaint, problem, hint: "all or any make one of several" });
}
