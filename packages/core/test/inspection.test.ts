/** What values print of themselves, in one line: `String` and Node's console say the same. */
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  array,
  compile,
  constant,
  createRuntime,
  customGradient,
  input,
  matmul,
  named,
  parameter,
  scan,
  square,
  sum,
} from "../src/index.ts";
import { fusesMultiplyAdd } from "../src/targets/wasm/runtime/probe.ts";
import { checkGradients } from "../src/testing/index.ts";

const line = (value: object): string => {
  expect(inspect(value)).toBe(String(value));
  return String(value);
};

test("arrays print dtype, shape and their first numbers", () => {
  expect(line(array([[1, 2, 3], [4, 5, 6]]))).toBe("NDArray f32 [2, 3] [[1, 2, 3], [4, 5, 6]]"); // biome-ignore format: rows
  expect(line(array([0.1, -0, Number.NaN, 1 / 3, -Infinity]))).toBe(
    "NDArray f32 [5] [0.1, -0, NaN, 0.333333, -Infinity]",
  );
  expect(line(array([true, false]))).toBe("NDArray bool [2] [true, false]");
  expect(line(array(2 ** 31 - 1, { dtype: "i32" }))).toBe("NDArray i32 [] 2147483647");
  expect(line(array(new Float64Array(0), { shape: [1000, 0] }))).toBe("NDArray f64 [1000, 0] []");
  const many = array(new Float32Array(20_000).fill(1), { shape: [1000, 20] });
  expect(line(many)).toBe(`NDArray f32 [1000, 20] [[${Array(12).fill(1).join(", ")}, …], …]`);
  const gone = array([1, 2]);
  structuredClone(gone.data.buffer, { transfer: [gone.data.buffer as ArrayBuffer] });
  expect(line(gone)).toBe("NDArray f32 [2] (a transferred or shrunk buffer)");
});

test("what is printed in full reads back as the array it was", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
  const drawn = shapes.chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc.tuple(fc.constant(shape), fc.array(fc.integer(), { minLength: size, maxLength: size }));
  });
  fc.assert(
    fc.property(drawn, ([shape, numbers]) => {
      const value = array(Int32Array.from(numbers), { shape });
      const text = line(value).replace(`NDArray i32 [${shape.join(", ")}] `, "");
      expect(JSON.parse(text)).toEqual(value.toNested());
    }),
  );
});

test("tensors and parameters print what is known of them", () => {
  const x = input("x", [32, 4]);
  const w = parameter("w", [[1, 2], [3, 4]], "f64"); // biome-ignore format: rows
  expect(line(x)).toBe('Tensor f32 [32, 4] "x" = input');
  expect(line(named(matmul(x, constant([[1], [2], [3], [4]])), "h"))).toMatch(/^Tensor f32 \[32, 1\] "h" = /);
  expect(line(add(x, 1))).toBe("Tensor f32 [32, 4] = add");
  expect(line(w)).toBe('Parameter f64 [2, 2] "w" [[1, 2], [3, 4]]');
  const { carry, ys } = scan((total, step) => ({ carry: add(total, step), y: total }), {
    init: 0,
    xs: [1, 2, 3],
  });
  expect([line(carry), line(ys)]).toEqual([
    "Tensor f32 [] = scan, result 0 of 2",
    "Tensor f32 [3] = scan, result 1 of 2",
  ]);
  expect(inspect({ x })).toBe('{ x: Tensor f32 [32, 4] "x" = input }');
});

test("executables and reports print what goes in and comes out, and keep their keys", () => {
  using runtime = createRuntime(); // made now: what the engine can do may change within a process
  const x = input("x", [2]);
  const total = parameter("total", 0);
  const run = compile({ inputs: { x }, outputs: { loss: sum(x) }, updates: [[total, sum(x)]], runtime });
  expect(line(run)).toBe("Executable { inputs { x f32 [2] }, outputs { loss f32 [] }, updates { total } }");
  run({ x: [1, 2] });
  expect(line(total)).toBe('Parameter f32 [] "total" 3');
  expect(line(compile({ outputs: constant([1]) }))).toBe("Executable { inputs {}, outputs { f32 [1] } }");
  const report = run.report();
  const engine = fusesMultiplyAdd() ? ", fused multiply-add, vectors of (128|256) bits" : "";
  const lines = [
    `runs on wasm, 1 thread${engine}`,
    "\\d+ nodes, loops counting as one, became \\d+ kernels? in \\S+ k?B of code",
    "a call makes 0 FLOP in matrix products",
    "memory: \\S+ k?B for values, 4 B for parameters",
    "rewrites: .+",
  ];
  expect(line(report)).toMatch(new RegExp(`^${lines.join("\n")}$`));
  expect({ ...report }).toEqual(JSON.parse(JSON.stringify(report)));
  const w = parameter("w", [1, 2]);
  expect(line(checkGradients(sum(w), w))).toMatch(
    /^GradientReport: passed, 3 comparisons of order 1, worst .+: \S+ apart, \S+ allowed$/,
  );
  const wrong = customGradient(
    (x) => square(x),
    (g) => [g],
  )(w);
  expect(line(checkGradients(sum(wrong), w))).toMatch(
    /^GradientReport: failed, \d of 3 comparisons of order 1, worst .* along .*: \S+, expected \S+ ± \S+$/,
  );
  const empty = constant(array(new Float32Array(0), { shape: [0] }));
  expect(line(checkGradients(sum(empty), empty))).toBe("GradientReport: nothing to compare");
});
