/** Which dtype operands meet in, and what conversions and integers do at their ends. */
import { describe, expect, test } from "vitest";
import { DTypeError } from "../../src/errors.ts";
import {
  abs,
  add,
  array,
  cast,
  concat,
  constant,
  type DType,
  div,
  evaluate,
  exp,
  grad,
  input,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  pow,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  where,
} from "../../src/index.ts";
import { assertValue, valueOf } from "../sweep/values.ts";

const lattice: readonly DType[] = ["bool", "i32", "f32", "f64"];
const of = (dtype: DType): Tensor => input(dtype, [2], dtype);

describe("promotion: bool < i32 < f32 < f64", () => {
  for (const [i, a] of lattice.entries()) {
    for (const [j, b] of lattice.entries()) {
      const meet = lattice[Math.max(i, j)]!;
      test(`${a} with ${b}`, () => {
        expect(where([true, false], of(a), of(b)).dtype).toBe(meet);
        expect(concat([of(a), of(b)]).dtype).toBe(meet);
        expect(stack([of(a), of(b)]).dtype).toBe(meet);
        expect(div(of(a), of(b)).dtype).toBe(meet === "f64" ? "f64" : "f32");
        expect(pow(of(a), of(b)).dtype).toBe(meet === "f64" ? "f64" : "f32");
        if (meet === "bool") {
          expect(() => add(of(a), of(b))).toThrow(DTypeError);
          return;
        }
        for (const fn of [add, sub, mul, maximum]) expect(fn(of(a), of(b)).dtype).toBe(meet);
        expect(matmul(of(a), of(b)).dtype).toBe(meet);
      });
    }
  }
});

describe("numbers without a dtype take that of their neighbours", () => {
  test("beside floats", () => {
    expect(add(of("f64"), 0.1).dtype).toBe("f64");
    expect(add(of("f32"), [0.1, 2]).dtype).toBe("f32");
    assertValue(add(constant([0], "f64"), 0.1), [0.1]);
  });
  test("whole ones beside integers stay integers, others make floats", () => {
    expect(add(of("i32"), 3).dtype).toBe("i32");
    expect(add(of("i32"), [1, 2]).dtype).toBe("i32");
    expect(add(of("i32"), 0.5).dtype).toBe("f32");
    expect(add(of("i32"), 2 ** 31).dtype).toBe("f32");
  });
  test("alone they are f32", () => {
    expect(add(1, 2).dtype).toBe("f32");
    expect(sum([1, 2]).dtype).toBe("f32");
  });
  test("beside booleans", () => {
    expect(add(of("bool"), 1).dtype).toBe("i32");
    expect(mul(of("bool"), 0.5).dtype).toBe("f32");
    expect(where(of("bool"), of("bool"), false).dtype).toBe("bool");
  });
  test("a typed array and an NDArray have one", () => {
    expect(add(of("f32"), new Float64Array(2)).dtype).toBe("f64");
    expect(add(of("i32"), array([1, 2])).dtype).toBe("f32");
  });
});

test("integers and booleans are computed as f32 where a float is needed", () => {
  for (const fn of [exp, sqrt, mean]) {
    expect(fn(of("i32")).dtype).toBe("f32");
    expect(fn(of("bool")).dtype).toBe("f32");
    expect(fn(of("f64")).dtype).toBe("f64");
  }
  expect(valueOf(div(constant(array(Int32Array.of(7))), 2))).toEqual([3.5]);
});

test("integers wrap around", () => {
  const at = (x: number): Tensor => constant(array(Int32Array.of(x)));
  const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
  expect(valueOf(add(at(most), 1))).toEqual([least]);
  expect(valueOf(sub(at(least), 1))).toEqual([most]);
  expect(valueOf(mul(at(most), at(most)))).toEqual([1]);
  expect(valueOf(square(at(65537)))).toEqual([131073]);
  expect(valueOf(neg(at(least)))).toEqual([least]);
  expect(valueOf(abs(at(least)))).toEqual([least]);
  expect(valueOf(sum(constant(array(Int32Array.of(most, most, 3)))))).toBe(1);
  expect(
    valueOf(matmul(constant(array(Int32Array.of(65536, 65536))), constant(array(Int32Array.of(65536, 1))))),
  ).toBe(65536);
});

describe("casts", () => {
  const x = constant([-2.9, 2.9, Number.NaN, Infinity, -Infinity, 3e9, -0], "f64");
  test("to integers drop the fraction and stop at the ends", () =>
    expect(valueOf(cast(x, "i32"))).toEqual([-2, 2, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 0]));
  test("to booleans tell zero from the rest", () =>
    expect(valueOf(cast(x, "bool"))).toEqual([true, true, true, true, true, true, false]));
  test("to f32 round", () => expect(valueOf(cast(constant(0.1, "f64"), "f32"))).toBe(Math.fround(0.1)));
  test("to the same dtype are nothing", () => expect(cast(x, "f64")).toBe(x));
  test("between floats carry the gradient, in the operand's dtype", () => {
    const [single, double] = [constant([1, 2]), constant([3, 4], "f64")];
    const loss = sum(mul(single, double));
    expect(grad(loss, single).dtype).toBe("f32");
    expect(grad(loss, double).dtype).toBe("f64");
    expect(evaluate(grad(loss, single)).toNested()).toEqual([3, 4]);
  });
  test("through integers carry none", () => {
    const w = constant([1.5, 2.5]);
    expect(valueOf(grad(sum(mul(w, cast(cast(w, "i32"), "f32"))), w))).toEqual([1, 2]);
  });
});

test("a gradient has the dtype of its operand", () => {
  for (const dtype of ["f32", "f64"] as const) {
    const w = input("w", [2], dtype);
    expect(grad(sum(exp(mul(w, constant([1, 2], "f64")))), w).dtype).toBe(dtype);
  }
  const ids = input("ids", [2], "i32");
  expect(() => grad(sum(cast(ids, "f32")), ids)).toThrow(DTypeError);
  expect(() => grad(sum(ids), ids)).toThrow(DTypeError);
});

test("a choice between plain booleans is boolean", () => {
  expect(evaluate(where([true, false], true, false)).toNested()).toEqual([true, false]);
});
