/** Examples of a `vmap` that make fewer steps than others: what they would compute in the steps of those reaches nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  constant,
  evaluate,
  grad,
  log,
  mul,
  parameter,
  scan,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  vmap,
} from "../../src/index.ts";
import { assertValue } from "../sweep/values.ts";

const double = (value: Parameters<typeof constant>[0]): Tensor => constant(value, "f64");

test("steps that are not made show shared gradients nothing, wherever bad numbers come from", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1),
      (counts, length, reverse, bad) => {
        const w = parameter("w", 0.5, "f64");
        // A step makes a number of its own carry, captured number and x only, and counts down; who makes none has none.
        const made = counts.map((count) => Math.min(Math.max(count, 0), length));
        const left = parameter("left", made.map((count) => count || bad), "f64"); // biome-ignore format: one line
        const scale = parameter("scale", made.map((count, b) => (count ? b + 1 : bad)), "f64"); // biome-ignore format: one line
        const fitting = (t: number, count: number, b: number): number =>
          (reverse ? t + 1 : count - t) + 10 * (b + 1);
        const steps = Array.from({ length }, (_, t) => t);
        const xs = parameter("xs", made.map((count, b) => steps.map((t) => (t < count ? fitting(t, count, b) : bad))), "f64"); // biome-ignore format: one line
        const run = (left: Tensor, scale: Tensor, x: Tensor, count: Tensor): Tensor =>
          scan(
            (
              { left, total }: { left: Tensor; total: Tensor },
              { x_t, back }: { x_t: Tensor; back: Tensor },
            ) => {
              const off = sub(x_t, add(left, mul(10, scale)));
              const turned = reverse ? sub(back, left) : sub(back, back);
              const fit = log(sub(1, mul(4, add(square(off), square(turned)))));
              return { carry: { left: sub(left, 1), total: add(total, mul(w, add(1, fit, x_t))) } };
            },
            {
              init: { left, total: double(0) },
              xs: { x_t: x, back: double(steps.map((t) => t + 1)) },
              count,
              reverse,
            },
          ).carry.total;
        const index = constant(counts, "i32");
        const all = sum(vmap(run)(left, scale, xs, index));
        const each = counts.map((_, b) => run(take(left, b), take(scale, b), take(xs, b), take(index, b)));
        const alone = sum(stack(each));
        const wrt = { w, left, scale, xs };
        assertValue(all, evaluate(alone).toNested());
        const [found, expected] = [all, alone].map((loss) => grad(loss, wrt));
        for (const key of ["w", "left", "scale", "xs"] as const)
          assertValue(found![key], evaluate(expected![key]).toNested());
        expect(Number.isFinite(evaluate(found!.w).item())).toBe(true);
        const second = (loss: Tensor): number => evaluate(grad(sum(square(grad(loss, xs))), w)).item();
        expect(second(all)).toBeCloseTo(second(alone), 9);
      },
    ),
    runs(10),
  );
});
