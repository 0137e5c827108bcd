import {
  add,
  checkOptionNames,
  checkOptionValues,
  concat,
  constant,
  GraphError,
  inWords,
  mul,
  type Operand,
  type Parameter,
  ShapeError,
  splitKey,
  stack,
  swapAxes,
  Tensor,
  withScope,
} from "@org/core";
import { type Cell, requireCell } from "../cells/cell.ts";
import { flag, oneOf } from "../option-values.ts";
import { drawn, inTraining, type KeySource } from "../random-state.ts";
import { runSequence, type SequenceOptions } from "../run-sequence.ts";
import type { Sequence } from "../sequence.ts";
import { checkSequence, SWAPPED } from "../sequence-shape.ts";
import { besideCells, mapStates } from "../states.ts";
import { checkRates, dropped, type NoiseRates, noisySequence } from "./recurrent-noise.ts";

/** A layer of a stack: a cell, or one for each direction. */
export type StackLayer<State> =
  | Cell<State>
  | { readonly forward: Cell<State>; readonly backward: Cell<State> };

/** What a stack takes beside its cells. */
export interface RecurrentStackOptions extends NoiseRates {
  /**
   * What becomes of the outputs of two directions: `"concat"` along the last axis, `"sum"`, `"mean"`, `"product"`, or
   * `"none"`, which stacks them on a new first axis, forward first; the next layer then sees them concatenated.
   * @default "concat"
   */
  readonly merge?: "concat" | "sum" | "mean" | "product" | "none";
  /** Which axis of inputs and outputs comes first. @default "time-major" */
  readonly layout?: "time-major" | "batch-major";
}

/** How a stack is applied. */
export interface RecurrentApplyOptions<State> extends Omit<SequenceOptions, "truncate"> {
  /**
   * The states before the first step, one for each layer and direction, layer by layer, forward first: values, tensors
   * fed, or parameters to be learned. Default: the cells' own.
   */
  readonly initialState?: readonly State[];
  /** Windows of so many steps that no gradient leaves, in any layer or direction. Default: none. */
  readonly truncate?: number;
  /** Whether dropout and zoneout are random. @default false */
  readonly training?: boolean;
  /** Where their randomness comes from: a `randomState`, or a key that is new in each step of training. */
  readonly key?: KeySource;
}

type CellParameters = Readonly<Record<string, Parameter>>;

/** The cells of a layer, forward first. */
export const directionsOf = <State>(layer: StackLayer<State>): readonly Cell<State>[] =>
  "forward" in layer ? [layer.forward, layer.backward] : [layer];

/** @throws GraphError for what is no list of cells, or of pairs of them */
function requireLayers(op: string, layers: unknown): void {
  if (!Array.isArray(layers))
    throw new GraphError({ op, problem: `expected an array of cells, received ${inWords(layers)}` });
  for (const layer of layers)
    for (const cell of "forward" in Object(layer) ? [layer.forward, layer.backward] : [layer])
      requireCell(op, cell);
}

const merges = {
  concat: (parts: readonly Tensor[]): Tensor => concat(parts, { axis: -1 }),
  sum: ([a, b]: readonly Tensor[]): Tensor => add(a!, b!),
  mean: ([a, b]: readonly Tensor[]): Tensor => mul(add(a!, b!), 0.5),
  product: ([a, b]: readonly Tensor[]): Tensor => mul(a!, b!),
  none: (parts: readonly Tensor[]): Tensor => stack(parts),
};

const join = (parts: readonly Tensor[], merge: keyof typeof merges): Tensor =>
  parts.length === 1 ? parts[0]! : merges[merge](parts);

