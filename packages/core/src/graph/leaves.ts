import { defaultDType } from "../default-dtype.ts";
import { type DType, isFloat } from "../dtype.ts";
import { FeedError, GraphError, ShapeError } from "../errors.ts";
import { requireDType } from "../given.ts";
import { showElements } from "../inspection.ts";
import { type ArrayValue, array, emptyArray, NDArray } from "../ndarray.ts";
import { type Shape, sameShape, showShape } from "../shape.ts";
import type { KernelRule } from "./kernel-rule.ts";
import type { Op } from "./op.ts";
import { Node, showName, Tensor, type TensorType } from "./tensor.ts";

const leaf = (
  name: string,
  kind: Extract<KernelRule["kind"], "constant" | "parameter" | "bound">,
  evaluate: (attributes: never, type: TensorType) => NDArray,
  cheap = false,
): Op => ({
  name,
  kernel: { kind },
  rule: "() → [...s]",
  cheap,
  differentiable: true,
  infer: (_, attributes) => [attributes as TensorType],
  pull: () => [],
  batch: (_, node) => [node.result()], // no operand, so the same for every example
  evaluate: (_, attributes, { types }) => [evaluate(attributes as never, types[0]!)],
});

/** A value in the dtype a run computes in. */
const stored = (value: NDArray, { dtype, shape }: TensorType): NDArray =>
  value.dtype === dtype ? value : array(value, { dtype, shape });

export const constantOp: Op = leaf(
  "constant",
  "constant",
  ({ value }: { value: NDArray }, type) => stored(value, type),
  true,
);

export const parameterOp: Op = leaf("parameter", "parameter", ({ cell }: { cell: ParameterCell }, type) =>
  stored(cell.value, type),
);

export const inputOp: Op = leaf("input", "bound", ({ name, shape, dtype }: InputAttributes) => {
  throw new FeedError(name, showType({ shape, dtype }), "nothing");
});

/** What a body's inputs are made of; bound when the body runs. */
export const placeholderOp: Op = leaf("placeholder", "bound", () => {
  throw new GraphError({
    op: "placeholder",
    problem: "a tensor of a loop's body was used outside of the loop",
  });
});

interface InputAttributes extends TensorType {
  readonly name: string;
}

/** Where a parameter's value lives while a runtime keeps it. */
export interface Residence {
  /** A copy of the value. */
  read(): NDArray;
  write(value: NDArray): void;
}

/** The value of a parameter: an array of its own, or a place in the memory of a runtime. */
export class ParameterCell {
  #value: NDArray;
  #residence: Residence | undefined;

  constructor(value: NDArray) {
    this.#value = value;
  }

  /** What a residence reads is a copy; without one, this is the array itself. */
  get value(): NDArray {
    return this.#residence?.read() ?? this.#value;
  }

  set value(value: NDArray) {
    if (this.#residence) this.#residence.write(value);
    else this.#value = value;
  }

  get residence(): Residence | undefined {
    return this.#residence;
  }

  /** Moves the value to another place; to an array of its own without one. */
  move(residence?: Residence): void {
    const { value } = this;
    residence?.write(value);
    this.#value = residence ? emptyArray(value.dtype, [0]) : value;
    this.#residence = residence;
  }
}

const makeLeaf = (op: Op, attributes: TensorType, name?: string): Tensor =>
  new Node(op, [], attributes, [{ shape: attributes.shape, dtype: attributes.dtype }], name).result();

export const showType = ({ shape, dtype }: TensorType): string => `${showShape(shape)} ${dtype}`;

/**
 * A literal: `value` is copied. `dtype` overrides the one that `array` gives it. `op`: the function that was given the
 * value, in whose name it is refused.
 */
export function constant(value: ArrayValue, dtype?: DType, op = "constant"): Tensor {
  const literal = array(value, { dtype }, op);
  return makeLeaf(constantOp, { shape: literal.shape, dtype: literal.dtype, value: literal } as TensorType);
}

/** @throws GraphError where the name was forgotten */
function requireName(op: string, name: unknown, such: string): void {
  if (typeof name === "string") return;
  throw new GraphError({ op, problem: "expected a name in front", hint: `${op}("x", ${such})` });
}

/**
 * A value fed at every run, by name in `evaluate`, by key in `compile`.
 * @throws ShapeError for a size that is not a whole number from 0 up, GraphError without a name, DTypeError for an
 *   unknown dtype
 * @example
 * const x = input("x", [2]);
 * evaluate(add(x, 1), { x: [3, 4] }); // → [4, 5]
 */
export function input(name: string, shape: Shape, dtype: DType = defaultDType()): Tensor {
  requireName("input", name, "[32, 10]");
  if (!Array.isArray(shape)) {
    const problem = `expected a shape for ${JSON.stringify(name)}, received ${shape === undefined ? "nothing" : typeof shape}`;
    const hint = `input(${JSON.stringify(name)}, [32, 10]), or [] for a scalar`;
    throw new ShapeError({ op: "input", problem, hint });
  }
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
    const problem = `a shape has whole sizes from 0 up, received ${showShape(shape)} for ${JSON.stringify(name)}`;
    throw new ShapeError({ op: "input", problem });
  }
  requireDType("input", dtype);
  return makeLeaf(inputOp, { name, shape: [...shape], dtype } as InputAttributes, name);
}

