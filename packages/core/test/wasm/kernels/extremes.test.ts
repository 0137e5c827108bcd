/** Largest and smallest elements of numbers that are all of one sign: what a kernel begins with must lie beyond them. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { argmax, argmin, array, compile, evaluate, input, max, min } from "../../../src/index.ts";
import { LitteredRuntime } from "../../compiled/littered-runtime.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

test("random matrices far below zero, and far above", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 60 }));
  const dtypes = fc.constantFrom("f32" as const, "f64" as const, "i32" as const);
  fc.assert(
    fc.property(sizes, dtypes, fc.nat(1), fc.boolean(), fc.nat(1000), (shape, dtype, axis, below, seed) => {
      const x = input("x", shape, dtype);
      const values = Float64Array.from({ length: shape[0] * shape[1] }, (_, i) => {
        const value = 100 + Math.round(50 * Math.sin(i * i + seed));
        return below ? -value : value;
      });
      const outputs = [max, min, argmax, argmin].map((extreme) => extreme(x, { axis }));
      const feeds = { x: array(values, { shape, dtype }) };
      const step = compile({ inputs: { x }, outputs, runtime });
      const found = step(feeds).map(({ data }) => [...data]);
      step.dispose();
      expect(found).toEqual(evaluate(outputs, feeds).map(({ data }) => [...data]));
    }),
  );
});
