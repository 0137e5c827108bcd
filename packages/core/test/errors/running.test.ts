import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  compile,
  createRuntime,
  evaluate,
  FeedError,
  input,
  mul,
  NDArray,
  type Nested,
  parameter,
  ShapeError,
  sub,
  sum,
} from "../../src/index.ts";
import { message } from "./message.ts";

const x = input("x", [2]);
const ids = input("ids", [2], "i32");
const w = parameter("w", [1, 2]);

test("feeds of evaluate", () => {
  expect(message(() => evaluate(sum(x)))).toMatchInlineSnapshot(`
    "FeedError
    feed: "x"
      expected: [2] f32
      received: nothing"
  `);
  expect(message(() => evaluate(sum(x), { x: [1, 2, 3] }))).toMatchInlineSnapshot(`
    "FeedError
    feed: "x"
      expected: [2] f32
      received: [3] f32"
  `);
  expect(message(() => evaluate(sum(ids), { ids: [1.5, 2] }))).toMatchInlineSnapshot(`
    "FeedError
    feed: "ids"
      expected: [2] i32
      received: i32 takes whole numbers from -2³¹ to 2³¹-1, received 1.5"
  `);
  expect(message(() => evaluate(sum(ids), { ids: array([1, 2]) }))).toMatchInlineSnapshot(`
    "FeedError
    feed: "ids"
      expected: [2] i32
      received: [2] f32"
  `);
  expect(message(() => evaluate(sum(x), { x: [[1], [2, 3]] }))).toMatchInlineSnapshot(`
    "FeedError
    feed: "x"
      expected: [2] f32
      received: ragged rows: axis 1 has 1 elements in one row and 2 in another"
  `);
  expect(message(() => evaluate("x" as never))).toMatchInlineSnapshot(`
    "GraphError
    evaluate: expected a tensor, received string"
  `);
});

test("doubles for f32 are said of once, by the name of the input", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  try {
    const single = input("single", [2]);
    const double = input("double", [2], "f64");
    const step = compile({ inputs: { single, double }, outputs: { y: add(single, double) } });
    const doubles = new Float64Array([0.1, 0.2]);
    step({ single: [0.1, 0.2], double: doubles });
    step({ single: new Float32Array(2), double: array(doubles) });
    expect(warn).not.toHaveBeenCalled();
    step({ single: doubles, double: doubles });
    step({ single: array(doubles), double: doubles });
    evaluate(single, { single: doubles });
    expect(warn.mock.calls).toMatchInlineSnapshot(`
      [
        [
          "feed: "single" is f32, and the f64 values it is given are rounded (said once)
        hint: dtype "f64" keeps their digits; a Float32Array says that f32 is meant",
        ],
      ]
    `);
  } finally {
    warn.mockRestore();
  }
});

test("two inputs of one name", () => {
  const other = input("x", [2]);
  expect(message(() => evaluate(add(x, other), { x: [1, 2] }))).toMatchInlineSnapshot(`
    "GraphError
    input: two different inputs are called "x"
      "x": [2]  f32
      "x": [2]  f32
      hint: use one tensor in both places, or give each a name of its own"
  `);
  expect(message(() => compile({ inputs: { x, other }, outputs: add(x, other) }))).toMatchInlineSnapshot(`
    "GraphError
    input: two different inputs are called "x"
      "x": [2]  f32
      "x": [2]  f32
      hint: use one tensor in both places, or give each a name of its own"
  `);
});

test("compile checks inputs and updates before anything runs", () => {
  expect(message(() => compile({ outputs: sum(x) }))).toMatchInlineSnapshot(`
    "GraphError
    compile: input "x" is used but not among the inputs
      hint: inputs: { x }"
  `);
  expect(message(() => compile({ inputs: { w }, outputs: sum(w) }))).toMatchInlineSnapshot(`
    "GraphError
    compile: inputs.w is not an input
      hint: make it with input(name, shape)"
  `);
  expect(message(() => compile({ inputs: { a: x, b: x }, outputs: sum(x) }))).toMatchInlineSnapshot(`
    "GraphError
    compile: one input is given under two keys"
  `);
  expect(
    message(() =>
      compile({
        updates: [
          [w, mul(w, 2)],
          [w, mul(w, 3)],
        ],
      }),
    ),
  ).toMatchInlineSnapshot(`
    "GraphError
    compile: parameter "w" is updated twice
      hint: add the two changes into one update"
  `);
  expect(message(() => compile({ updates: [[w, sum(w)]] }))).toMatchInlineSnapshot(`
    "GraphError
    compile: the update of "w" is [] f32, the parameter [2] f32"
  `);
  expect(message(() => compile({ updates: [[x as never, x]] }))).toMatchInlineSnapshot(`
    "GraphError
    compile: an update is a pair of a parameter and a tensor
      hint: updates: [[parameter, next]]"
  `);
  expect(message(() => createRuntime({ target: "interpreter", threads: 2 }))).toMatchInlineSnapshot(`
    "GraphError
    createRuntime: the interpreter target runs on 1 thread, received 2"
  `);
});

test("feeds of an executable", () => {
  const step = compile({ inputs: { x }, outputs: { y: mul(x, w) }, updates: [[w, add(w, x)]] });
  expect(message(() => step({} as never))).toMatchInlineSnapshot(`
    "FeedError
    feed: "x"
      expected: [2] f32
      received: nothing"
  `);
  expect(message(() => step({ x: [1, 2], z: 3 } as never))).toMatchInlineSnapshot(`
    "FeedError
    feed: "z"
      expected: one of x
      received: a value for "z""
  `);
  expect(message(() => step({ x: new Float32Array(3) }))).toMatchInlineSnapshot(`
    "FeedError
    feed: "x"
      expected: [2] f32
      received: 3 elements do not fill [2] (2)"
  `);
});

