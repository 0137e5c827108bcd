import { array, type NDArray, type Shape } from "@org/core";
import { denseText, type Element, numberText, type Type, typeText, type Value } from "./types.ts";

/** Names within a function. */
export class Counter {
  #next = 0;
  fresh(): string {
    return `%${this.#next++}`;
  }
}

/** Lines of a block, an operation each. */
export class Writer {
  readonly lines: string[] = [];

  readonly #counter: Counter;

  constructor(counter: Counter = new Counter()) {
    this.#counter = counter;
  }

  /** A block inside of this one, whose lines are not yet anywhere. */
  inside(): Writer {
    return new Writer(this.#counter);
  }

  fresh(type: Type): Value {
    return { name: this.#counter.fresh(), shape: type.shape, dtype: type.dtype };
  }

  /** A line that gives one value; `write` is what stands behind `=`. */
  line(type: Type, write: string): Value {
    const value = this.fresh(type);
    this.lines.push(`${value.name} = ${write}`);
    return value;
  }

  /** An operation whose operands and result have one type. */
  alike(operation: string, ...operands: readonly Value[]): Value {
    const [first] = operands as [Value];
    return this.line(first, `stablehlo.${operation} ${names(operands)} : ${typeText(first)}`);
  }

  /** An operation with a function's type: `stablehlo.reshape %0 : (…) -> …`. `told` stands between. */
  typed(operation: string, operands: readonly Value[], type: Type, told = ""): Value {
    const from = operands.map(typeText).join(", ");
    return this.line(
      type,
      `stablehlo.${operation} ${names(operands)}${told} : (${from}) -> ${typeText(type)}`,
    );
  }

  /** An operation with blocks, in MLIR's general form. */
  general(
    operation: string,
    operands: readonly Value[],
    types: readonly Type[],
    attributes: string,
    block: readonly string[],
  ): Value[] {
    const values = types.map((type) => this.fresh(type));
    const from = operands.map(typeText).join(", ");
    const to = types.length === 1 ? typeText(types[0]!) : `(${types.map(typeText).join(", ")})`;
    const body = block.length > 0 ? [" ({", ...block.map((line) => `  ${line}`), "})"] : [""];
    this.lines.push(
      `${names(values)} = "stablehlo.${operation}"(${names(operands)}) <{${attributes}}>${body[0]}`,
      ...body.slice(1),
    );
    this.lines[this.lines.length - 1] += ` : (${from}) -> ${to}`;
    return values;
  }

  constant(value: NDArray): Value {
    return this.line(value, `stablehlo.constant ${denseText(value)} : ${typeText(value)}`);
  }

  /** A number in every place. */
  filled(number: number, type: Type): Value {
    return this.line(type, `stablehlo.constant dense<${numberText(number, type.dtype)}> : ${typeText(type)}`);
  }

  compare(direction: "EQ" | "NE" | "LT" | "LE" | "GT" | "GE", a: Value, b: Value): Value {
    const kind =
      a.dtype === "i32" ? "SIGNED" : a.dtype === "bool" || a.dtype === "u32" ? "UNSIGNED" : "FLOAT";
    const type: Type = { shape: a.shape, dtype: "bool" };
    const told = `${direction}, ${names([a, b])}, ${kind} : (${typeText(a)}, ${typeText(b)}) -> ${typeText(type)}`;
    return this.line(type, `stablehlo.compare ${told}`);
  }

  select(condition: Value, a: Value, b: Value): Value {
    return this.line(
      a,
      `stablehlo.select ${names([condition, a, b])} : ${typeText(condition)}, ${typeText(a)}`,
    );
  }

  convert(x: Value, dtype: Element): Value {
    return x.dtype === dtype ? x : this.typed("convert", [x], { shape: x.shape, dtype });
  }

  reshape(x: Value, shape: Shape): Value {
    return this.typed("reshape", [x], { shape, dtype: x.dtype });
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    const shape = permutation.map((axis) => x.shape[axis]!);
    return this.typed("transpose", [x], { shape, dtype: x.dtype }, `, dims = [${permutation}]`);
  }

  slice(
    x: Value,
    starts: readonly number[],
    sizes: Shape,
    strides: readonly number[] = sizes.map(() => 1),
  ): Value {
    const ranges = sizes.map((size, axis) => {
      const start = starts[axis]!;
      const stop = size === 0 ? start : start + (size - 1) * strides[axis]! + 1;
      return `${start}:${stop}${strides[axis] === 1 ? "" : `:${strides[axis]}`}`;
    });
    return this.typed("slice", [x], { shape: sizes, dtype: x.dtype }, ` [${ranges.join(", ")}]`);
  }

  pad(
    x: Value,
    value: Value,
    low: readonly number[],
    high: readonly number[],
    between: readonly number[],
  ): Value {
    const shape = x.shape.map(
      (length, axis) => low[axis]! + high[axis]! + length + Math.max(0, length - 1) * between[axis]!,
    );
    return this.typed(
      "pad",
      [x, value],
      { shape, dtype: x.dtype },
      `, low = [${low}], high = [${high}], interior = [${between}]`,
    );
  }

  concatenate(parts: readonly Value[], axis: number): Value {
    const length = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const shape = parts[0]!.shape.map((size, i) => (i === axis ? length : size));
    return this.typed("concatenate", parts, { shape, dtype: parts[0]!.dtype }, `, dim = ${axis}`);
  }

  /** Over axes, from a value that changes nothing. */
  reduce(operation: string, x: Value, start: Value, axes: readonly number[]): Value {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    const type = { shape, dtype: x.dtype };
    const told = `(${x.name} init: ${start.name}) applies stablehlo.${operation} across dimensions = [${axes}]`;
    return this.line(
      type,
      `stablehlo.reduce${told} : (${typeText(x)}, ${typeText(start)}) -> ${typeText(type)}`,
    );
  }

  iota(shape: Shape, axis: number, dtype: Element): Value {
    const type = { shape, dtype };
    return this.line(type, `stablehlo.iota dim = ${axis} : ${typeText(type)}`);
  }

  /** Whole numbers that the program makes. */
  integers(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.constant(array(Int32Array.from(values), { shape }));
  }
}

export const names = (values: readonly Value[]): string => values.map(({ name }) => name).join(", ");
