/** Any public function, with whatever in the place of its arguments: an error of ours, or a result. Nothing from inside. */
import { expect, test } from "vitest";
import { expectNoErrorFromInside } from "../../../../test/odd-calls.ts";
import * as core from "../../src/index.ts";
import {
  array,
  cast,
  checkpoint,
  compile,
  constant,
  createRuntime,
  customGradient,
  einsum,
  evaluate,
  eye,
  input,
  NDArray,
  oneHot,
  parameter,
  saveTensors,
  sum,
  vmap,
  withScope,
  zeros,
} from "../../src/index.ts";
import { message } from "./message.ts";

const x = input("x", [2]);
const w = parameter("w", [1, 2]);

/** For those who walk graphs and write libraries of their own, which trust their callers (`ownCode` for good). */
const inner = new Set(
  `Node Parameter Tensor ancestors checkOptionNames checkOptionValues descendants isLoop nextBelow ownCode renewed requireEnd
  sourceLine substitute tensorBeside unrollNode`.split(/\s+/),
);

test("no error from inside", () =>
  expectNoErrorFromInside(core, { but: inner, most: { array: 2, constant: 2 } }));

test("dtypes of other libraries are refused, with the one that is meant", () => {
  const wrong = "float32" as never;
  const calls: readonly (() => unknown)[] = [
    () => input("x", [2], wrong),
    () => parameter("w", [1], wrong),
    () => constant(1, wrong),
    () => array([1], { dtype: wrong }),
    () => cast([1], wrong),
    () => zeros([2], wrong),
    () => eye(2, wrong),
    () => oneHot([1], 2, { dtype: wrong }),
  ];
  for (const call of calls)
    expect(message(call)).toMatch(
      /^DTypeError\n(input|parameter|constant|array|cast|zeros|eye|oneHot): expected a dtype, f32, f64, i32 or bool, received the text "float32"\n {2}hint: did you mean "f32"\?$/,
    );
  expect(message(() => cast(x, undefined as never))).toMatch(/received undefined$/);
  expect(message(() => input("x", [2], Float32Array as never))).toMatch(/received a function$/);
});

test("what is no function, no record and no runtime", () => {
  const not = 3 as never;
  for (const [name, call] of Object.entries({
    vmap: () => vmap(not),
    checkpoint: () => checkpoint(not),
    customGradient: () => customGradient((y) => y, not),
    withScope: () => withScope("scope", not),
  }))
    expect(message(call)).toBe(`GraphError\n${name}: expected a function of tensors, received 3`);
  expect(message(() => compile({ inputs: { x }, outputs: sum(x) })(null as never))).toMatchInlineSnapshot(`
    "GraphError
    executable: expected a record of values by name, received null"
  `);
  expect(message(() => evaluate(sum(x), null as never))).toMatchInlineSnapshot(`
    "GraphError
    evaluate: expected a record of values by name, received null"
  `);
  expect(message(() => saveTensors(undefined as never))).toMatchInlineSnapshot(`
    "GraphError
    saveTensors: expected a record of values by name, received undefined"
  `);
  expect(message(() => createRuntime({ target: "gpu" as never }))).toMatchInlineSnapshot(`
    "GraphError
    createRuntime: target is "wasm" or "interpreter", received "gpu""
  `);
  expect(message(() => einsum(w as never, w))).toMatchInlineSnapshot(`
    "ShapeError
    einsum: expected an equation in front, such as ij,jk->ik in "Parameter f32 [2] \\"w\\" [1, 2]""
  `);
  expect(message(() => new NDArray("f32", 1 as never, new Float32Array(1)))).toMatchInlineSnapshot(`
    "ShapeError
    NDArray: a shape is a list"
  `);
});
