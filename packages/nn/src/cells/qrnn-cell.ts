import {
  cast,
  checkOptionNames,
  concat,
  expandDims,
  type Parameter,
  slice,
  type Tensor,
  withScope,
  zeros,
} from "@org/core";
import { math } from "../equation.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearState, type LinearTerms, type Parts } from "./linear-cell.ts";

type Letter = "z" | "f" | "o";
const letters = ["z", "f", "o"] as const;

/**
 * Quasi-recurrent network: a convolution over two steps makes all gates, and what runs in time is elementwise (fo-pooling):
 *
 *     Z = tanh([x₋, x] W_z + b_z)     F = σ([x₋, x] W_f + b_f)     O = σ([x₋, x] W_o + b_o)
 *     c ← F ⊙ c + (1 - F) ⊙ Z
 *     y = O ⊙ c
 *
 * `x₋` is the input of the step before.
 * Shapes:   `x [batch, input], c [batch, hidden]` → `c [batch, hidden]`
 * State:    `{ c, y, x }`, zeros at first; the output is `y`. Linear in `c`: runs with `parallel` too
 * @throws GraphError for sizes that are none
 * Source: Bradbury, Merity, Xiong & Socher 2017, "Quasi-recurrent neural networks", equations 2 and 4, window 2.
 * @example
 * const cell = new QRNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 3]
 */
export class QRNNCell extends LinearCell {
  readonly parameters: Readonly<Record<`W_${Letter}`, Parameter>> &
    Partial<Readonly<Record<`b_${Letter}`, Parameter>>>;
  protected readonly stateShape: readonly number[];
  protected override readonly outputSize: number;
  protected readonly stateNames: readonly string[] = ["c"];

  get name(): string {
    return "QRNNCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("QRNNCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("QRNNCell", options);
    super(options);
    const { inputSize, hiddenSize, bias = true } = options;
    this.stateShape = [hiddenSize];
    this.outputSize = hiddenSize;
    const first = new FirstWeights(options);
    this.parameters = byName([
      ...letters.map((letter) => first.matrix(`W_${letter}`, 2 * inputSize, hiddenSize)),
      ...(bias ? letters : []).map((letter) => first.row(`b_${letter}`, hiddenSize)),
    ]) as QRNNCell["parameters"];
  }

  override initialState(batch: number): LinearState {
    return { ...super.initialState(batch), x: zeros([batch, this.inputSize], this.dtype) };
  }

  terms(x: Tensor): LinearTerms {
    const { W_z, W_f, b_z = 0, b_f = 0 } = this.parameters;
    const F = withScope("forget gate f", () => math`σ(${x} @ ${W_f} + ${b_f})`);
    const Z = withScope("candidate z", () => math`tanh(${x} @ ${W_z} + ${b_z})`);
    return { decay: [F], drive: [math`(1 - ${F}) ⊙ ${Z}`] };
  }

  read([c]: Parts, x: Tensor): Tensor {
    const { W_o, b_o = 0 } = this.parameters;
    const O = withScope("output gate o", () => math`σ(${x} @ ${W_o} + ${b_o})`);
    return math`${O} ⊙ ${c}`;
  }

  override seen(xs: Tensor, before: LinearState, reverse: boolean): Tensor {
    const time = xs.shape[0]!;
    if (time === 0) return concat([xs, xs], { axis: -1 });
    const first = expandDims(before.x!, 0);
    const part = (start: number, stop: number): Tensor =>
      slice(xs, [start, ...xs.shape.slice(1).map(() => 0)], [stop, ...xs.shape.slice(1)]);
    const earlier = concat(reverse ? [part(1, time), first] : [first, part(0, time - 1)]);
    return concat([earlier, xs], { axis: -1 });
  }

  protected override seenOnce(x: Tensor, before: LinearState): Tensor {
    return concat([before.x!, x], { axis: -1 });
  }

  protected override kept(x: Tensor): LinearState {
    return { x: cast(x, this.dtype) };
  }
}
