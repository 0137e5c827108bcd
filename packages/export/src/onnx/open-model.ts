/**
 * A model whose sizes are open. It is written as the first of several drawings was, and what differs among them is computed
 * from the shapes of the inputs, before everything else: lists of sizes, arrays that are repeated along an open axis or count
 * along it, and numbers such as the divisor of a mean.
 */
import { type DType, GraphError, type Shape } from "@org/core";
import { calledBy, type Drawing } from "./drawing.ts";
import { elementTypes, valueMessage } from "./model.ts";
import type { Message } from "./protobuf.ts";
import { fit, type Size, type Sizes, spelled } from "./size.ts";
import { bytesOf, type Literal, Model, Writer } from "./writer.ts";

/** An axis of an input. */
interface Axis {
  readonly input: string;
  readonly axis: number;
}

export class OpenModel extends Model {
  /** Computes what follows the sizes. */
  readonly prelude: Writer = new Writer(this);
  readonly #names: readonly string[];
  readonly #points: readonly Sizes[];
  /** What each array is at every point, in the order in which they are asked for. */
  readonly #arrays: readonly (readonly Literal[])[];
  readonly #axes: ReadonlyMap<string, Axis>;
  readonly #computed = new Map<string, string>();
  #next = 0;

  /** @throws GraphError for a name that is no axis of an input */
  constructor(
    names: readonly string[],
    points: readonly Sizes[],
    drawings: readonly Drawing[],
    inputs: readonly Readonly<Record<string, Shape>>[],
  ) {
    super();
    this.#names = names;
    this.#points = points;
    const [first] = drawings as [Drawing];
    this.#arrays = first.notes.flatMap(({ literal }, i) =>
      literal ? [drawings.map(({ notes }) => notes[i]!.literal!)] : [],
    );
    const axes = Object.keys(inputs[0]!).flatMap((input) =>
      inputs[0]![input]!.map((_, axis) => ({ input, axis })),
    );
    this.#axes = new Map(
      names.map((name) => {
        const isIt = ({ input, axis }: Axis): boolean =>
          points.every((point, i) => inputs[i]![input]![axis] === point[name]);
        const found = axes.find(isIt);
        if (found) return [name, found];
        throw new GraphError({
          op: "toOnnx",
          problem: `no axis of an input is as long as the open size ${JSON.stringify(name)}`,
          rule: "where the file runs, sizes are read from the shapes of its inputs",
        });
      }),
    );
  }

  override share(literal: Literal, wished: string): string {
    const all = this.#arrays[this.#next++]!;
    if (all.every((other) => isSame(other, literal))) return super.share(literal, wished);
    const name = this.#numbers(all) ?? this.#along(all);
    if (name !== undefined) return name;
    const told = all.map(({ shape, data }, i) => {
      const is = data.length <= 8 ? (shape.length === 0 ? `${data[0]}` : `[${data}]`) : `of shape [${shape}]`;
      const sizes = this.#names.map((name) => `${name} = ${this.#points[i]![name]}`);
      return `${is} at ${sizes.join(", ")}`;
    });
    throw new GraphError({
      op: "toOnnx",
      problem: `${calledBy(this.node)} has an array that is ${told.join("; ")}: no file can follow it`,
      rule: "what follows a size is a whole multiple of it, or an array that repeats or counts along its axis",
    });
  }

  override value(name: string, type: DType, shape: Shape): Message {
    const sizes = this.#fitted(this.#arrays[this.#next++]!);
    if (sizes === undefined)
      throw new GraphError({
        op: "toOnnx",
        problem: `the shape of ${name}, [${shape}] at some sizes, is no sum of products of ${this.#names.join(", ")}`,
      });
    return valueMessage(
      name,
      type,
      sizes.map((size) => (typeof size === "number" ? size : spelled(size))),
    );
  }

  /** Every element as a size; nothing where one is none. */
  #fitted(all: readonly { readonly data: Literal["data"] }[]): Size[] | undefined {
    const sizes: Size[] = [];
    for (let k = 0; k < all[0]!.data.length; k++) {
      const values = all.map(({ data }) => Number(data[k]));
      const size = fit(this.#names, this.#points, values);
      if (size === undefined) return undefined;
      sizes.push(size);
    }
    return sizes;
  }

  /** An array of one shape whose elements are sizes. */
  #numbers(all: readonly Literal[]): string | undefined {
    const [{ type, shape }] = all as [Literal];
    if (type === "bool" || all.some((other) => `${other.shape}` !== `${shape}`)) return undefined;
    const sizes = this.#fitted(all);
    if (sizes === undefined) return undefined;
    const vector = this.#cast(this.#vector(sizes), type);
    return shape.length === 1 ? vector : this.prelude.add("Reshape", [vector, this.#integers(shape)]);
  }

  /** An array that repeats along its open axes, or counts along one of them: `a[…, i, …] = a[…, 0, …] + i step`. */
  #along(all: readonly Literal[]): string | undefined {
    const sizes = this.#fitted(all.map(({ shape }) => ({ data: BigInt64Array.from(shape, BigInt) })));
    if (sizes === undefined) return undefined;
    const { type } = all[0]!;
    const open = [...sizes.keys()].filter((axis) => typeof sizes[axis] !== "number");
    let step: number | undefined;
    let counted: number | undefined;
    let firsts = all;
    for (const axis of open) {
      const steps = new Set(firsts.map((array) => stepAlong(array, axis)));
      const [one] = steps;
      if (steps.size > 1 || one === undefined || (one !== 0 && step !== undefined)) return undefined;
      if (one !== 0) [step, counted] = [one, axis];
      firsts = firsts.map((array) => firstAlong(array, axis));
    }
    const [first, ...others] = firsts as [Literal, ...Literal[]];
    if (!others.every((other) => isSame(other, first))) return undefined;
    const start = super.share(first, "first");
    const repeated = this.prelude.add("Expand", [start, this.#vector(sizes)]);
    if (step === undefined) return repeated;
    // Places in doubles: as `arange` has them, and whole numbers as they are.
    const length = this.prelude.add("Squeeze", [this.#vector([sizes[counted!]!])]);
    const places = this.prelude.add("Range", [this.#integers([0], []), length, this.#integers([1], [])]);
    const axes = sizes.map((_, axis) => (axis === counted ? -1 : 1));
    const along = this.prelude.add("Reshape", [places, this.#integers(axes)]);
    const far = this.prelude.add("Mul", [this.#cast(along, "f64"), this.#double(step)]);
    return this.#cast(this.prelude.add("Add", [this.#cast(repeated, "f64"), far]), type);
  }

  /** Sizes as a list of 64-bit integers. */
  #vector(sizes: readonly Size[]): string {
    return this.#once(`[${sizes.map((size) => (typeof size === "number" ? size : spelled(size)))}]`, () => {
      const parts = sizes.map((size) => this.#size(size));
      return parts.length === 1 ? parts[0]! : this.prelude.add("Concat", parts, { axis: 0 });
    });
  }

  /** A size as a list of one. */
  #size(size: Size): string {
    if (typeof size === "number") return this.#integers([size]);
    return this.#once(spelled(size), () => {
      const terms = size.map(({ factor, names }) => {
        const factors = names.map((name) => this.#length(name));
        if (factor !== 1 || names.length === 0) factors.push(this.#integers([factor]));
        return factors.reduce((a, b) => this.prelude.add("Mul", [a, b]));
      });
      return terms.reduce((a, b) => this.prelude.add("Add", [a, b]));
    });
  }

  /** An open size, from the shape of an input. */
  #length(name: string): string {
    return this.#once(`the size ${name}`, () => {
      const { input, axis } = this.#axes.get(name)!;
      return this.prelude.addAll("Shape", [input], [name], { start: axis, end: axis + 1 })[0]!;
    });
  }

  #once(key: string, compute: () => string): string {
    const name = this.#computed.get(key) ?? compute();
    this.#computed.set(key, name);
    return name;
  }

  #cast(value: string, type: Literal["type"]): string {
    return this.prelude.add("Cast", [value], { to: elementTypes[type] });
  }

  #integers(values: readonly number[], shape: Shape = [values.length]): string {
    return super.share({ type: "i64", shape, data: BigInt64Array.from(values, BigInt) }, "sizes");
  }

  #double(value: number): string {
    return super.share({ type: "f64", shape: [], data: Float64Array.of(value) }, "number");
  }
}

