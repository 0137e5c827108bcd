/** Views of one buffer beside each other, in all orders, where memory begins: no address lies outside of it. */
import fc from "fast-check";
import { test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  argmax,
  array,
  broadcastTo,
  cast,
  compile,
  cumsum,
  type DType,
  evaluate,
  flip,
  input,
  max,
  mean,
  mul,
  type NDArray,
  parameter,
  reshape,
  scan,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
} from "../../src/index.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectRounded } from "./rounding.ts";

const wave = (shape: Shape, dtype: DType): NDArray =>
  array(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
      dtype === "i32" ? (i * 37) % 101 : dtype === "bool" ? ((i * i) % 3) & 1 : Math.sin(i),
    ),
    { shape, dtype },
  );

/** Computes in a process of its own, as it were: the first program of a runtime; `turns` times, with other buffers lowest. */
function expectSame(
  inputs: Record<string, Tensor>,
  outputs: readonly Tensor[],
  feeds: Record<string, NDArray>,
  { lowest = "arena", turns = 3 }: { lowest?: "arena" | "parameters"; turns?: number } = {},
): void {
  const expected = evaluate(outputs, feeds);
  for (let turn = 0; turn < turns; turn++) {
    const runtime = new LitteredRuntime({ lowest });
    const run = compile({ inputs, outputs, runtime });
    expectRounded(run(feeds as never), expected, 1e4);
    runtime.dispose();
  }
}

/** A view of `shape`, of a buffer that is as long or longer. */
type Pick = (base: Tensor, shape: Shape) => Tensor;

const box = (base: Tensor, shape: Shape, from: readonly number[]): Tensor =>
  slice(
    base,
    from,
    shape.map((length, axis) => from[axis]! + length),
  );

const picks = (shape: Shape): fc.Arbitrary<Pick> => {
  const corner = fc.tuple(...shape.map(() => fc.constantFrom(0, 0, 1, 2)));
  const axes = fc.subarray([...shape.keys()], { minLength: 1 });
  const stepped = fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 2 })));
  const whole = corner.map(
    (from): Pick =>
      (base) =>
        box(base, shape, from),
  );
  return fc.oneof(
    whole,
    fc.tuple(corner, axes).map(
      ([from, axis]): Pick =>
        (base) =>
          flip(box(base, shape, from), { axis }),
    ),
    fc.tuple(stepped, axes).map(
      ([steps, axis]): Pick =>
        (base) => {
          const stop = shape.map((length, i) => (length - 1) * steps[i]! + 1);
          return flip(
            slice(
              base,
              shape.map(() => 0),
              stop,
              steps,
            ),
            { axis },
          );
        },
    ),
    fc.tuple(corner, axes).map(
      ([from, axis]): Pick =>
        (base) => {
          const one = shape.map((length, i) => (axis.includes(i) ? 1 : length));
          return broadcastTo(flip(box(base, one, from)), shape);
        },
    ),
    fc.tuple(axes, fc.boolean()).map(
      ([axis, first]): Pick =>
        (base) => {
          const turned = first ? transpose(flip(base, { axis })) : transpose(base);
          const own = shape.map((length, i) => Math.min(length, turned.shape[i]!));
          return broadcastTo(
            box(
              turned,
              own.map((length, i) => (length === shape[i] ? length : 1)),
              shape.map(() => 0),
            ),
            shape,
          );
        },
    ),
  );
};

/** What becomes of elements that were computed from the views. */
const ENDS: Readonly<Record<string, (x: Tensor, axis: number) => Tensor>> = {
  map: (x) => x,
  sum: (x, axis) => sum(x, { axis }),
  all: (x) => sum(x),
  max: (x, axis) => max(x, { axis }),
  argmax: (x, axis) => argmax(x, { axis }),
  cumsum: (x, axis) => cumsum(x, { axis }),
  flipped: (x, axis) => flip(x, { axis }),
};

const program = fc
  .tuple(
    fc.array(fc.constantFrom(1, 2, 3, 4, 7, 9, 16, 33, 66, 70), { minLength: 1, maxLength: 3 }),
    fc.constantFrom("f32" as const, "f64" as const, "i32" as const, "bool" as const),
  )
  .filter(([shape]) => sizeOf(shape) <= 2000)
  .chain(([shape, dtype]) =>
    fc.record({
      shape: fc.constant(shape),
      dtype: fc.constant(dtype),
      views: fc.array(picks(shape), { minLength: 2, maxLength: 4 }),
      ends: fc.subarray(Object.keys(ENDS), { minLength: 1, maxLength: 3 }),
      axis: fc.nat({ max: shape.length - 1 }),
      made: fc.constantFrom("input", "parameter", "computed"),
    }),
  );

test("any views of one buffer", () => {
  fc.assert(
    fc.property(program, ({ shape, dtype, views, ends, axis, made }) => {
      const value = wave(
        shape.map((length) => 2 * length + 2),
        dtype,
      );
      const x = input("x", value.shape, dtype);
      const base = made === "parameter" ? parameter("base", value) : made === "input" ? x : computed(x);
      const seen = views.map((view) => view(base, shape));
      const numbers = dtype === "bool" ? seen.map((view) => cast(view, "i32")) : seen;
      const both = numbers
        .slice(1)
        .reduce((sum, view, i) => (i % 2 ? mul(sum, view) : add(sum, view)), numbers[0]!);
      const outputs = ends.map((end) => ENDS[end]!(both, axis));
      if (made === "parameter") expectSame({}, outputs, {}, { lowest: "parameters", turns: 1 });
      else expectSame({ x }, outputs, { x: value }, { turns: 1 });
    }),
    runs(80),
  );
});

/** The same, in a buffer that a kernel writes. */
const computed = (x: Tensor): Tensor => {
  if (x.dtype === "bool") return x;
  return x.dtype === "i32" ? add(x, 1) : tanh(cumsum(x, { axis: 0 }));
};

test.each([66, 100, 1000])("a vector of %i beside its reverse", (n) => {
  const x = input("x", [n]);
  const w = parameter("w", wave([n], "f64"));
  expectSame({ x }, [add(x, flip(x))], { x: wave([n], "f32") });
  expectSame({}, [mean(square(sub(w, flip(w))))], {}, { lowest: "parameters" });
});

test("a loop's history beside its reverse in time", () => {
  const xs = input("xs", [40, 3], "f64");
  const { ys } = scan((h: Tensor, x: Tensor) => ({ carry: tanh(add(h, x)), y: tanh(add(h, x)) }), {
    init: parameter("h0", wave([3], "f64")),
    xs,
  });
  expectSame({ xs }, [mul(ys, flip(ys, { axis: 0 })), sum(sub(ys, flip(ys)))], { xs: wave([40, 3], "f64") });
});

test("rows of a table that is read backwards, beside the table", () => {
  const table = parameter("table", wave([4, 200], "f32"));
  const ids = input("ids", [64], "i32");
  const rows = take(flip(table, { axis: 0 }), ids);
  const first = broadcastTo(reshape(slice(table, [0, 0], [1, 200]), [200]), [64, 200]);
  const feeds = { ids: array(Int32Array.from({ length: 64 }, (_, i) => (i % 8) - 4)) };
  expectSame({ ids }, [add(tanh(rows), first)], feeds, { lowest: "parameters" });
});
