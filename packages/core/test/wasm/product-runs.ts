/** Products on memory: operands of any layout, and what the result should be. */
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import { packFunction, planProduct, productFunction } from "../../src/targets/wasm/product/product.ts";
import type { MatrixLayout, ProductSpec } from "../../src/targets/wasm/product/scheme.ts";
import type { Exports } from "./webassembly.ts";

const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array } as const;
type Numbers = Float32Array | Float64Array | Int32Array;

export const rowMajor = (columns: number): MatrixLayout => ({ rowStride: columns, columnStride: 1 });
export const columnMajor = (rows: number): MatrixLayout => ({ rowStride: 1, columnStride: rows });

/** All matrices without gaps, A and B as rows. */
export const plain = (m: number, k: number, n: number, more: Partial<ProductSpec> = {}): ProductSpec => ({
  dtype: "f32",
  m,
  k,
  n,
  a: rowMajor(k),
  b: rowMajor(n),
  c: rowMajor(n),
  packedB: false,
  ...more,
});

const extent = ({ rowStride, columnStride }: MatrixLayout, rows: number, columns: number): number =>
  (rows - 1) * rowStride + (columns - 1) * columnStride + 1;

interface Places {
  readonly Type: Float32ArrayConstructor | Float64ArrayConstructor | Int32ArrayConstructor;
  readonly plan: ReturnType<typeof planProduct>;
  readonly sizes: { readonly a: number; readonly b: number; readonly c: number };
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly packed: number;
  readonly scratch: number;
  readonly end: number;
}

/** Where everything lies: between the areas there is a gap that must not change. */
export function places(spec: ProductSpec): Places {
  const { bytes, Type } = { bytes: spec.dtype === "f64" ? 8 : 4, Type: ARRAYS[spec.dtype] };
  const plan = planProduct(spec);
  let next = 64;
  const place = (size: number): number => {
    const at = next;
    next = Math.ceil((next + size + 64) / 64) * 64;
    return at;
  };
  const sizes = {
    a: extent(spec.a, spec.m, spec.k),
    b: extent(spec.b, spec.k, spec.n),
    c: extent(spec.c, spec.m, spec.n),
  };
  const a = place(sizes.a * bytes);
  const b = place(sizes.b * bytes);
  const c = place(sizes.c * bytes);
  const packed = place(plan.packedBytes);
  const scratch = place(plan.scratchBytes);
  return { Type, plan, sizes, a, b, c, packed, scratch, end: next };
}

const PAGE = 65536;

/** A module with `product` and `pack` for each spec, and what it exports. */
export function productModule(specs: readonly ProductSpec[]): Uint8Array {
  const module = new ModuleBuilder();
  const bytes = Math.max(...specs.map((spec) => places(spec).end));
  module.memory({ min: Math.ceil(bytes / PAGE), export: "memory" });
  specs.forEach((spec, i) => {
    const product = productFunction(module, spec);
    const six = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
    module.function(
      { name: `product${i}`, params: six, results: [], export: true },
      (f, a, b, c, scratch, lo, hi) => {
        f.call(product, a, b, c, scratch, lo, hi);
      },
    );
    if (!spec.packedB) return;
    const pack = packFunction(module, spec);
    module.function(
      { name: `pack${i}`, params: ["i32", "i32"], results: [], export: true },
      (f, from, to) => {
        f.call(pack, from, to);
      },
    );
  });
  return module.finish();
}

export interface ProductRun {
  /** C after the product, with the gaps between its elements. */
  readonly c: Numbers;
  /** The same by the definition, and `Σ |a b|` for each element: what rounding errors are measured by. */
  readonly reference: () => { readonly expected: Numbers; readonly scale: Float64Array };
  /** Bytes that changed although they belong to no result. */
  readonly strayBytes: number;
}

export interface RunOptions {
  /** Where each call ends; default all units in one call. */
  readonly splits?: readonly number[];
  /** Changes the factors first. */
  readonly prepare?: (a: Numbers, b: Numbers) => void;
}

