/** Elementwise kernels made by hand: buffers and views, expressions, what they mean, and a module that runs them. */
import wabt from "wabt";
import { allocate, byteWidth, type Data, type DType } from "../../../src/dtype.ts";
import type {
  Emitter,
  Scalar,
  ScalarComparison,
  ScalarFunction,
  ScalarOperation,
} from "../../../src/graph/kernel-rule.ts";
import type { Buffer, Expression, View } from "../../../src/lower/kernel.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { type Arithmetic, PLAIN } from "../../../src/targets/wasm/arithmetic.ts";
import { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import type { Printed } from "../../../src/targets/wasm/kernels/printed.ts";
import { roundHalfEven } from "../rounding.ts";
import { type Exports, instantiate } from "../webassembly.ts";

const reader = await wabt();
const features = { simd: true, bulk_memory: true };

let buffers = 0;

/** A buffer with its contents. */
export interface Memory {
  readonly buffer: Buffer;
  readonly data: Data;
}

export function memory(dtype: DType, contents: number | ArrayLike<number>): Memory {
  const data = allocate(dtype, typeof contents === "number" ? contents : contents.length);
  if (typeof contents !== "number") data.set(contents);
  const buffer = { id: buffers++, dtype, size: data.length, home: "arena", label: "test" } as const;
  return { buffer, data };
}

export const view = (
  { buffer }: Memory,
  shape: Shape,
  strides: readonly number[] = stridesOf(shape),
  offset = 0,
): View => ({ buffer, offset, advances: [], shape, strides });

/** Where the elements of a view are in its buffer, in row-major order. */
export function placesOf({ shape, strides, offset }: View): number[] {
  let places = sizeOf(shape) === 0 ? [] : [offset];
  shape.forEach((length, axis) => {
    places = places.flatMap((at) => Array.from({ length }, (_, i) => at + i * strides[axis]!));
  });
  return places;
}

export const load = (from: View): Expression => ({ kind: "load", view: from });

export const constant = (value: number, dtype: DType): Expression => ({ kind: "constant", value, dtype });

type Emit = (e: Emitter, xs: readonly Scalar[]) => Scalar;

/** An expression that a rule makes of others. */
export const expression = (emit: Emit, ...operands: Expression[]): Expression => ({
  kind: "apply",
  rule: { kind: "map", emit },
  cheap: true,
  attributes: undefined,
  operands,
  type: { shape: [], dtype: "f32" },
});

interface Known extends Scalar {
  readonly value: number;
}

const wrap = (value: number, dtype: DType): Known => {
  if (dtype === "f32") return { dtype, value: Math.fround(value) };
  return { dtype, value: dtype === "i32" ? value | 0 : dtype === "bool" ? Number(value !== 0) : value };
};

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const functions: Partial<Record<ScalarFunction, (x: number) => number>> = {
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  round: roundHalfEven,
  neg: (x) => -x,
};

const operations: Record<ScalarOperation, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  pow: (a, b) => a ** b,
};

const comparisons: Record<ScalarComparison, (a: number, b: number) => boolean> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

const saturate = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, x)));

/** What rules mean, in plain JavaScript: the element at one position. */
const meaning = (position: number): Emitter => {
  const at = (x: Scalar): number => (x as Known).value;
  return {
    constant: wrap,
    position: () => wrap(position, "i32"),
    apply: (name, x) =>
      wrap(
        (functions[name] ?? (Math as unknown as Record<string, (x: number) => number>)[name]!)(at(x)),
        x.dtype,
      ),
    combine: (name, a, b) =>
      wrap(
        name === "mul" && a.dtype === "i32" ? Math.imul(at(a), at(b)) : operations[name](at(a), at(b)),
        a.dtype,
      ),
    compare: (name, a, b) => wrap(Number(comparisons[name](at(a), at(b))), "bool"),
    bits: (name, a, b) =>
      wrap(name === "and" ? at(a) & at(b) : name === "or" ? at(a) | at(b) : at(a) ^ at(b), a.dtype),
    not: (x) => wrap(x.dtype === "bool" ? 1 - at(x) : ~at(x), x.dtype),
    shift: (direction, x, bits) => wrap(direction === "left" ? at(x) << bits : at(x) >>> bits, "i32"),
    choose: (condition, a, b) => (at(condition) ? a : b),
    cast: (x, dtype) => wrap(dtype === "i32" ? saturate(at(x)) : at(x), dtype),
  };
};

