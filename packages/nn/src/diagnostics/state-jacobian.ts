import {
  array,
  checkOptionNames,
  concat,
  evaluate,
  type Feeds,
  GraphError,
  jacobian,
  type NDArray,
  type Operand,
  type Operands,
  reshape,
  scan,
  slice,
  Tensor,
  take,
} from "@org/core";
import { type Cell, requireCell } from "../cells/cell.ts";
import { identityRows, product, type Rows } from "../matrix/rows.ts";
import { singularValues } from "../matrix/singular-values.ts";
import { checkSequence } from "../sequence-shape.ts";
import { besideCells, mapStates } from "../states.ts";

/** What `stateJacobian` takes. */
export interface StateJacobianOptions<State> {
  /** The later state, counted in steps done. Default: after all steps. */
  readonly t?: number;
  /** The earlier state; 0 is the initial one. @default 0 */
  readonly k?: number;
  /** The state before the first step. Default: the cell's own. */
  readonly initialState?: State;
  /** Which sequence of the batch. Sequences don't depend on each other. @default 0 */
  readonly sequence?: number;
  /** Values of inputs that `xs` or the state depend on. */
  readonly feeds?: Feeds;
}

/** How a state depends on an earlier one. All in doubles; `size` counts the elements of the state of one sequence. */
export interface StateJacobian {
  /** `∂h_t/∂h_k [size, size]`: row i is the gradient of element i of `h_t`. */
  readonly jacobian: NDArray;
  /** `∂h_j/∂h_{j-1}` for j = k + 1 … t: `[t - k, size, size]`. The product of all, the last on the left. */
  readonly factors: NDArray;
  /** `‖∂h_t/∂h_j‖`, the largest singular value, for j = k … t; the last is 1. */
  readonly norms: Float64Array;
  /** Of `jacobian`, the largest first. */
  readonly singularValues: Float64Array;
  /** Where each part of the state begins and ends in rows and columns: `{ h: [0, 4], c: [4, 8] }`. */
  readonly parts: Readonly<Record<string, readonly [from: number, to: number]>>;
}

/**
 * How the state after t steps depends on that after k steps: the product of the Jacobians of single steps, in their
 * order (matrices don't commute: `∏ tanh′` and `W^(t-k)` apart would be something else),
 *
 *     ∂h_t/∂h_k = J_t J_{t-1} … J_{k+1},   J_j = ∂h_j/∂h_{j-1},   for a tanh RNN  J_j = diag(1 - h_j²) W_hhᵀ
 *
 * (W_hhᵀ since rows are multiplied, `h W_hh`). A state of several parts, such as `{ h, c }`, is taken as one vector.
 * The norm of one step is at most `σ_max(W_hh) max|φ′|`: `max|φ′|` is 1 for tanh and 1/4 for sigmoid. That is below 1 for
 * tanh only where `σ_max(W_hh) < 1`: eigenvalues below 1 are not enough for a finite number of steps.
 * Shapes: `xs [time, batch, ...]`: a value, or a tensor
 * @throws GraphError for t, k or a sequence that does not exist
 * @example
 * const cell = new RNNCell({ inputSize: 1, hiddenSize: 2, seed: 1, activation: "identity" });
 * cell.parameters.W_hh.value = [[0.5, 2], [0, 0.5]];
 * const { jacobian, norms } = stateJacobian(cell, constant([[[1]], [[2]], [[3]]]), { k: 1, t: 3 });
 * jacobian; // → [[0.25, 0], [2, 0.25]]
 * norms[2]; // → 1
 */
