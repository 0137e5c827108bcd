/** Views in a memory of their own, filled from JavaScript, and kernels made by hand that run on them. */
import wabt from "wabt";
import { allocate, byteWidth, type Data, type DType } from "../../../src/dtype.ts";
import type { View } from "../../../src/lower/kernel.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import type { ValueType } from "../../../src/targets/wasm/assembler/value-type.ts";
import type { Printed } from "../../../src/targets/wasm/kernels/printed.ts";
import { instantiate } from "../webassembly.ts";

export const DTYPES: readonly DType[] = ["f32", "f64", "i32", "bool"];

const reader = await wabt();
const features = { simd: true, bulk_memory: true };

/** Row-major offsets of a view's elements, in elements. */
export function offsetsOf({ shape, strides }: View): number[] {
  let offsets = [0];
  shape.forEach((length, axis) => {
    offsets = offsets.flatMap((at) => Array.from({ length }, (_, i) => at + i * strides[axis]!));
  });
  return sizeOf(shape) === 0 ? [] : offsets;
}

/** Where a view lies: `lead` elements before its first element belong to it, as negative strides want it. */
interface Place {
  readonly view: View;
  readonly address: number;
  readonly lead: number;
  readonly data: Data;
}

export class RowsMemory {
  readonly #places: Place[] = [];
  #end = 64;

  /** Elements of a shape; its strides default to row-major ones, its first values to `values` in row-major order. */
  view(
    dtype: DType,
    shape: Shape,
    values?: ArrayLike<number>,
    strides: readonly number[] = stridesOf(shape),
  ): View {
    const buffer = {
      id: this.#places.length,
      dtype,
      size: sizeOf(shape),
      home: "arena",
      label: "test",
    } as const;
    const view: View = { buffer, offset: 0, advances: [], shape, strides };
    const offsets = offsetsOf(view);
    const lead = -Math.min(0, ...offsets);
    const data = allocate(dtype, Math.max(0, ...offsets) + lead + 1);
    // Anything but 0 where nothing should be written.
    data.fill(77);
    offsets.forEach((offset, i) => {
      data[offset + lead] = values ? values[i]! : 0;
    });
    this.#end = Math.ceil(this.#end / 8) * 8 + (dtype === "f64" ? 8 : byteWidth(dtype));
    this.#places.push({ view, address: this.#end, lead, data });
    this.#end += data.byteLength;
    return view;
  }

  /** The values of a view, in row-major order. */
  read(view: View): number[] {
    const { lead, data } = this.#place(view);
    return offsetsOf(view).map((offset) => data[offset + lead]!);
  }

  #place(view: View): Place {
    const place = this.#places.find((other) => other.view === view);
    if (!place) throw new Error("a view of another memory");
    return place;
  }

  /**
   * Runs a kernel in `parts` calls, last part first, and reads all memory back. Returns what the calls returned, and
   * everything in memory as bytes.
   */
  run(print: (module: ModuleBuilder) => Printed, parts = 1): { statuses: number[]; bytes: Uint8Array } {
    const module = new ModuleBuilder();
    module.memory({ min: Math.ceil(this.#end / 65536) + 1, export: "memory" });
    const printed = print(module);
    if (print(module).function !== printed.function) throw new Error("the same kernel printed twice");
    const { function: target, pointers, units, fails } = printed;
    const results: ValueType[] = fails ? ["i32"] : [];
    module.function({ name: "run", params: ["i32", "i32"], results, export: true }, (f, low, high) => {
      for (const view of pointers) f.i32.const(this.#addressOf(view));
      f.get(low);
      f.get(high);
      f.call(target);
    });
    const bytes = module.finish();
    const read = reader.readWasm(bytes, features);
    read.validate();
    read.destroy();
    const { run, memory } = instantiate(bytes);
    const all = new Uint8Array(memory.buffer);
    for (const { address, data } of this.#places)
      all.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
    const statuses: number[] = [];
    for (let part = parts - 1; part >= 0; part--) {
      const at = (i: number) => Math.floor((i * units) / parts);
      statuses.unshift(run(at(part), at(part + 1)) ?? 0);
    }
    for (const { address, data } of this.#places)
      new Uint8Array(data.buffer).set(all.subarray(address, address + data.byteLength));
    return { statuses, bytes: all.slice(0, this.#end + 64) };
  }

  #addressOf(view: View): number {
    const { address, lead } = this.#place(view);
    return address + lead * byteWidth(view.buffer.dtype);
  }
}

/** Values of every kind that fit a dtype, the same ones for the same arguments. */
export function values(dtype: DType, count: number, seed = 1): Data {
  const data = allocate(dtype, count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = dtype === "bool" ? (state >>> 16) & 1 : dtype === "i32" ? state : state / 2 ** 24;
  }
  return data;
}

/** Strides of a view whose axes lie in memory in another order, with `gap` elements between innermost neighbours. */
export function permuted(shape: Shape, order: readonly number[], gap = 1): number[] {
  const strides = stridesOf(order.map((axis) => shape[axis]!));
  return shape.map((_, axis) => strides[order.indexOf(axis)]! * gap);
}