test("a call that throws changes nothing", () => {
  const total = parameter("total", [0, 0]);
  const step = compile({ inputs: { x }, outputs: { total }, updates: [[total, add(total, x)]] });
  step({ x: [1, 2] });
  expect(() => step({ x: [1] as never })).toThrow(FeedError);
  expect(total.value.toNested()).toEqual([1, 2]);
});

test("assigning a parameter checks shape and dtype and keeps the old value", () => {
  const p = parameter("p", [1, 2]);
  expect(
    message(() => {
      p.value = [1, 2, 3];
    }),
  ).toMatchInlineSnapshot(`
    "FeedError
    parameter: "p"
      expected: [2] f32
      received: [3] f32"
  `);
  expect(p.value.toNested()).toEqual([1, 2]);
});

/** Takes an array's numbers away, as `postMessage` with a transfer does. */
const transferred = (value: NDArray): NDArray => {
  structuredClone(value.data.buffer, { transfer: [value.data.buffer as ArrayBuffer] });
  return value;
};

test("arrays whose numbers are gone are refused before anything runs", () => {
  const total = parameter("total", [0, 0]);
  const step = compile({
    inputs: { x },
    outputs: { y: mul(x, 2), z: add(x, 1) },
    updates: [[total, add(total, x)]],
  });
  step({ x: [1, 2] });
  const here = (): NDArray => array([5, 5]);
  const gone = (): NDArray => transferred(here());
  const calls = [
    () => step({ x: gone() }),
    () => step({ x: [1, 2] }, { into: { y: here(), z: gone() } }),
    () => step({ x: [1, 2] }, { into: { y: gone(), z: here() } }),
    () => evaluate(mul(x, 2), { x: gone() }),
    () => {
      total.value = gone();
    },
  ];
  for (const call of calls) expect(call).toThrow(FeedError);
  expect(total.value.toNested()).toEqual([1, 2]);
  expect(message(calls[1]!)).toMatchInlineSnapshot(`
    "FeedError
    into: "output 1"
      expected: 2 elements
      received: 0 of them: its buffer was transferred or shrunk"
  `);
});

test("outputs go into memory of their own: arrays that overlap are refused before anything runs", () => {
  const total = parameter("total", [0, 0]);
  const step = compile({
    inputs: { x },
    outputs: { y: mul(x, 2), of: [add(x, 1), sub(x, 1)] },
    updates: [[total, add(total, 1)]],
  });
  const buffer = new Float32Array(12);
  const at = (offset: number): NDArray => new NDArray("f32", [2], buffer.subarray(offset, offset + 2));
  const offset = fc.integer({ min: 0, max: 10 });
  fc.assert(
    fc.property(offset, offset, offset, (a, b, c) => {
      const into = { y: at(a), of: [at(b), at(c)] };
      const [before, ran] = [buffer.slice(), total.value.data[0]!];
      const overlap = [a - b, a - c, b - c].some((far) => Math.abs(far) < 2);
      if (overlap) {
        expect(() => step({ x: [3, 4] }, { into: into as never })).toThrow(FeedError);
        expect([buffer, total.value.data[0]]).toEqual([before, ran]);
      } else {
        step({ x: [3, 4] }, { into: into as never });
        expect([into.y, ...into.of].map((value) => value.toNested())).toEqual([
          [6, 8],
          [4, 5],
          [2, 3],
        ]);
        expect(total.value.data[0]).toBe(ran + 1);
      }
    }),
    runs(60),
  );
  const one = at(0);
  expect(
    message(() => step({ x: [3, 4] }, { into: { y: one, of: [at(4), one] } as never })),
  ).toMatchInlineSnapshot(`
    "FeedError
    into: "of[1]"
      expected: an array of its own
      received: memory that "y" is written into"
  `);
});

test("an NDArray has a number for each place, of its dtype", () => {
  const wrong = [
    () => new NDArray("f32", [4], Float32Array.of(1, 2)),
    () => new NDArray("f32", [1], Float64Array.of(1)),
    () => new NDArray("f16" as "f32", [1], Float32Array.of(1)),
    () => new NDArray("f32", [1], [1] as never),
  ];
  expect(wrong.map(message)).toMatchInlineSnapshot(`
    [
      "ShapeError
    NDArray: 2 elements do not fill [4] (4)",
      "DTypeError
    NDArray: f32 is not held in a Float64Array",
      "DTypeError
    NDArray: f16 is not held in a Float32Array",
      "DTypeError
    NDArray: f32 is not held in a Array",
    ]
  `);
});

test("arrays of derived classes, and rows that contain themselves", () => {
  class Mine extends Float32Array {}
  class Wide extends Float64Array {}
  expect(array(Mine.of(0.5, 2.5))).toEqual(array([0.5, 2.5]));
  expect(array(Wide.of(0.1))).toEqual(array([0.1], { dtype: "f64" }));
  expect(array(Buffer.from([1, 255]))).toEqual(array([1, 255], { dtype: "i32" }));
  const self: Nested[] = [];
  self.push(self);
  const deep = JSON.parse(`${"[".repeat(65)}${"]".repeat(65)}`);
  for (const value of [self, [1, self], [self, 1], deep]) expect(() => array(value)).toThrow(ShapeError);
  expect(message(() => array(self))).toMatchInlineSnapshot(`
    "ShapeError
    array: rows within rows, more than 64 deep, or a row that contains itself"
  `);
});
