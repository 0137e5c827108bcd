/** A function that compiles itself: once for each kind of arguments, with the values of the graph that it stands for. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import {
  add,
  array,
  constant,
  createRuntime,
  evaluate,
  GraphError,
  grad,
  jit,
  logicalNot,
  matmul,
  mean,
  mul,
  NDArray,
  type Parameter,
  parameter,
  scan,
  sin,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  take,
  tanh,
  withDType,
} from "../src/index.ts";
import { assertClose } from "./sweep/compare.ts";

const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));

test("one form for each shape, dtype and kind of value", () => {
  let traced = 0;
  const f = jit((x: Tensor) => {
    traced++;
    return norm(x);
  });
  expect(f([3, 4]).item()).toBe(5);
  expect(f([6, 8]).item()).toBe(10);
  expect(traced).toBe(1);
  expect(f([2, 3, 6]).item()).toBe(7);
  expect(f(new Float64Array([3, 4]))).toEqual(array(5, { dtype: "f64" }));
  expect(f(new NDArray("f32", [2], new Float32Array([3, 4])))).toEqual(array(5));
  expect(f(new Float32Array([6, 8]))).toEqual(array(10));
  expect(traced).toBe(4);
  expect(f.reports().length).toBe(4);
  expect(String(f)).toBe("Jitted { function, 4 compiled }");
  expect(String(jit(norm))).toBe("Jitted { norm, 0 compiled }");
});

/** Arrays of some rows, of either width, and whether they are given as nested numbers. */
const rows = fc
  .record({
    shape: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })),
    dtype: fc.constantFrom("f32" as const, "f64" as const),
    plain: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ shape, dtype, plain, seed }) => {
    const size = shape[0] * shape[1];
    const data = Float64Array.from({ length: size }, (_, i) => Math.fround(Math.sin(seed + i)));
    const value = array(data, { shape, dtype });
    return plain && size > 0 ? value.toNested() : value;
  });

test("values are those of the graph, whatever comes in whatever order", () => {
  type Given<Leaf> = { readonly x: Leaf; readonly w: { readonly a: Leaf; readonly b: Leaf } };
  const programs: readonly ((given: Given<Tensor>) => readonly Tensor[])[] = [
    ({ x, w }) => {
      const y = tanh(add(mul(x, w.a), sum(w.b)));
      return [y, mean(mul(y, 0.1)), stack([y, y]), x];
    },
    ({ x, w }) => {
      const step = (c: Tensor) => ({ carry: sin(add(c, mul(x, 0.1))), y: sum(c) });
      const { carry, ys } = scan(step, { init: mul(x, w.a), length: 3 });
      return [sum(carry), mul(ys, mean(w.b))];
    },
    ({ x, w }) => grad(sum(mul(sin(x), x, w.a)), [x, w.a]) as readonly Tensor[],
  ];
  const jitted = programs.map((program) => jit(program, { keep: 3 }));
  const number = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
  fc.assert(
    fc.property(fc.nat({ max: 2 }), rows, number, rows, (which, x, a, b) => {
      const dtypes = [x, b].map((value) => array(value).dtype);
      const given = { x, w: { a, b } };
      const found = jitted[which]!(given);
      if (dtypes.includes("f64") && !(x instanceof NDArray && b instanceof NDArray)) return; // plain is wider there
      const met = which === 2 ? dtypes.slice(0, 1) : dtypes; // `a` meets `x`, and `b` but for the last program
      const wide = met.includes("f64") ? "f64" : "f32";
      const expected = evaluate(
        programs[which]!({ x: constant(x), w: { a: constant(a, wide), b: constant(b) } }),
      ) as readonly NDArray[];
      expected.forEach((value, i) => {
        assertClose(`result ${i}`, found[i]!, value, { relative: 1e-5, absolute: 1e-6 });
      });
    }),
    runs(60),
  );
  for (const f of jitted) expect(f.reports().length).toBeLessThanOrEqual(3);
});

