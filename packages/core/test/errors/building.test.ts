import { expect, test } from "vitest";
import {
  add,
  arange,
  array,
  cast,
  concat,
  constant,
  customGradient,
  dynamicSlice,
  einsum,
  evaluate,
  exp,
  expandDims,
  grad,
  input,
  jvp,
  matmul,
  max,
  named,
  parameter,
  randomKey,
  reshape,
  ShapeError,
  scan,
  scatterAdd,
  slice,
  split,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
  vjp,
} from "../../src/index.ts";
import { message } from "./message.ts";

const x = input("x", [32, 3]);
const w = parameter("dense1.weight", array(new Float32Array(64), { shape: [8, 8] }));
const b = parameter("b", [1, 2, 3]);

test("a product whose inner dimensions differ says which transpose would fit", () => {
  const right = parameter("dense1.weight", array(new Float32Array(24), { shape: [8, 3] }));
  expect(message(() => matmul(x, right))).toMatchInlineSnapshot(`
    "ShapeError
    matmul: inner dimensions differ (3 ≠ 8)
      a: [32, 3]  "x"
      b: [8, 3]  "dense1.weight"
      rule: [..., m, k] × [..., k, n] → [..., m, n]
      hint: transpose(b) is [3, 8] and would fit"
  `);
  expect(message(() => matmul(x, w))).toMatchInlineSnapshot(`
    "ShapeError
    matmul: inner dimensions differ (3 ≠ 8)
      a: [32, 3]  "x"
      b: [8, 8]  "dense1.weight"
      rule: [..., m, k] × [..., k, n] → [..., m, n]"
  `);
  expect(message(() => matmul(x, 2))).toMatchInlineSnapshot(`
    "ShapeError
    matmul: takes vectors and matrices, received a scalar
      a: [32, 3]  "x"
      b: []
      rule: [..., m, k] × [..., k, n] → [..., m, n]"
  `);
});

test("errors carry their data as fields", () => {
  try {
    matmul(x, w);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ShapeError);
    const { op, operands, rule, hint } = error as ShapeError;
    expect({ op, operands, rule, hint }).toEqual({
      op: "matmul",
      operands: [
        { label: "a", shape: [32, 3], name: "x" },
        { label: "b", shape: [8, 8], name: "dense1.weight" },
      ],
      rule: "[..., m, k] × [..., k, n] → [..., m, n]",
      hint: undefined,
    });
  }
});

test("operands that do not broadcast", () => {
  expect(message(() => add(x, input("y", [32])))).toMatchInlineSnapshot(`
    "ShapeError
    add: [32, 3] and [32] do not broadcast together
      a: [32, 3]  f32  "x"
      b: [32]  f32  "y"
      rule: axes are aligned from the right; lengths are equal or one of them is 1
      hint: expandDims(b, 1) is [32, 1] and would fit"
  `);
  expect(message(() => add(x, input("y", [4])))).toMatchInlineSnapshot(`
    "ShapeError
    add: [32, 3] and [4] do not broadcast together
      a: [32, 3]  f32  "x"
      b: [4]  f32  "y"
      rule: axes are aligned from the right; lengths are equal or one of them is 1"
  `);
});