export function stateJacobian<State>(
  cell: Cell<State>,
  xs: Operand,
  options: StateJacobianOptions<State> = {},
): StateJacobian {
  const {
    t,
    k = 0,
    initialState,
    sequence = 0,
    feeds = {},
  } = checkOptionNames("stateJacobian", options, "t k initialState sequence feeds");
  requireCell("stateJacobian", cell);
  const all = besideCells(xs, [cell], initialState, "stateJacobian");
  const [time, batch] = checkSequence(all, { op: "stateJacobian", inputSize: cell.inputSize });
  const end = t ?? time;
  requireSteps(k, end, time, sequence, batch);
  const rest = all.shape.slice(2);
  const x = slice(all, [0, sequence, ...rest.map(() => 0)], [end, sequence + 1, ...rest]);
  const init = initialState
    ? mapStates([initialState], (leaf) => take(leaf, [sequence]))
    : cell.initialState(1);
  const names = partsOf(init);
  const { ys } = scan(
    (before, x_t) => {
      const after = cell.step(x_t, before as State);
      return { carry: after as Operands, y: stepJacobian(floats(after), floats(before)) };
    },
    { init: init as Operands, xs: x },
  );
  const size = Object.values(names).reduce((most, [, to]) => Math.max(most, to), 0);
  const factors = evaluate(slice(ys, [k, 0, 0], [end, size, size]), feeds, { promote: true });
  return { ...products(factors, size), factors, parts: names };
}

function requireSteps(k: number, t: number, time: number, sequence: number, batch: number): void {
  const refuse = (problem: string): never => {
    throw new GraphError({ op: "stateJacobian", problem });
  };
  if (![k, t].every(Number.isInteger) || k < 0 || k > t || t > time) {
    refuse(`expected whole numbers 0 ≤ k ≤ t ≤ ${time}, received k = ${k}, t = ${t}`);
  }
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= batch) {
    refuse(`no sequence ${sequence} in a batch of ${batch}`);
  }
}

/** The parts of a state that have derivatives, by path. */
function floatParts(state: unknown): [path: string, part: Tensor][] {
  const found: [string, Tensor][] = [];
  const visit = (part: unknown, path: string): void => {
    if (part instanceof Tensor) {
      if (part.dtype === "f32" || part.dtype === "f64") found.push([path || "state", part]);
    } else if (typeof part === "object" && part !== null) {
      for (const [key, each] of Object.entries(part)) visit(each, path ? `${path}.${key}` : key);
    }
  };
  visit(state, "");
  return found;
}

const floats = (state: unknown): Tensor[] => floatParts(state).map(([, part]) => part);

const sizeOf = ({ shape }: Tensor): number => shape.reduce((size, length) => size * length, 1);

function partsOf(state: unknown): Record<string, readonly [number, number]> {
  let at = 0;
  return Object.fromEntries(
    floatParts(state).map(([path, part]) => {
      const from = at;
      at += sizeOf(part);
      return [path, [from, at] as const];
    }),
  );
}

/** `∂after/∂before` as one matrix. */
const stepJacobian = (after: readonly Tensor[], before: readonly Tensor[]): Tensor =>
  concat(
    after.map((part) => {
      const blocks = jacobian(part, before) as readonly Tensor[];
      return concat(
        blocks.map((block, i) => reshape(block, [sizeOf(part), sizeOf(before[i]!)])),
        { axis: 1 },
      );
    }),
  );

/** The product from the last factor down to the first, with its norm on the way. */
function products({ data }: NDArray, size: number): Omit<StateJacobian, "factors" | "parts"> {
  const area = size * size;
  const count = area === 0 ? 0 : data.length / area;
  const norms = new Float64Array(count + 1).fill(1);
  let whole: Rows = identityRows(size);
  for (let j = count - 1; j >= 0; j--) {
    const rows = Array.from({ length: size }, (_, i) =>
      Float64Array.from(data.subarray(j * area + i * size, j * area + (i + 1) * size)),
    );
    whole = product(whole, rows);
    norms[j] = singularValues(whole)[0]!;
  }
  const flat = Float64Array.from(whole.flatMap((row) => Array.from(row)));
  return {
    jacobian: array(flat, { shape: [size, size] }),
    norms,
    singularValues: singularValues(whole),
  };
}