/**
 * Cells on top of each other, `h⁽ˡ⁾_t = f_l(y⁽ˡ⁻¹⁾_t, h⁽ˡ⁾_{t-1})` with `y⁽⁰⁾ = x`: any cells, in one direction or two.
 * Shapes: `x [time, batch, input]` → `outputs [time, batch, hidden]`, of two directions `[time, batch, 2 hidden]` or as
 *   `merge` says; batch-major `x [batch, time, input]` → `[batch, time, ...]`
 * State:  an array with the state of each layer and direction, layer by layer, forward first
 * @throws GraphError for rates and sizes that are none, for training without the key that dropout needs, and for an
 *   `initialState` with too few or too many states; ShapeError for an `x` that doesn't fit
 * @example
 * const layers = [
 *   new RNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 }),
 *   new LSTMCell({ inputSize: 3, hiddenSize: 4, seed: 2 }),
 * ];
 * const { outputs, state } = new RecurrentStack(layers).apply([[[1, 2]], [[3, 4]]]);
 * outputs.shape; // → [2, 1, 4]
 * state.map((each) => Object.keys(each)); // → [["h"], ["h", "c"]]
 */
export class RecurrentStack<State = Readonly<Record<string, Tensor>>> {
  readonly layers: readonly StackLayer<State>[];
  /** Those of each layer; of two directions, as `forward` and `backward`. */
  readonly parameters: readonly (CellParameters | Readonly<Record<"forward" | "backward", CellParameters>>)[];
  readonly #name: string;
  readonly #options: RecurrentStackOptions;
  readonly #rates: Required<NoiseRates>;