test("axes and shapes", () => {
  expect(message(() => sum(x, { axis: 2 }))).toMatchInlineSnapshot(`
    "ShapeError
    sum: no axis 2 in [32, 3]
      x: [32, 3]  "x"
      rule: an axis is a whole number from -rank to rank - 1, named once"
  `);
  expect(message(() => sum(x, { axis: [0, -2] }))).toMatchInlineSnapshot(`
    "ShapeError
    sum: no axis [0, -2] in [32, 3]
      x: [32, 3]  "x"
      rule: an axis is a whole number from -rank to rank - 1, named once"
  `);
  expect(message(() => max(input("none", [0, 2]), { axis: 0 }))).toMatchInlineSnapshot(`
    "ShapeError
    max: axis 0 is empty, and max of nothing is not defined
      x: [0, 2]  f32  "none"
      rule: [...s] → s without the reduced axes, none of which is empty"
  `);
  expect(message(() => reshape(x, [5, -1]))).toMatchInlineSnapshot(`
    "ShapeError
    reshape: [32, 3] (96 elements) does not fill [5, -1]
      x: [32, 3]  f32  "x"
      rule: [...s] → [...t], size(s) = size(t)"
  `);
  expect(message(() => transpose(x, [0, 0]))).toMatchInlineSnapshot(`
    "ShapeError
    transpose: expected each axis of 0 … 1 once, received [0, 0]
      x: [32, 3]  f32  "x"
      rule: [...s] → s permuted"
  `);
  expect(message(() => concat([x, b]))).toMatchInlineSnapshot(`
    "ShapeError
    concat: [32, 3] and [3] differ on an axis other than 0
      operand 0: [32, 3]  f32  "x"
      operand 1: [3]  f32  "b"
      rule: [..., n₁, ...], [..., n₂, ...], … → [..., n₁ + n₂ + …, ...]"
  `);
  expect(message(() => slice(x, [0], [1]))).toMatchInlineSnapshot(`
    "ShapeError
    slice: expected whole starts, stops and strides (≥ 1) for 2 axes, received [0], [1], [1,1]
      x: [32, 3]  f32  "x"
      rule: [...s] → elements start, start + stride, … below stop on each axis"
  `);
  expect(message(() => split(x, 5))).toMatchInlineSnapshot(`
    "ShapeError
    split: axis 0 of [32, 3] does not divide into 5 equal parts"
  `);
  expect(message(() => expandDims(x, 4))).toMatchInlineSnapshot(`
    "ShapeError
    expandDims: no place 4 in [32, 3]"
  `);
  expect(message(() => einsum("ij,jk->ik", x, w))).toMatchInlineSnapshot(`
    "ShapeError
    einsum: j is 3 and 8 in "ij,jk->ik""
  `);
  expect(message(() => dynamicSlice(x, [0, 0], [33, 1]))).toMatchInlineSnapshot(`
    "ShapeError
    dynamicSlice: expected 2 starts and a box inside [32, 3], received starts [2], box [33, 1]
      x: [32, 3]  f32  "x"
      starts: [2]  i32"
  `);
  expect(message(() => input("x", [1.5]))).toMatchInlineSnapshot(`
    "ShapeError
    input: a shape has whole sizes from 0 up, received [1.5] for "x""
  `);
  expect(message(() => arange(0, 1, 0))).toMatchInlineSnapshot(`
    "ShapeError
    arange: expected finite bounds and a step other than 0, received 0, 1, 0"
  `);
});

test("values that are no arrays", () => {
  expect(message(() => array([[1, 2], [3]]))).toMatchInlineSnapshot(`
    "ShapeError
    array: ragged rows: axis 1 has 2 elements in one row and 1 in another"
  `);
  expect(message(() => array([1, 2, 3], { shape: [2, 2] }))).toMatchInlineSnapshot(`
    "ShapeError
    array: 3 elements do not fill [2, 2] (4)"
  `);
  expect(message(() => array([1.5], { dtype: "i32" }))).toMatchInlineSnapshot(`
    "DTypeError
    array: i32 takes whole numbers from -2³¹ to 2³¹-1, received 1.5"
  `);
  expect(message(() => array(["1"] as never))).toMatchInlineSnapshot(`
    "DTypeError
    array: expected numbers or booleans, received the text "1""
  `);
});

test("dtypes", () => {
  const ids = input("ids", [4], "i32");
  expect(message(() => take(x, input("where", [2])))).toMatchInlineSnapshot(`
    "DTypeError
    take: indices are i32, received f32
      indices: [2]  f32  "where"
      hint: cast(indices, "i32")"
  `);
  expect(message(() => scatterAdd(b, ids, [1, 2]))).toMatchInlineSnapshot(`
    "ShapeError
    scatterAdd: expected updates [4], received [2]
      x: [3]  f32  "b"
      indices: [4]  i32  "ids"
      updates: [2]  f32
      rule: [n, ...s], i32 [...i], [...i, ...s] → [n, ...s]"
  `);
  expect(message(() => grad(sum(ids), ids))).toMatchInlineSnapshot(`
    "DTypeError
    grad: loss: i32 has no derivative
      loss: []  i32
      rule: derivatives are of f32 or f64 with respect to f32 or f64"
  `);
  expect(message(() => grad(sum(b), { b, ids }))).toMatchInlineSnapshot(`
    "DTypeError
    grad: wrt ids: i32 has no derivative
      wrt: [4]  i32  "ids"
      rule: derivatives are of f32 or f64 with respect to f32 or f64"
  `);
});