test("a plain number is as wide as what it meets", () => {
  const f = jit((x: Tensor, y: Tensor, z: Tensor) => [mul(x, y), sum(z)]);
  const [product, total] = f(0.1, new Float64Array([1]), 0.1);
  expect(product).toEqual(array([0.1], { dtype: "f64" }));
  expect(total).toEqual(array(0.1));
  expect(f(0.2, new Float64Array([1]), 0.1)[0]!.data[0]).toBe(0.2);
  expect(f.reports().length).toBe(1);
  expect(withDType("f64", () => f(0.1, [1], 0.1)).map(({ dtype }) => dtype)).toEqual(["f64", "f64"]);
  expect(f(0.1, [1], 0.1).map(({ dtype }) => dtype)).toEqual(["f32", "f32"]);
});

test("booleans, integers, scalars, arguments that are not used, none at all", () => {
  expect(jit((x: Tensor) => logicalNot(x))([true, false]).toNested()).toEqual([false, true]);
  expect(jit((x: Tensor, i: Tensor) => take(x, i))([5, 6], new Int32Array([1, 0])).toNested()).toEqual([
    6, 5,
  ]);
  expect(jit((_: Tensor, y: Tensor) => add(y, 1))([1, 2, 3], 2).item()).toBe(3);
  expect(jit(() => ({ three: constant(3) }))().three.item()).toBe(3);
  expect(jit((x: Tensor) => x)([1, 2]).toNested()).toEqual([1, 2]);
});

test("parameters have the value of the call, captured and as arguments", () => {
  const w = parameter("w", [1, 2]);
  const f = jit((v: Parameter, x: Tensor) => sum(mul(v, x)));
  const g = jit((x: Tensor) => sum(mul(w, x)));
  expect([f(w, [1, 1]).item(), g([1, 1]).item()]).toEqual([3, 3]);
  w.value = [5, 6];
  expect([f(w, [1, 1]).item(), g([1, 1]).item()]).toEqual([11, 11]);
  expect(f(parameter("other", [1, 1]), [1, 1]).item()).toBe(2);
  expect(f.reports().length).toBe(2);
});

test("the forms that were called longest ago go, and what was disposed compiles anew", () => {
  let traced = 0;
  const f = jit(
    (x: Tensor) => {
      traced++;
      return sum(x);
    },
    { keep: 2 },
  );
  const call = (...sizes: number[]): void => {
    for (const size of sizes) expect(f(new Float32Array(size).fill(1)).item()).toBe(size);
  };
  call(1, 2, 1, 3, 1);
  expect(traced).toBe(3);
  call(2);
  expect(traced).toBe(4);
  f.dispose();
  expect(f.reports()).toEqual([]);
  call(2);
  expect(traced).toBe(5);
});

test("where it runs and what it watches", () => {
  const f = jit((x: Tensor) => mul(x, x), { runtime: createRuntime({ target: "interpreter" }) });
  expect(f(3).item()).toBe(9);
  expect(f.reports()[0]!.target).toBe("interpreter");
  const watched = jit((x: Tensor) => sqrt(x), { checkNumerics: true });
  expect(() => watched(-1)).toThrow(/NaN/);
});

test("one that throws while it is traced leaves nothing behind", () => {
  const f = jit((a: Tensor, b: Tensor) => matmul(a, b));
  expect(() => f([[1, 2]], [[1, 2]])).toThrow(/matmul/);
  expect(f.reports()).toEqual([]);
  expect(f([[1, 2]], [[1], [2]]).toNested()).toEqual([[5]]);
});

test("what cannot be an argument, a result or an option", () => {
  const f = jit((x: Tensor) => x) as (x: unknown) => unknown;
  expect(() => f(constant(1))).toThrow(
    /jit: argument 0: expected a value, received a tensor\n.*call the function itself/,
  );
  expect(() => f({ a: "text" })).toThrow("jit: argument 0.a: expected a value, received string");
  expect(() => f(null)).toThrow("jit: argument 0: expected a value, received null");
  expect(() => jit(() => ({ y: 3 }) as unknown as Tensor)()).toThrow(
    "jit: expected tensors as results, received number at y",
  );
  expect(() => jit(3 as never)).toThrow("jit: expected a function of tensors, received 3");
  expect(() => jit(norm, { keep: 0 })).toThrow("jit: keep is a whole number from 1 up, received 0");
  expect(() => jit(norm, { kep: 2 } as object)).toThrow(GraphError);
  expect(evaluate(norm(constant([3, 4]))).item()).toBe(5);
});