  /** `name` is what regions and messages call it: for classes of its own kind, whose names minifiers change. */
  constructor(layers: readonly StackLayer<State>[], options: RecurrentStackOptions = {}, name?: string) {
    this.#name = name ?? (new.target === RecurrentStack ? "RecurrentStack" : new.target.name);
    checkOptionNames(this.#name, options, "merge layout dropout recurrentDropout zoneout");
    requireLayers(this.#name, layers);
    this.#rates = checkRates(this.#name, options, layers.flatMap(directionsOf));
    this.#options = options;
    const { merge = "concat", layout = "time-major" } = options;
    checkOptionValues(this.#name, {
      merge: [merge, oneOf(Object.keys(merges))],
      layout: [layout, oneOf(["time-major", "batch-major"])],
    });
    if (layers.length === 0) throw new GraphError({ op: this.#name, problem: "there is no layer" });
    if (layers.length === 1 && this.#rates.dropout > 0) {
      console.warn(
        `${this.#name}: dropout ${this.#rates.dropout} does nothing in a stack of one layer: it stands between layers.\n` +
          "  hint: new Dropout({ rate }).apply(outputs, …) drops what the layer shows, recurrentDropout what it sees of itself",
      );
    }
    this.layers = layers;
    this.parameters = layers.map((layer) =>
      "forward" in layer
        ? { forward: layer.forward.parameters, backward: layer.backward.parameters }
        : layer.parameters,
    );
  }

  /** The states before the first step of `batch` sequences. */
  initialState(batch: number): State[] {
    return this.layers.flatMap(directionsOf).map((cell) => cell.initialState(batch));
  }

  apply(
    x: Operand,
    options: RecurrentApplyOptions<State> = {},
  ): { readonly outputs: Tensor; readonly state: State[] } {
    const names = "initialState truncate training key lengths mask unroll checkpoint";
    checkOptionNames(this.#name, options, names);
    const { initialState, training = false, key, mask, ...rest } = options;
    const { merge = "concat", layout = "time-major" } = this.#options;
    checkOptionValues(this.#name, { training: [training, flag] });
    const turn = (sequence: Tensor): Tensor =>
      layout === "batch-major" ? swapAxes(sequence, 0, 1) : sequence;
    const given = besideCells(x, this.layers.flatMap(directionsOf), initialState, this.#name);
    const sizes = checkSequence(given, { op: this.#name, inputSize: this.#inputSize, layout });
    let below = turn(given);
    const before = this.#states(initialState, sizes);
    const how = {
      ...rest,
      op: this.#name,
      ...(mask !== undefined && { mask: turned(this.#name, mask, layout) }),
    };
    const keys = this.#keys(training, key);
    return withScope(this.#name, () => {
      const state: State[] = [];
      let outputs: Tensor[] = [];
      for (const [l, layer] of this.layers.entries()) {
        const cells = directionsOf(layer);
        const [between, ...own] = splitKeys(keys[l], 1 + cells.length);
        const runs = cells.map((cell, d) => {
          const start = before[state.length + d]!;
          return this.#within(l, d, () => {
            const sequence = noisySequence(cell, below, start, this.#rates, own[d]);
            return runSequence(sequence as Sequence<State>, { ...how, reverse: d === 1 });
          });
        });
        state.push(...runs.map((run) => run.state));
        outputs = runs.map((run) => run.outputs);
        if (l === this.layers.length - 1) break;
        below = dropped(join(outputs, merge === "none" ? "concat" : merge), this.#rates.dropout, between);
      }
      return { outputs: join(outputs.map(turn), merge), state };
    });
  }

  /** Builds one of several layers and directions in a region of its own: `GRU 2, backward`. */
  #within<T>(layer: number, direction: number, build: () => T): T {
    const several = this.layers.length > 1;
    const parts = directionsOf(this.layers[layer]!);
    if (!several && parts.length === 1) return build();
    const name = several ? `${this.#name} ${layer + 1}` : this.#name;
    return withScope(parts.length > 1 ? `${name}, ${direction === 0 ? "forward" : "backward"}` : name, build);
  }

  #states(given: readonly State[] | undefined, [time, batch]: readonly [number, number]): readonly State[] {
    const own = this.initialState(batch);
    if (!given) return own;
    if (!Array.isArray(given) || given.length !== own.length) {
      const found = Array.isArray(given) ? `${given.length} states` : "no list of states";
      throw new GraphError({
        op: this.#name,
        problem: `initialState has ${found}, layers and directions are ${own.length}`,
        rule: "one state for each layer and direction, layer by layer, forward first",
      });
    }
    given.forEach((state, i) => {
      mapStates([own[i]!, state], (expected, received) => {
        if (String(expected.shape) !== String(received!.shape))
          this.#refuseState(i, expected, received!, time);
        return expected;
      });
    });
    return given;
  }

  #refuseState(i: number, expected: Tensor, { shape, dtype, name }: Tensor, time: number): never {
    throw new ShapeError({
      op: this.#name,
      problem: `initialState[${i}]: expected [${expected.shape.join(", ")}], received [${shape.join(", ")}]`,
      operands: [{ label: "state", shape, dtype, name }],
      rule: `x [time, batch, ...], states [batch, ...], layout "${this.#options.layout ?? "time-major"}"`,
      ...(shape[0] === time && expected.shape[0] !== time && { hint: SWAPPED }),
    });
  }

  get #inputSize(): number | undefined {
    return directionsOf(this.layers[0]!)[0]!.inputSize;
  }

  /** A key for each layer, in training with something to draw. */
  #keys(training: boolean, key: KeySource | undefined): readonly Tensor[] {
    const active = Object.entries(this.#rates).filter(([, rate]) => rate > 0);
    if (!training || active.length === 0) return [];
    if (key !== undefined) {
      const source = drawn(key, this.#name);
      const given = source instanceof Tensor ? source : constant(source, "i32", this.#name);
      return splitKey(given, this.layers.length).map((each) => inTraining(each, this.#name));
    }
    throw new GraphError({
      op: this.#name,
      problem: `training with ${active.map(([name, rate]) => `${name} ${rate}`).join(", ")} needs a key`,
      hint: "const random = randomState(seed); apply(x, { training: true, key: random }), random.updates among the step's",
    });
  }
}

/** A mask as the sequences lie, with time first. */
function turned(op: string, mask: Operand, layout: "time-major" | "batch-major"): Tensor {
  const tensor = mask instanceof Tensor ? mask : constant(mask, undefined, op);
  return layout === "batch-major" && tensor.shape.length === 2 ? swapAxes(tensor, 0, 1) : tensor;
}

const splitKeys = (key: Tensor | undefined, count: number): (Tensor | undefined)[] =>
  key ? splitKey(key, count) : [];