test("derivatives of what has none", () => {
  expect(message(() => grad(tanh(x), x))).toMatchInlineSnapshot(`
    "ShapeError
    grad: expected a scalar loss, received [32, 3]
      loss: [32, 3]  f32
      hint: mean(loss) or sum(loss) is a scalar; vjp and jacobian take other shapes"
  `);
  expect(message(() => vjp(tanh(x), x, [1, 2]))).toMatchInlineSnapshot(`
    "ShapeError
    vjp: cotangents: expected [32, 3] f32, received [2] f32"
  `);
  expect(message(() => jvp(tanh(b), [b, b], [[1, 2, 3]]))).toMatchInlineSnapshot(`
    "GraphError
    jvp: tangents at [1]: expected a tensor or a value, received nothing"
  `);
  expect(message(() => jvp(tanh(b), { b }, { b: [1, 2] }))).toMatchInlineSnapshot(`
    "ShapeError
    jvp: tangents b: expected [3] f32, received [2] f32"
  `);
  expect(message(() => grad(sum(b), ["b"] as never))).toMatchInlineSnapshot(`
    "GraphError
    grad: wrt [0]: expected a tensor, received string"
  `);
  const wrong = customGradient(
    (t) => exp(t),
    () => [constant(1)],
  );
  expect(message(() => grad(sum(wrong(b)), b))).toMatchInlineSnapshot(`
    "GraphError
    customGradient: the rule's gradient 0 is [], its operand [3]"
  `);
});

test("random keys", () => {
  expect(message(() => randomKey(-1))).toMatchInlineSnapshot(`
    "GraphError
    randomKey: expected a whole seed from 0 to 2⁵³ - 1, received -1"
  `);
});

test("a scan whose carry changes names the path and the remedy", () => {
  const init = { h: constant([[1, 2]]), c: constant(0) };
  const widen = () =>
    scan((carry) => ({ carry: { ...carry, h: concat([carry.h, carry.h], { axis: 1 }) } }), {
      init,
      length: 3,
    });
  expect(message(widen)).toMatchInlineSnapshot(`
    "GraphError
    scan: carry.h changes: [1, 2] f32 before a step, [1, 4] f32 after it
      rule: a step returns each carry with the structure, shape and dtype that it received
      hint: start from init.h of shape [1, 4], or reduce the result to [1, 2]"
  `);
  const recast = () =>
    scan((carry) => ({ carry: { ...carry, c: cast(carry.c, "f64") } }), { init, length: 3 });
  expect(message(recast)).toMatchInlineSnapshot(`
    "GraphError
    scan: carry.c changes: [] f32 before a step, [] f64 after it
      rule: a step returns each carry with the structure, shape and dtype that it received
      hint: cast the result to f32, or start from init.c of dtype f64"
  `);
  const forget = () => scan((carry) => ({ carry: { h: carry.h } }), { init, length: 3 });
  expect(message(forget)).toMatchInlineSnapshot(`
    "GraphError
    scan: the carry changes structure: { h, c } before a step, { h } after it
      rule: a step returns each carry with the structure, shape and dtype that it received"
  `);
});

test("a scan that does not know its length", () => {
  const step = (carry: Tensor) => ({ carry });
  expect(message(() => scan(step, { init: 0 }))).toMatchInlineSnapshot(`
    "GraphError
    scan: neither xs nor length says how many steps"
  `);
  expect(message(() => scan(step, { init: 0, xs: { a: [1, 2], b: [1, 2, 3] } }))).toMatchInlineSnapshot(`
    "GraphError
    scan: lengths differ or are not whole: xs.a [2], xs.b [3]"
  `);
  expect(message(() => scan(step, { init: 0, xs: 5 }))).toMatchInlineSnapshot(`
    "GraphError
    scan: xs [] has no first axis to step along"
  `);
  expect(message(() => scan(step, { init: 0, length: 3, checkpoint: 0 }))).toMatchInlineSnapshot(`
    "GraphError
    scan: checkpoint: expected "sqrt" or a whole number from 1, received 0"
  `);
});

test("a loop's tensor used outside of the loop", () => {
  let leaked = named(0, "nothing");
  scan(
    (carry) => {
      leaked = carry;
      return { carry };
    },
    { init: 0, length: 1 },
  );
  expect(message(() => evaluate(leaked))).toMatchInlineSnapshot(`
    "GraphError
    placeholder: a tensor of a loop's body was used outside of the loop"
  `);
});

test("the stack of an error holds the user's line", () => {
  try {
    matmul(x, w);
    expect.unreachable();
  } catch (error) {
    expect((error as Error).stack).toContain("building.test.ts");
  }
});
