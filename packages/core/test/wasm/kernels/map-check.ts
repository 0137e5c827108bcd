/** A map run whole and in parts, against plain JavaScript. */
import { expect } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import type { MapKernel, Store } from "../../../src/lower/kernel.ts";
import { type Shape, sizeOf } from "../../../src/shape.ts";
import { type Arithmetic, PLAIN } from "../../../src/targets/wasm/arithmetic.ts";
import { printMap } from "../../../src/targets/wasm/kernels/map.ts";
import { distance, type Memory, placesOf, running, valuesOf } from "./map-kernels.ts";

export const DTYPES: DType[] = ["f32", "f64", "i32", "bool"];

export const mapKernel = (shape: Shape, stores: Store[]): MapKernel => ({
  kind: "map",
  shape,
  stores,
  nodes: [],
});

/** The code that every engine gets, and the one for an engine that makes one vector of two. Same bits. */
const FORMS: readonly Arithmetic[] = [PLAIN, { fused: false, wide: true }];

/** Runs a map whole and in parts, as vectors and as pairs, and compares with plain JavaScript; `ulp` is what may differ. */
export function check(
  shape: Shape,
  stores: Store[],
  memories: readonly Memory[],
  ulp = 0,
  message = "",
): void {
  const before = memories.map(({ data }) => data.slice());
  for (const form of FORMS) {
    for (const [i, { data }] of memories.entries()) data.set(before[i]!);
    checkForm(form, shape, stores, memories, ulp, form.wide ? `${message} in pairs` : message);
  }
}

function checkForm(
  form: Arithmetic,
  shape: Shape,
  stores: Store[],
  memories: readonly Memory[],
  ulp: number,
  message: string,
): void {
  const expected = stores.map(({ value }) => valuesOf(value, shape, memories));
  const before = memories.map(({ data }) => data.slice());
  const kernel = mapKernel(shape, stores);
  const { run, printed } = running(memories, (module) => printMap(module, kernel), form);
  let whole: Memory["data"][] = [];
  for (const parts of [1, 2, 3]) {
    for (const [i, { data }] of memories.entries()) data.set(before[i]!);
    run(parts);
    if (parts === 1) {
      whole = memories.map(({ data }) => data.slice());
      const written = new Map(memories.map(({ buffer }) => [buffer, new Set<number>()]));
      stores.forEach(({ view: to }, s) => {
        const { data, buffer } = memories.find((m) => m.buffer === to.buffer)!;
        placesOf(to).forEach((place, i) => {
          written.get(buffer)!.add(place);
          const far = distance(data[place]!, expected[s]![i]!, buffer.dtype);
          if (far > ulp)
            expect.fail(
              `${message} [${shape}] store ${s} element ${i}: ${data[place]} for ${expected[s]![i]}`,
            );
        });
      });
      memories.forEach(({ data, buffer }, m) => {
        for (let i = 0; i < data.length; i++)
          if (!written.get(buffer)!.has(i) && !Object.is(data[i], before[m]![i]))
            expect.fail(`${message} [${shape}] wrote element ${i} of buffer ${m}`);
      });
    } else expect(memories.map(({ data }) => data)).toEqual(whole);
  }
  expect(printed.fails).toBe(false);
  expect(printed.cost > 0).toBe(sizeOf(shape) > 0);
}