function isSame(a: Literal, b: Literal): boolean {
  if (`${a.shape}` !== `${b.shape}`) return false;
  const [one, other] = [bytesOf(a.data), bytesOf(b.data)];
  return one.every((byte, i) => byte === other[i]);
}

/** How elements lie along an axis: in steps of `outer`, then of `inner`. */
function laidOut({ shape }: Literal, axis: number): { outer: number; length: number; inner: number } {
  const product = (lengths: Shape): number => lengths.reduce((a, b) => a * b, 1);
  return {
    outer: product(shape.slice(0, axis)),
    length: shape[axis]!,
    inner: product(shape.slice(axis + 1)),
  };
}

/** By how much every element is more than the one before it along an axis, 0 where all are equal; nothing where it differs. */
function stepAlong(array: Literal, axis: number): number | undefined {
  const { outer, length, inner } = laidOut(array, axis);
  const { type, data } = array;
  const rounded = type === "f32" ? Math.fround : (x: number): number => x;
  const at = (row: number, i: number, column: number): number =>
    Number(data[(row * length + i) * inner + column]);
  const step = length < 2 || data.length === 0 ? 0 : at(0, 1, 0) - at(0, 0, 0);
  for (let row = 0; row < outer; row++)
    for (let column = 0; column < inner; column++)
      for (let i = 1; i < length; i++) {
        const [first, value] = [at(row, 0, column), at(row, i, column)];
        if (!Object.is(value, step === 0 ? first : rounded(first + i * step))) return undefined;
      }
  return step;
}

/** The first of what lies along an axis, which keeps the axis. */
function firstAlong(array: Literal, axis: number): Literal {
  const { outer, length, inner } = laidOut(array, axis);
  const data = array.data.slice(0, outer * inner);
  for (let row = 0; row < outer; row++)
    for (let column = 0; column < inner; column++)
      data[row * inner + column] = array.data[row * length * inner + column]!;
  return { ...array, shape: array.shape.with(axis, 1), data };
}