/** `C ← A B`, or `C ← C + A B`, by the definition: one sum after another, in doubles or in wrapping integers. */
function byDefinition(
  { m, k, n, dtype, accumulate, ...spec }: ProductSpec,
  x: Numbers,
  y: Numbers,
  z: Numbers,
) {
  const expected = z.slice();
  const scale = new Float64Array(z.length);
  // Rows of A and a column of B side by side, in one type: the sums are most of what these tests compute.
  const Wide = dtype === "i32" ? Int32Array : Float64Array;
  const [rows, column] = [new Wide(m * k), new Wide(k)];
  for (let r = 0; r < m; r++)
    for (let l = 0; l < k; l++) rows[r * k + l] = x[r * spec.a.rowStride + l * spec.a.columnStride]!;
  for (let j = 0; j < n; j++) {
    for (let l = 0; l < k; l++) column[l] = y[l * spec.b.rowStride + j * spec.b.columnStride]!;
    for (let r = 0; r < m; r++) {
      const to = r * spec.c.rowStride + j * spec.c.columnStride;
      const first = accumulate ? z[to]! : 0;
      if (rows instanceof Int32Array) expected[to] = wrappingDot(rows, r * k, column as Int32Array, first);
      else [expected[to], scale[to]] = dot(rows, r * k, column as Float64Array, first);
    }
  }
  return { expected, scale };
}

/** `first + Σ a b`, and the sum of sizes. */
function dot(a: Float64Array, at: number, b: Float64Array, first: number): [sum: number, scale: number] {
  let [sum, scale] = [first, Math.abs(first)];
  for (let l = 0; l < b.length; l++) {
    const product = a[at + l]! * b[l]!;
    sum += product;
    scale += Math.abs(product);
  }
  return [sum, scale];
}

function wrappingDot(a: Int32Array, at: number, b: Int32Array, first: number): number {
  let sum = first;
  for (let l = 0; l < b.length; l++) sum = (sum + Math.imul(a[at + l]!, b[l]!)) | 0;
  return sum;
}

/** Runs product `i` of a module on random factors. */
export function runProduct(
  exports: Exports,
  i: number,
  spec: ProductSpec,
  { splits, prepare }: RunOptions = {},
): ProductRun {
  const { Type, plan, sizes, a, b, c, packed, scratch, end } = places(spec);
  const { m, k, n, dtype } = spec;
  const { buffer } = exports.memory as { buffer: ArrayBuffer };
  const bytes = new Uint8Array(buffer, 0, end).fill(0xa5);
  const random = generator(m * 7919 + k * 31 + n);
  const fill = (at: number, size: number): Numbers => {
    const array = new Type(buffer, at, size);
    for (let j = 0; j < size; j++) array[j] = dtype === "i32" ? random() * 2 ** 33 : random() * 2 - 1;
    return array;
  };
  const [x, y, z] = [fill(a, sizes.a), fill(b, sizes.b), fill(c, sizes.c)];
  prepare?.(x, y);
  const before = bytes.slice();
  if (spec.packedB) exports[`pack${i}`](b, packed);
  const ends = splits ?? [plan.units];
  let lo = 0;
  for (const hi of ends) {
    exports[`product${i}`](a, spec.packedB ? packed : b, c, scratch, lo, hi);
    lo = hi;
  }
  const result = z.slice();
  // What may have changed, as it was.
  for (const [at, size] of [
    [c, z.byteLength],
    [packed, plan.packedBytes],
    [scratch, plan.scratchBytes],
  ] as const)
    bytes.set(before.subarray(at, at + size), at);
  const strayBytes =
    Buffer.compare(bytes, before) === 0 ? 0 : bytes.filter((b, at) => b !== before[at]).length;
  return { c: result, reference: () => byDefinition(spec, x, y, z), strayBytes };
}

/** How far the worst element is from the exact sum, in units of rounding of `Σ |a b|`; strides must not be 0. */
export function worstError({ c, reference }: ProductRun, dtype: ProductSpec["dtype"]): number {
  const { expected, scale } = reference();
  const unit = dtype === "f64" ? 2 ** -53 : 2 ** -24;
  let worst = 0;
  c.forEach((value, i) => {
    if (Object.is(value, expected[i])) return;
    const error = dtype === "i32" ? Infinity : Math.abs(value - expected[i]!) / (unit * scale[i]!);
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  });
  return worst;
}

function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