/**
 * The inputs among nodes, by name.
 * @throws GraphError for two different inputs of one name
 */
export function inputsAmong(nodes: readonly Node[]): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  for (const node of nodes) {
    if (node.op !== inputOp) continue;
    const name = node.name!;
    const other = inputs.get(name);
    if (other) {
      const operands = [other, node.result()].map(({ shape, dtype }) => ({
        label: JSON.stringify(name),
        shape,
        dtype,
      }));
      const problem = `two different inputs are called ${JSON.stringify(name)}`;
      throw new GraphError({
        op: "input",
        problem,
        operands,
        hint: "use one tensor in both places, or give each a name of its own",
      });
    }
    inputs.set(name, node.result());
  }
  return inputs;
}

/** A placeholder of a body. */
export const placeholder = ({ shape, dtype }: TensorType, name?: string): Tensor =>
  makeLeaf(placeholderOp, { shape, dtype }, name);

/** A leaf whose value outlives a run: trained by the updates of `compile`, read and assigned through `value`. */
export class Parameter extends Tensor {
  readonly #cell: ParameterCell;

  constructor(node: Node, cell: ParameterCell) {
    super(node);
    this.#cell = cell;
    node.adopt(this);
  }

  /** Where the value lives; for runtimes. */
  get cell(): ParameterCell {
    return this.#cell;
  }

  /**
   * The current value, always a copy: later steps do not change it, and writing into it changes nothing. Assigning
   * writes: it copies, and checks shape and dtype.
   */
  get value(): NDArray {
    const { value, residence } = this.#cell;
    return residence ? value : array(value);
  }

  set value(value: ArrayValue) {
    this.#cell.value = fit(value, this, this.name ?? "parameter", "parameter");
  }

  /** Dtype, shape, name and the first numbers, in one line. */
  override toString(): string {
    const { dtype, shape } = this;
    return `Parameter ${dtype} ${showShape(shape)}${showName(this)} ${showElements(dtype, shape, this.#cell.value.data)}`;
  }
}

/**
 * A named value that training changes. The dtype follows `value`, as in `array`.
 * @throws GraphError without a name
 * @example
 * const w = parameter("w", [1, 2]);
 * w.value = [3, 4];
 * evaluate(mul(w, 2)); // → [6, 8]
 */
export function parameter(name: string, value: ArrayValue, dtype?: DType): Parameter {
  requireName("parameter", name, "[0, 0]");
  const cell = new ParameterCell(array(value, { dtype }, "parameter"));
  const type = { shape: cell.value.shape, dtype: cell.value.dtype };
  return new Parameter(new Node(parameterOp, [], { ...type, cell }, [type], name), cell);
}

/**
 * The value as an NDArray of exactly the expected type. Numbers are converted to the expected dtype, except that
 * a float array does not become integers.
 * @throws FeedError naming what was expected and what came
 */
export function fit(
  value: ArrayValue | undefined,
  expected: TensorType,
  name: string,
  where = "feed",
): NDArray {
  const refuse = (received: string): never => {
    throw new FeedError(name, showType(expected), received, where);
  };
  if (value === undefined || value === null) return refuse("nothing");
  if (value instanceof NDArray && loses(value.dtype, expected.dtype)) return refuse(showType(value));
  let result: NDArray;
  try {
    const flat = ArrayBuffer.isView(value);
    result = array(
      value,
      flat ? { dtype: expected.dtype, shape: expected.shape } : { dtype: expected.dtype },
    );
  } catch (error) {
    return refuse(error instanceof Error ? error.message.replace(/^array: /, "") : String(error));
  }
  return sameShape(result.shape, expected.shape) ? result : refuse(showType(result));
}

/** Inputs whose doubles have been spoken of. */
const rounded = new WeakSet<TensorType>();

/** The value of an input for a run, as `fit` gives it. Doubles that `f32` rounds are warned of, once for each input. */
export function feed(value: ArrayValue | undefined, expected: TensorType, name: string): NDArray {
  const fitting = fit(value, expected, name);
  const double = value instanceof Float64Array || (value instanceof NDArray && value.dtype === "f64");
  if (double && expected.dtype === "f32" && !rounded.has(expected)) {
    rounded.add(expected);
    console.warn(
      `feed: ${JSON.stringify(name)} is f32, and the f64 values it is given are rounded (said once)\n` +
        `  hint: dtype "f64" keeps their digits; a Float32Array says that f32 is meant`,
    );
  }
  return fitting;
}

const loses = (from: DType, to: DType): boolean =>
  from !== to && ((isFloat(from) && !isFloat(to)) || (from === "i32" && to === "bool"));
