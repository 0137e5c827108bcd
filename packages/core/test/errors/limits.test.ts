/** What is too large is said where the graph is built, or when it is compiled, in words about the graph. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  arange,
  broadcastTo,
  compile,
  concat,
  flip,
  GraphError,
  grad,
  input,
  matmul,
  mul,
  pad,
  ShapeError,
  scan,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "../../src/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { message } from "./message.ts";

const count = (length: number): Tensor =>
  scan((n: Tensor) => ({ carry: add(n, 1) }), { init: 0, length }).carry;

test("tensors and loops have as many elements and steps as can be counted", () => {
  const x = input("x", [2 ** 16]);
  const column = input("column", [2 ** 16, 1]);
  const large: Record<string, () => unknown> = {
    input: () => input("y", [2 ** 33]),
    arange: () => arange(2 ** 32),
    matmul: () => matmul(column, transpose(column)),
    add: () => add(x, column),
    steps: () => count(2 ** 31),
    "endless steps": () => count(Number.POSITIVE_INFINITY),
    history: () => {
      const { carry } = scan((h: Tensor) => ({ carry: tanh(mul(h, h)) }), { init: x, length: 2 ** 16 });
      return grad(sum(carry), x);
    },
    "an axis of an empty tensor": () => input("y", [0, 2 ** 40]),
  };
  expect(Object.entries(large).map(([name, build]) => `${name}: ${message(build)}`)).toMatchInlineSnapshot(`
    [
      "input: ShapeError
    input: [8589934592] has 8589934592 elements
      rule: at most 2147483647 elements",
      "arange: ShapeError
    arange: the count of numbers is a whole number from 0 to 2³¹-1, received 4294967296",
      "matmul: ShapeError
    matmul: [65536, 65536] has 4294967296 elements
      rule: at most 2147483647 elements",
      "add: ShapeError
    broadcastTo: [65536, 65536] has 4294967296 elements
      rule: at most 2147483647 elements",
      "steps: GraphError
    scan: 2147483648 steps, at most 2147483647 can be counted",
      "endless steps: GraphError
    scan: Infinity steps, at most 2147483647 can be counted",
      "history: ShapeError
    scan: [65536, 65536] has 4294967296 elements
      rule: at most 2147483647 elements",
      "an axis of an empty tensor: ShapeError
    input: [0, 1099511627776] has an axis of 1099511627776
      rule: at most 2147483647 elements",
    ]
  `);
  expect(input("y", [2 ** 31 - 1]).shape).toEqual([2 ** 31 - 1]);
  expect(count(2 ** 31 - 1).shape).toEqual([]);
});

const PROGRAMS: ((x: Tensor) => Tensor)[] = [
  tanh,
  (x) => add(x, flip(x)),
  (x) => sum(x, { axis: 0 }),
  (x) => matmul(x, x),
  (x) => concat([x, tanh(x)]),
  (x) =>
    pad(
      x,
      x.shape.map(() => [1, 2] as const),
    ),
  (x) => tanh(broadcastTo(x, [3, ...x.shape])),
  (x) =>
    scan((h: Tensor, row: Tensor) => ({ carry: tanh(add(h, row)), y: h }), {
      init: sum(x, { axis: 0 }),
      xs: x,
    }).ys,
];

test("programs of any size are compiled, or refused in words about the graph", () => {
  const runtime = new WasmRuntime({ maximum: 64 });
  const lengths = fc.constantFrom(
    1,
    2,
    3,
    1000,
    2 ** 15,
    2 ** 16,
    2 ** 20 + 1,
    2 ** 29,
    2 ** 30,
    2 ** 31 - 1,
    2 ** 31,
  );
  fc.assert(
    fc.property(
      fc.array(lengths, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("f32" as const, "f64" as const),
      fc.constantFrom(...PROGRAMS),
      (shape, dtype, program) => {
        try {
          const x = input("x", shape, dtype);
          compile({ inputs: { x }, outputs: [program(x)], runtime }).dispose();
          expect(sizeOf(shape)).toBeLessThan(2 ** 20);
        } catch (error) {
          if (!(error instanceof ShapeError) && !(error instanceof GraphError)) throw error;
        }
      },
    ),
    runs(200),
  );
});
