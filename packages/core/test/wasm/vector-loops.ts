/** Vector functions as loops over arrays, and distances in units in the last place. */

import { type Arithmetic, PLAIN } from "../../src/targets/wasm/arithmetic.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import type { Vector } from "../../src/targets/wasm/math/lanes.ts";
import { emitPow, emitUnary, type UnaryName, unaryMath } from "../../src/targets/wasm/math/vector-math.ts";
import { type Exports, instantiate } from "./webassembly.ts";

export type DType = "f32" | "f64";
type Floats = Float32Array | Float64Array;

export const UNARY: UnaryName[] = Object.keys(unaryMath) as UnaryName[];
const PAGE = 65536;

/** A module with a loop `name-dtype(count of vectors, from, from, to)` for every function. */
export function vectorModule(arithmetic: Arithmetic = PLAIN): Uint8Array {
  const module = new ModuleBuilder(arithmetic);
  module.memory({ min: 1, export: "memory" });
  for (const dtype of ["f32", "f64"] as const)
    for (const name of [...UNARY, "pow" as const]) {
      const signature = { params: ["i32", "i32", "i32", "i32"], results: [] } as const;
      module.function({ ...signature, name: `${name}-${dtype}`, export: true }, (f, count, a, b, to) => {
        const type = dtype === "f32" ? "f32x4" : "f64x2";
        f.loop((again) => {
          f.get(to);
          const x: Vector = f.keep(f.v128.load(a));
          if (name === "pow") emitPow(f, type, x, f.keep(f.v128.load(b)));
          else emitUnary(f, name, type, x);
          f.v128.store();
          for (const pointer of [a, b, to]) f.set(pointer, f.i32.add(pointer, 16));
          f.br_if(again, f.tee(count, f.i32.sub(count, 1)));
        });
      });
    }
  return module.finish();
}

const instances = new Map<boolean, Exports>();

/** The function, applied to whole arrays. */
export function run(
  name: UnaryName | "pow",
  dtype: DType,
  xs: ArrayLike<number>,
  ys: ArrayLike<number> = xs,
  arithmetic: Arithmetic = PLAIN,
): Floats {
  const exports = instances.get(arithmetic.fused) ?? instantiate(vectorModule(arithmetic));
  instances.set(arithmetic.fused, exports);
  const Type = dtype === "f32" ? Float32Array : Float64Array;
  const lanes = 16 / Type.BYTES_PER_ELEMENT;
  const vectors = Math.max(1, Math.ceil(xs.length / lanes));
  const missing = 48 * vectors - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = exports.memory;
  new Type(buffer, 0, xs.length).set(xs);
  new Type(buffer, 16 * vectors, ys.length).set(ys);
  exports[`${name}-${dtype}`](vectors, 0, 16 * vectors, 32 * vectors);
  return new Type(buffer, 32 * vectors, xs.length).slice();
}

/** The distance of `got` from `exact` in units in the last place of `exact` in single or double precision. */
export function ulps(got: number, exact: number, dtype: DType): number {
  const largest = dtype === "f32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  if (Number.isNaN(exact) || Number.isNaN(got))
    return Number.isNaN(exact) && Number.isNaN(got) ? 0 : Infinity;
  const rounded = dtype === "f32" ? Math.fround(exact) : exact;
  if (Object.is(got, rounded))
    return dtype === "f32" && Number.isFinite(got) ? Math.abs(got - exact) / unit(exact, dtype) : 0;
  if (Math.abs(got) === Infinity && Math.abs(exact) >= largest)
    return Math.sign(got) === Math.sign(exact) ? 0 : Infinity;
  if (got === 0 && exact === 0) return Infinity; // zeros of different sign
  return Math.abs(got - exact) / unit(exact, dtype);
}

function unit(x: number, dtype: DType): number {
  const [bits, lowest] = dtype === "f32" ? [23, -126] : [52, -1022];
  const exponent = x === 0 ? lowest : Math.max(lowest, Math.floor(Math.log2(Math.abs(x))));
  return Math.max(2 ** (exponent - bits), dtype === "f32" ? 2 ** -149 : 5e-324);
}