/** The values of an expression at all elements of a shape. */
export function valuesOf(root: Expression, shape: Shape, memories: readonly Memory[]): number[] {
  const known = new Map<Expression, Scalar[]>();
  const size = sizeOf(shape);
  const emitters = Array.from({ length: size }, (_, i) => meaning(i));
  const evaluate = (part: Expression): Scalar[] => {
    const before = known.get(part);
    if (before) return before;
    let result: Scalar[];
    if (part.kind === "load") {
      const { data } = memories.find(({ buffer }) => buffer === part.view.buffer)!;
      result = placesOf(part.view).map((place) => wrap(data[place]!, part.view.buffer.dtype));
    } else if (part.kind === "constant") result = emitters.map(() => wrap(part.value, part.dtype));
    else if (part.kind === "lookup") {
      const { buffer } = part.table;
      const { data } = memories.find((memory) => memory.buffer === buffer)!;
      const rows = evaluate(part.index).map((x) => (x as Known).value);
      result = placesOf(part.table).map((place, i) => {
        const row = rows[i]! < 0 ? rows[i]! + part.rows : rows[i]!;
        return wrap(data[place + row * part.stride]!, buffer.dtype);
      });
    } else {
      const operands = part.operands.map(evaluate);
      result = emitters.map((e, i) =>
        part.rule.emit(
          e,
          operands.map((values) => values[i]!),
          part.attributes,
          part.type,
        ),
      );
    }
    known.set(part, result);
    return result;
  };
  return evaluate(root).map((x) => (x as Known).value);
}

/** A kernel in an instance. */
export interface Running {
  readonly printed: Printed;
  /** The module as text. */
  text(): string;
  /** Writes the memories, calls in parts from the last to the first, and reads the memories. */
  run(parts?: number): void;
  /** Calls without reading or writing. */
  call(low: number, high: number): void;
}

/** A kernel in an instance of its own. */
export const running = (
  memories: readonly Memory[],
  print: (module: ModuleBuilder) => Printed,
  arithmetic: Arithmetic = PLAIN,
): Running => runningAll(memories, [print], arithmetic)[0]!;

/** Kernels in one instance: engines take longer to make one than to run a small kernel. */
export function runningAll(
  memories: readonly Memory[],
  prints: readonly ((module: ModuleBuilder) => Printed)[],
  arithmetic: Arithmetic = PLAIN,
): Running[] {
  const module = new ModuleBuilder(arithmetic);
  let end = 64;
  const addresses = memories.map(({ data }) => {
    const address = end;
    end = Math.ceil((address + data.byteLength + 8) / 64) * 64;
    return address;
  });
  module.memory({ min: Math.ceil((end + 64) / 65536), export: "memory" });
  const all = prints.map((print, i) => {
    const printed = print(module);
    if (print(module).function !== printed.function) throw new Error("the same kernel printed twice");
    const name = `run${i}`;
    module.function({ name, params: ["i32", "i32"], results: [], export: true }, (f, low, high) => {
      for (const { buffer, offset } of printed.pointers)
        f.i32.const(
          addresses[memories.findIndex((memory) => memory.buffer === buffer)]! +
            offset * byteWidth(buffer.dtype),
        );
      f.get(low);
      f.get(high);
      f.call(printed.function);
    });
    return { printed, name };
  });
  const bytes = module.finish();
  const read = reader.readWasm(bytes, features);
  read.validate();
  read.destroy();
  const exports: Exports = instantiate(bytes);
  const contents = new Uint8Array(exports.memory.buffer);
  const bytesOf = ({ data }: Memory): Uint8Array => new Uint8Array(data.buffer, 0, data.byteLength);
  const write = (): void => {
    for (const [i, memory] of memories.entries()) contents.set(bytesOf(memory), addresses[i]!);
  };
  write();
  const text = (): string => {
    const module = reader.readWasm(bytes, features);
    const text = module.toText({});
    module.destroy();
    return text;
  };
  return all.map(({ printed, name }) => ({
    printed,
    text,
    call: (low, high) => exports[name](low, high),
    run(parts = 1) {
      write();
      const at = (i: number): number => Math.floor((i * printed.units) / parts);
      for (let part = parts - 1; part >= 0; part--) exports[name](at(part), at(part + 1));
      memories.forEach((memory, i) => {
        const { byteLength } = memory.data;
        bytesOf(memory).set(contents.subarray(addresses[i]!, addresses[i]! + byteLength));
      });
    },
  }));
}

/** Numbers of a dtype, the same ones for the same arguments: about -4 … 4, and all integers. */
export function someValues(dtype: DType, count: number, seed = 1): Data {
  const data = allocate(dtype, count);
  let state = seed * 7919;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = dtype === "bool" ? (state >>> 16) & 1 : dtype === "i32" ? state : state / 2 ** 29;
  }
  return data;
}

/** Distance in units of the last place of the dtype, coarsely: 0 for what is the same. */
export function distance(got: number, expected: number, dtype: DType): number {
  if (Object.is(got, expected) || got === expected) return 0;
  const unit = Math.max(
    Math.abs(expected) * (dtype === "f64" ? 2 ** -52 : 2 ** -23),
    dtype === "f64" ? 1e-320 : 1e-44,
  );
  return Number.isFinite(got - expected) ? Math.abs(got - expected) / unit : Infinity;
}
