import {
  checkOptionValues,
  DTypeError,
  defaultDType,
  equal,
  GraphError,
  inWords,
  mul,
  type OptionKind,
  type Parameter,
  parameter,
  ShapeError,
  type Structure,
  Tensor,
  where,
  zeros as zerosOf,
} from "@org/core";
import { glorotUniform, orthogonal } from "../init.ts";
import { flag, floats, size } from "../option-values.ts";
import { type Seed, splitSeed } from "../seed.ts";

/**
 * One step of a recurrent network: `h_t = f(h_{t-1}, x_t)`, `y_t = g(h_t)`. Any object of this shape runs in
 * `recurrent`; its state is a tensor, or records and arrays of tensors.
 */
export interface Cell<State = Structure<Tensor>> {
  /** What regions and messages call it. Default: the name of its class, which minifiers change. */
  readonly name?: string;
  /** The last axis of `x`, for cells that know it: what runs them can say what is wrong with an `x`. */
  readonly inputSize?: number;
  /** What training changes, by the names of the equations. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The state before the first step of `batch` sequences. */
  initialState(batch: number): State;
  /**
   * The state after one more input. `mask [batch, hidden]`, for cells that take one, multiplies what the recurrent
   * products see of `h`, and only that (recurrent dropout).
   */
  step(x: Tensor, state: State, mask?: Tensor): State;
  /** What a state shows to the layer above. */
  output(state: State): Tensor;
}

/** @throws GraphError for what cannot run as a cell */
export function requireCell(op: string, cell: unknown, hint?: string): void {
  const parts = Object(cell) as Readonly<Record<string, unknown>>;
  const lacking =
    ["step", "output", "initialState"].find((name) => typeof parts[name] !== "function") ??
    (Object(parts.parameters) === parts.parameters ? undefined : "parameters");
  if (lacking === undefined) return;
  const received = parts === cell ? `${inWords(cell)}, which has no ${lacking}` : inWords(cell);
  throw new GraphError({ op, problem: `expected a cell, received ${received}`, ...(hint && { hint }) });
}

/** What every cell takes. */
export interface CellOptions {
  /** The last axis of `x`. */
  readonly inputSize: number;
  /** The last axis of `h`. */
  readonly hiddenSize: number;
  /** Of the first weights: input weights are Glorot-uniform, recurrent ones orthogonal, biases zero. */
  readonly seed: Seed;
  /** Whether each block adds a `b_·`. @default true */
  readonly bias?: boolean;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/** Options with a dtype: states are made later, where `withDType` may say something else. */
export const settled = <Options extends { readonly dtype?: "f32" | "f64" }>(options: Options): Options => ({
  ...options,
  dtype: options.dtype ?? defaultDType(),
});

/** What every cell checks, and what is its own. @throws GraphError in the cell's name */
export function checkCell(
  op: string,
  { inputSize, hiddenSize, bias = true, dtype = defaultDType() }: CellOptions,
  own: Readonly<Record<string, readonly [value: unknown, kind: OptionKind]>> = {},
): void {
  checkOptionValues(op, {
    inputSize: [inputSize, size],
    hiddenSize: [hiddenSize, size],
    bias: [bias, flag],
    dtype: [dtype, floats],
    ...own,
  });
}

/** The parameters of blocks `x W_x· + h W_h· + b_·`, one for each letter. The biases are there unless `bias: false`. */
export type Blocks<Letter extends string> = Readonly<
  Record<`W_x${Letter}` | `W_h${Letter}`, Parameter> & Partial<Record<`b_${Letter}`, Parameter>>
>;

/** Blocks with the first values that `CellOptions` says. Where `h` has another size than what it makes, it is given. */
export function blocks<const Letter extends string>(
  letters: readonly Letter[],
  { inputSize, hiddenSize, seed, bias = true, dtype = defaultDType() }: CellOptions,
  outputSize: number = hiddenSize,
): Blocks<Letter> {
  const seeds = splitSeed(seed, 2 * letters.length);
  const created = letters.flatMap((letter, i) => {
    const input = glorotUniform([inputSize, hiddenSize], { seed: seeds[2 * i]!, dtype });
    const recurrent = orthogonal([outputSize, hiddenSize], { seed: seeds[2 * i + 1]!, dtype });
    const weights = [parameter(`W_x${letter}`, input), parameter(`W_h${letter}`, recurrent)];
    return bias ? [...weights, parameter(`b_${letter}`, new Float64Array(hiddenSize), dtype)] : weights;
  });
  return Object.fromEntries(created.map((each) => [each.name, each])) as unknown as Blocks<Letter>;
}

/** What recurrent products see of `h`: nothing where the mask is 0, whatever stands there. */
export const masked = (h: Tensor, mask: Tensor | undefined): Tensor =>
  mask ? where(equal(mask, 0), 0, mul(h, mask)) : h;

/** `[batch, ...sizes]` of zeros; `[batch, hidden]` unless sizes are given. */
export const zeros = (
  batch: number,
  { hiddenSize, dtype = defaultDType() }: CellOptions,
  ...sizes: readonly number[]
): Tensor => zerosOf([batch, ...(sizes.length > 0 ? sizes : [hiddenSize])], dtype);

/** @throws ShapeError for an `x` that is not `[batch, input]`, DTypeError for what is no tensor */
export function checkStep(op: string, x: Tensor, inputSize: number): void {
  if (!(x instanceof Tensor)) {
    const problem = `expected a tensor x [batch, ${inputSize}], received ${x === null ? "null" : typeof x}`;
    throw new DTypeError({ op, problem });
  }
  if (x.shape.length === 2 && x.shape[1] === inputSize) return;
  throw new ShapeError({
    op,
    problem: `expected x [batch, ${inputSize}], received ${showShape(x.shape)}`,
    operands: [{ label: "x", shape: x.shape, dtype: x.dtype, name: x.name }],
    rule: `a step takes x [batch, inputSize], inputSize is ${inputSize}`,
  });
}

const showShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
