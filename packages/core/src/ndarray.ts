import { defaultDType } from "./default-dtype.ts";
import { allocate, type Data, type DType, isFloat, stores } from "./dtype.ts";
import { DTypeError, ShapeError } from "./errors.ts";
import { requireDType } from "./given.ts";
import { inWords, Printed, showElements } from "./inspection.ts";
import { checkOptionNames } from "./option-names.ts";
import { type Shape, sameShape, showShape, sizeOf } from "./shape.ts";

/** Numbers or booleans nested to any depth; every row of one level has the same length. */
export type Nested = number | boolean | readonly Nested[];

/** Whatever can be read as an array of numbers. */
export type ArrayValue = NDArray | Nested | Data | Float32Array | Uint8Array;

/**
 * A value: a dense row-major array. Tensors stand for values yet to be computed; an NDArray holds them. `data` are held,
 * not copied.
 * @throws DTypeError for data of another kind than the dtype's, ShapeError for another number of them than the shape's
 * @example
 * new NDArray("f32", [2, 2], new Float32Array(4)).toNested(); // → [[0, 0], [0, 0]]
 * new NDArray("f32", [4], new Float32Array(2)); // throws ShapeError
 */
export class NDArray extends Printed {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Data;

  constructor(dtype: DType, shape: Shape, data: Data) {
    super();
    if (!stores(dtype, data))
      throw new DTypeError({ op: "NDArray", problem: `${kindOf(dtype)} is not held in ${kindOf(data)}` });
    if (!Array.isArray(shape) || sizeOf(shape) !== data.length)
      throw new ShapeError({ op: "NDArray", problem: mismatch(data.length, shape) });
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /**
   * The only element, as a number.
   * @throws ShapeError where there is not exactly one
   */
  item(): number {
    if (this.data.length !== 1) {
      throw new ShapeError({
        op: "item",
        problem: `expected one element, received ${showShape(this.shape)}`,
      });
    }
    return this.data[0]!;
  }

  /** Where JavaScript needs a number, as in `loss < 0.1`, the only element. @throws ShapeError as `item` does */
  [Symbol.toPrimitive](wanted: string): string | number {
    return wanted === "string" ? this.toString() : this.item();
  }

  /** Nested JavaScript arrays; a plain number or boolean for a scalar. */
  toNested(): Nested {
    let offset = 0;
    const read = (axis: number): Nested => {
      if (axis === this.shape.length) {
        const value = this.data[offset++]!;
        return this.dtype === "bool" ? value !== 0 : value;
      }
      return Array.from({ length: this.shape[axis]! }, () => read(axis + 1));
    };
    return read(0);
  }

  /** Dtype, shape and the first numbers, in one line. */
  override toString(): string {
    const { dtype, shape, data } = this;
    return `NDArray ${dtype} ${showShape(shape)} ${showElements(dtype, shape, data)}`;
  }
}

/** What computes the numbers of arrays that nobody has read yet. */
const computations: WeakMap<NDArray, () => Data> = /* @__PURE__ */ new WeakMap();

/**
 * An array whose numbers are computed when somebody first reads them. `compute` gives the same numbers each time it is
 * called, in an array of its own: copies that are made before that compute theirs. First weights are such arrays, so that a
 * network which is drawn, exported or loaded from a file never computes them.
 * @throws DTypeError and ShapeError as `NDArray` does, where the numbers are first read
 * @example
 * const squares = deferredArray("f64", [3], () => Float64Array.of(1, 4, 9));
 * const w = parameter("w", squares); // nothing is computed
 * w.value; // → [1, 4, 9]
 */
export function deferredArray(dtype: DType, shape: Shape, compute: () => Data): NDArray {
  const made: NDArray = Object.assign(Object.create(NDArray.prototype), { dtype, shape });
  const become = (data: PropertyDescriptor): unknown =>
    Object.defineProperty(made, "data", { ...data, enumerable: true, configurable: true });
  become({
    get() {
      const { data } = new NDArray(dtype, shape, compute());
      computations.delete(made);
      become({ value: data });
      return data;
    },
  });
  computations.set(made, compute);
  return made;
}

/** A copy of an array that nobody has read, which is one itself. */
function deferredCopy(
  value: ArrayValue,
  { shape, dtype }: { readonly shape?: Shape | undefined; readonly dtype?: DType | undefined },
): NDArray | undefined {
  const compute = value instanceof NDArray ? computations.get(value) : undefined;
  if (!compute) return undefined;
  const { shape: own, dtype: held } = value as NDArray;
  const same = (dtype ?? held) === held && sameShape(shape ?? own, own);
  return same ? deferredArray(held, [...own], compute) : undefined;
}

const kindOf = (value: unknown): string =>
  Object(value) === value ? `a ${(value as object).constructor?.name ?? "record"}` : String(value);

const mismatch = (count: number, shape: Shape): string =>
  Array.isArray(shape)
    ? `${count} elements do not fill ${showShape(shape)} (${sizeOf(shape)})`
    : "a shape is a list";

/** Whether there is a number for each place; a buffer that was transferred has none. */
export const isWhole = ({ shape, data }: NDArray): boolean => data.length === sizeOf(shape);

/** Zero-filled. */
export const emptyArray = (dtype: DType, shape: Shape): NDArray =>
  new NDArray(dtype, shape, allocate(dtype, sizeOf(shape)));

export const isTypedArray = (value: unknown): value is Data => typedDType(value) !== undefined;

/** The dtype that a typed array stands for, one of a class derived from it (such as Node's Buffer) too. */
function typedDType(value: unknown): DType | undefined {
  if (value instanceof Float32Array) return "f32";
  if (value instanceof Float64Array) return "f64";
  return value instanceof Int32Array || value instanceof Uint8Array ? "i32" : undefined;
}

/**
 * An NDArray from nested arrays, a typed array with its shape, or another NDArray.
 * The dtype follows the source: `f32` for numbers (in `withDType` its dtype), `bool` for booleans, `f32 f64 i32` for their typed arrays and
 * `i32` for a Uint8Array; `dtype` overrides it. The data are copied. `op`: the function that was given the value, in whose
 * name it is refused.
 * @throws ShapeError for ragged rows, rows more than 64 deep or of more than 2²⁷ numbers, or a shape of another size
 * @throws DTypeError for numbers that the dtype does not hold
 * @example
 * array([[1, 2], [3, 4]]).shape; // → [2, 2]
 * array(new Float64Array(6), { shape: [2, 3] }).dtype; // → "f64"
 */
export function array(
  value: ArrayValue,
  options: { readonly shape?: Shape | undefined; readonly dtype?: DType | undefined } = {},
  op = "array",
): NDArray {
  checkOptionNames(op, options, "shape dtype");
  if (options.dtype !== undefined) requireDType(op, options.dtype);
  const deferred = deferredCopy(value, options);
  if (deferred) return deferred;
  const { elements, shape, dtype } = read(op, value);
  const target = options.dtype ?? dtype;
  const finalShape = options.shape ?? shape;
  if (finalShape.some((length) => !Number.isInteger(length) || length < 0)) {
    throw new ShapeError({
      op,
      problem: `a shape has whole sizes from 0 up, received ${showShape(finalShape)}`,
    });
  }
  if (sizeOf(finalShape) !== elements.length) {
    throw new ShapeError({ op, problem: mismatch(elements.length, finalShape) });
  }
  const data = allocate(target, elements.length);
  if (dtype === target || (isFloat(target) && ArrayBuffer.isView(elements))) {
    data.set(elements);
    return new NDArray(target, [...finalShape], data);
  }
  for (let i = 0; i < data.length; i++) data[i] = storable(op, elements[i]!, target);
  return new NDArray(target, [...finalShape], data);
}

function storable(op: string, value: number, dtype: DType): number {
  if (dtype === "bool") return value === 0 ? 0 : 1;
  if (dtype === "i32" && value !== (value | 0)) {
    throw new DTypeError({
      op,
      problem: `i32 takes whole numbers from -2³¹ to 2³¹-1, received ${value}`,
    });
  }
  return value;
}

function read(op: string, value: ArrayValue): { elements: ArrayLike<number>; shape: Shape; dtype: DType } {
  if (value instanceof NDArray) return { elements: value.data, shape: value.shape, dtype: value.dtype };
  const dtype = typedDType(value);
  if (dtype === undefined) return readNested(op, value as Nested);
  const { length } = value as Data;
  return { elements: value as Data, shape: [length], dtype };
}

/** As in NumPy. */
const MOST_AXES = 64;
/** What a plain array of V8 holds. */
const MOST_NUMBERS = 2 ** 27;

function readNested(op: string, value: Nested): { elements: number[]; shape: Shape; dtype: DType } {
  const shape: number[] = [];
  for (let level: Nested | undefined = value; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MOST_AXES) {
      const problem = `rows within rows, more than ${MOST_AXES} deep, or a row that contains itself`;
      throw new ShapeError({ op, problem });
    }
  }
  // Rows that are in several places are counted in each: 30 levels of pairs are made in no time and have 2³⁰ numbers.
  if (sizeOf(shape) > MOST_NUMBERS)
    throw new ShapeError({
      op,
      problem: `rows of ${showShape(shape)} are more than 2²⁷ numbers, which only a typed array holds`,
    });
  const elements: number[] = [];
  let booleans = 0;
  const visit = (level: Nested, axis: number): void => {
    if (Array.isArray(level)) {
      if (level.length !== shape[axis]) {
        const problem = `ragged rows: axis ${axis} has ${shape[axis] ?? "no"} elements in one row and ${level.length} in another`;
        throw new ShapeError({ op, problem });
      }
      for (const row of level) visit(row, axis + 1);
      return;
    }
    if (axis !== shape.length)
      throw new ShapeError({ op, problem: `ragged rows: a number where axis ${axis} has rows` });
    if (typeof level !== "number" && typeof level !== "boolean") {
      throw new DTypeError({
        op,
        problem: `expected numbers or booleans, received ${inWords(level)}`,
      });
    }
    if (typeof level === "boolean") booleans++;
    elements.push(Number(level));
  };
  visit(value, 0);
  return { elements, shape, dtype: booleans > 0 && booleans === elements.length ? "bool" : defaultDType() };
}
