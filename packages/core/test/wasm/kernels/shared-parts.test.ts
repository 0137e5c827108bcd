/** Maps whose parts are wanted several times, as results and by other parts: what engines that pack vectors may spoil. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  abs,
  add,
  array,
  compile,
  evaluate,
  exp,
  floor,
  greater,
  input,
  maximum,
  minimum,
  mul,
  neg,
  round,
  sigmoid,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  where,
} from "../../../src/index.ts";
import { LitteredRuntime } from "../../compiled/littered-runtime.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

/** Steps that keep numbers small. */
const steps: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  neg,
  abs,
  tanh,
  sigmoid,
  root: (x) => sqrt(abs(x)),
  decay: (x) => exp(neg(abs(x))),
  sum: (x, y) => mul(0.5, add(x, y)),
  difference: (x, y) => mul(0.5, sub(x, y)),
  product: (x, y) => mul(tanh(x), y),
  square: (x) => mul(0.25, square(x)),
  larger: maximum,
  smaller: minimum,
  chosen: (x, y) => where(greater(x, y), neg(x), abs(y)),
};

/** Steps of what is exact: a result next to a whole number or to another one has no neighbour. */
const exact: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  floor: (x) => floor(mul(4, x)),
  round: (x) => round(mul(4, x)),
  turned: (x) => neg(mul(2, x)),
};

test("random maps of which every part is a result", () => {
  const size = fc.integer({ min: 1, max: 40 });
  const firsts = fc.array(fc.constantFrom(...Object.keys(exact)), { maxLength: 3 });
  const list = fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.nat(30), fc.nat(30)), {
    minLength: 1,
    maxLength: 14,
  });
  fc.assert(
    fc.property(size, firsts, list, fc.constantFrom("f32", "f64"), (length, first, names, dtype) => {
      const [x, y] = [input("x", [length], dtype), input("y", [length], dtype)];
      const made: Tensor[] = [x, y, ...first.map((name) => exact[name]!(x))];
      for (const [name, a, b] of names)
        made.push(steps[name]!(made[a % made.length]!, made[b % made.length]!));
      const outputs = made.slice(2);
      const noise = (seed: number) =>
        array(
          Float64Array.from({ length }, (_, i) => Math.round(64 * Math.sin(i * i + seed)) / 32),
          { dtype },
        );
      const feeds = { x: noise(1), y: noise(2) };
      const step = compile({ inputs: { x, y }, outputs, runtime });
      const values = step(feeds);
      step.dispose();
      const most = dtype === "f32" ? 1e-5 : 1e-13;
      evaluate(outputs, feeds).forEach(({ data }, i) => {
        data.forEach((expected: number, at: number) => {
          const apart = Math.abs(values[i]!.data[at]! - expected);
          expect(apart, `result ${i}, element ${at}`).toBeLessThanOrEqual(
            most * Math.max(1, Math.abs(expected)),
          );
        });
      });
    }),
  );
});
