/** Maps over what was put together: shifts, padded arrays, columns. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  add,
  compile,
  concat,
  cumsum,
  evaluate,
  grad,
  input,
  maximum,
  mul,
  neg,
  pad,
  parameter,
  scan,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from "../../src/index.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";
import { noise } from "./noise.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

/** Elements moved along an axis by some places; others come in from the edge. */
function shifted(x: Tensor, axis: number, by: number, edge: number): Tensor {
  const length = x.shape[axis]!;
  const some = slice(
    x,
    x.shape.map((_, i) => (i === axis ? Math.max(0, -by) : 0)),
    x.shape.map((n, i) => (i === axis ? length - Math.max(0, by) : n)),
  );
  return pad(
    some,
    x.shape.map((_, i): [number, number] => (i === axis ? [Math.max(0, by), Math.max(0, -by)] : [0, 0])),
    edge,
  );
}

/** Both halves the other way round. */
function swapped(x: Tensor, axis: number, at: number): Tensor {
  const range = (from: number, to: number): Tensor =>
    slice(
      x,
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((n, i) => (i === axis ? to : n)),
    );
  return concat([range(at, x.shape[axis]!), range(0, at)], { axis });
}

const same = (given: readonly unknown[], expected: readonly unknown[]): void =>
  expect(given).toEqual(expected);

/** Runs outputs with splitting, without it, and interpreted: not a bit may differ, but for signs of zero, which other rewrites turn. */
function check(
  outputs: Tensor[],
  inputs: Record<string, Tensor>,
  feeds: Record<string, ReturnType<typeof noise>>,
): number {
  const [split, whole] = [true, false].map((splitMaps) => {
    const step = compile({ inputs, outputs, runtime, rewrites: { splitMaps } });
    const values = step(feeds).map(({ data }) => [...data]);
    const { fired } = step.report().rewrites.splitMaps;
    step.dispose();
    return { values, fired };
  });
  same(split!.values, whole!.values);
  const unsigned = (values: number[][]): number[][] => values.map((row) => row.map((value) => value + 0));
  same(unsigned(split!.values), unsigned(evaluate(outputs, feeds).map(({ data }) => [...data])));
  return split!.fired;
}

describe("counts", () => {
  const x = input("x", [50], "f64");
  const feeds = { x: noise([50]) };

  test("the gradient of columns is a map a column, not padded arrays", () => {
    const rows = input("rows", [40, 11], "f64");
    const column = (i: number): Tensor => slice(rows, [0, i], [40, i + 1]);
    const terms = Array.from({ length: 11 }, (_, i) => mul(column(i), square(column((i + 3) % 11))));
    const outputs = { gradient: grad(sum(square(terms.reduce((a, b) => add(a, b)))), rows) };
    const step = compile({ inputs: { rows }, outputs, runtime });
    expect(step.report().kernels).toBeLessThanOrEqual(12);
    const apart = compile({ inputs: { rows }, outputs, runtime, rewrites: { splitMaps: false } });
    expect(apart.report().kernels).toBeGreaterThan(40);
    same(
      step({ rows: noise([40, 11]) }).gradient.toNested() as [],
      apart({ rows: noise([40, 11]) }).gradient.toNested() as [],
    );
  });

  test("a stencil in a loop: edges and a middle", () => {
    const heat = (u: Tensor): Tensor =>
      add(u, mul(0.1, sub(add(shifted(u, 0, 1, 0), shifted(u, 0, -1, 0)), mul(2, u))));
    const { carry } = scan((u) => ({ carry: heat(u) }), { init: x, length: 4 });
    expect(check([carry], { x }, feeds)).toBe(1);
    expect(check([grad(sum(square(carry)), x)], { x }, feeds)).toBe(2);
  });

  test("not what something else reads too, or what takes many steps", () => {
    const moved = shifted(x, 0, 1, 0.5);
    expect(check([mul(x, moved)], { x }, feeds)).toBe(1);
    expect(check([mul(x, moved), cumsum(moved)], { x }, feeds)).toBe(0);
    expect(check([mul(x, moved), moved], { x }, feeds)).toBe(0);
    const half = square(neg(square(neg(square(slice(x, [0], [25]))))));
    expect(check([mul(x, concat([half, half]))], { x }, feeds)).toBe(0);
  });

  test("a parameter that is shifted into itself", () => {
    const w = parameter("w", noise([30]));
    const next = add(mul(w, 0.5), shifted(w, 0, 1, 3));
    const expected = evaluate(next).data;
    compile({ updates: [[w, next]], runtime })();
    same([...w.value.data], [...expected]);
    compile({ updates: [[w, shifted(w, 0, -2, 1)]], runtime })();
    same([...w.value.data], [...expected.slice(2), 1, 1]);
  });
});

const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
const moves = fc.array(
  fc.record({
    kind: fc.constantFrom("shift", "swap", "add", "mul", "max", "neg", "pad", "turn"),
    axis: fc.nat(2),
    by: fc.integer({ min: -3, max: 3 }),
    of: fc.nat(20),
    with: fc.nat(20),
  }),
  { minLength: 3, maxLength: 12 },
);

test("random chains of shifts, halves and sums, and their gradients, keep every bit", () => {
  let fired = 0;
  fc.assert(
    fc.property(sizes, moves, fc.nat(3), (shape, list, last) => {
      const x = input("x", shape, "f64");
      const y = input("y", shape, "f64");
      const made: Tensor[] = [x, y];
      for (const { kind, axis: a, by, of, with: other } of list) {
        const [t, u] = [made[of % made.length]!, made[other % made.length]!];
        const axis = a % shape.length;
        const length = shape[axis]!;
        const step = Math.max(-length, Math.min(length, by));
        if (kind === "shift") made.push(shifted(t, axis, step, by));
        else if (kind === "swap") made.push(length > 1 ? swapped(t, axis, 1 + (of % (length - 1))) : t);
        else if (kind === "add") made.push(add(t, u));
        else if (kind === "mul") made.push(mul(t, u));
        else if (kind === "max") made.push(maximum(t, u));
        else if (kind === "neg") made.push(neg(t));
        else if (kind === "turn" && shape.length === 2 && shape[0] === shape[1]) made.push(transpose(t));
        else if (kind === "pad") {
          const wide = pad(
            t,
            shape.map(() => [1, 1] as const),
            by,
          );
          made.push(
            slice(
              add(wide, wide),
              shape.map(() => by & 1),
              shape.map((n) => n + (by & 1)),
            ),
          );
        }
      }
      const results = made.slice(-1 - last);
      const loss = sum(square(results.reduce((sum, each) => add(sum, each))));
      const outputs = [...results, ...(made.includes(results[0]!) ? grad(loss, [x, y]) : [])];
      fired += check(outputs, { x, y }, { x: noise(shape), y: noise(shape, 7) });
    }),
  );
  expect(fired).toBeGreaterThan(0);
});
