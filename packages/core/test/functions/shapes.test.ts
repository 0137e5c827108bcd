/** What functions refuse, and the shapes at the edges: scalars, free axes, empty lists. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { DTypeError, GraphError, ShapeError } from "../../src/errors.ts";
import {
  any,
  arange,
  argmax,
  broadcastTo,
  clip,
  concat,
  constant,
  conv2d,
  cumsum,
  dot,
  dynamicSlice,
  einsum,
  evaluate,
  expandDims,
  eye,
  flip,
  full,
  grad,
  input,
  isFinite,
  logSumExp,
  matmul,
  max,
  maxPool2d,
  mean,
  mul,
  named,
  norm,
  oneHot,
  outer,
  pad,
  prod,
  repeat,
  reshape,
  slice,
  softmax,
  split,
  squeeze,
  stack,
  std,
  sum,
  swapAxes,
  type Tensor,
  take,
  takeAlong,
  tile,
  transpose,
  zeros,
} from "../../src/index.ts";
import { valueOf } from "../sweep/values.ts";

const x = input("x", [2, 3]);
const refusals: Record<string, [() => unknown, new (...args: never[]) => Error]> = {
  "reshape to another size": [() => reshape(x, [4]), ShapeError],
  "reshape with two free axes": [() => reshape(x, [-1, -1]), ShapeError],
  "reshape that does not divide": [() => reshape(x, [4, -1]), ShapeError],
  "transpose that names an axis twice": [() => transpose(x, [0, 0]), ShapeError],
  "transpose of too few axes": [() => transpose(x, [0]), ShapeError],
  "swapAxes of an unknown axis": [() => swapAxes(x, 0, 2), ShapeError],
  "expandDims past the end": [() => expandDims(x, 4), ShapeError],
  "expandDims before the start": [() => expandDims(x, -4), ShapeError],
  "squeeze of a long axis": [() => squeeze(x, { axis: 0 }), ShapeError],
  "squeeze of a long axis by its place": [() => squeeze(x, 0), ShapeError],
  "broadcastTo a smaller shape": [() => broadcastTo(x, [3]), ShapeError],
  "concat of nothing": [() => concat([]), ShapeError],
  "concat of other axes that differ": [() => concat([x, [[1]]]), ShapeError],
  "stack of shapes that differ": [() => stack([x, [1]]), ShapeError],
  "split into unequal parts": [() => split(x, 2, { axis: 1 }), ShapeError],
  "split into sizes that don't add up": [() => split(x, [1, 1], { axis: 1 }), ShapeError],
  "split into negative sizes": [() => split(x, [4, -1], { axis: 1 }), ShapeError],
  "slice with a stride of 0": [() => slice(x, [0, 0], [1, 1], [0, 1]), ShapeError],
  "slice of too few axes": [() => slice(x, [0], [1]), ShapeError],
  "flip of an unknown axis": [() => flip(x, { axis: 2 }), ShapeError],
  "pad with negative widths": [
    () =>
      pad(x, [
        [-1, 0],
        [0, 0],
      ]),
    ShapeError,
  ],
  "tile with a fraction": [() => tile(x, [0.5]), ShapeError],
  "repeat a negative number of times": [() => repeat(x, -1), ShapeError],
  "sum over an axis named twice": [() => sum(x, { axis: [0, -2] }), ShapeError],
  "mean over an unknown axis": [() => mean(x, { axis: 2 }), ShapeError],
  "prod over an unknown axis": [() => prod(x, { axis: -3 }), ShapeError],
  "any over an unknown axis": [() => any(x, { axis: 5 }), ShapeError],
  "max of nothing": [() => max(input("e", [0])), ShapeError],
  "argmax of nothing": [() => argmax(input("e", [0])), ShapeError],
  "softmax of a scalar": [() => softmax(1), ShapeError],
  "cumsum over an unknown axis": [() => cumsum(x, { axis: 2 }), ShapeError],
  "norm of order 0": [() => norm(x, { order: 0 }), GraphError],
  "matmul of inner axes that differ": [() => matmul(x, x), ShapeError],
  "matmul with a scalar": [() => matmul(x, 2), ShapeError],
  "dot of inner axes that differ": [() => dot(x, [1, 2]), ShapeError],
  "einsum with too few operands": [() => einsum("ij,jk->ik", x), ShapeError],
  "einsum of another rank": [() => einsum("i->i", x), ShapeError],
  "einsum with sizes that differ": [() => einsum("ij,ij->ij", x, [[1]]), ShapeError],
  "einsum naming an unknown letter": [() => einsum("ij->k", x), ShapeError],
  "einsum whose result leaves out ...": [() => einsum("...i->i", x), ShapeError],
  "einsum with ... that do not broadcast": [
    () => einsum("...i,...i", x, input("e", [5, x.shape.at(-1)!])),
    ShapeError,
  ],
  "einsum with too few axes for ...": [() => einsum("...ijk", x), ShapeError],
  "einsum with ... twice in a term": [() => einsum("...i...", x), ShapeError],
  "zeros of half a size": [() => zeros([1.5]), ShapeError],
  "eye of a negative size": [() => eye(-1), ShapeError],
  "full of another shape": [() => full([2], [1, 2, 3]), ShapeError],
  "einsum naming a letter twice": [() => einsum("ij->ii", x), ShapeError],
  "take with float indices": [() => take(x, input("i", [1])), DTypeError],
  "takeAlong where other axes differ": [() => takeAlong(x, [[0]]), ShapeError],
  "takeAlong with float indices": [() => takeAlong(x, input("i", [2, 1])), DTypeError],
  "oneHot of floats": [() => oneHot(input("i", [1]), 3), DTypeError],
  "dynamicSlice of a box that is too large": [() => dynamicSlice(x, [0, 0], [3, 3]), ShapeError],
  "arange with a step of 0": [() => arange(0, 3, 0), ShapeError],
  "arange without an end": [() => arange(0, Infinity), ShapeError],
  "conv2d of a matrix": [() => conv2d(x, x), ShapeError],
  "conv2d of other channels": [() => conv2d(input("i", [1, 2, 3, 3]), input("k", [1, 1, 2, 2])), ShapeError],
  "maxPool2d of a window that does not fit": [() => maxPool2d(input("i", [1, 1, 2, 2]), 3), ShapeError],
};

describe("refusals", () => {
  for (const [name, [fn, error]] of Object.entries(refusals)) test(name, () => expect(fn).toThrow(error));
  test("take out of range, when evaluated", () => {
    expect(() => evaluate(take([1, 2], [2]))).toThrow(ShapeError);
    expect(() => evaluate(take([1, 2], [-3]))).toThrow(ShapeError);
  });
});

describe("what needs no node makes none", () => {
  const same: Record<string, (t: Tensor) => Tensor> = {
    "reshape to its shape": (t) => reshape(t, [2, -1]),
    "transpose in order": (t) => transpose(t, [0, 1]),
    "broadcastTo its shape": (t) => broadcastTo(t, [2, 3]),
    "slice of all": (t) => slice(t, [0, 0], [2, 9]),
    "pad by nothing": (t) =>
      pad(t, [
        [0, 0],
        [0, 0],
      ]),
    "concat of one": (t) => concat([t]),
    "sum over no axes": (t) => sum(t, { axis: [] }),
    "max over no axes": (t) => max(t, { axis: [] }),
    "squeeze of nothing": (t) => squeeze(t),
  };
  for (const [name, fn] of Object.entries(same)) test(name, () => expect(fn(x)).toBe(x));
});

test("scalars", () => {
  expect(valueOf(sum(3))).toBe(3);
  expect(valueOf(max(3))).toBe(3);
  expect(valueOf(argmax(3))).toBe(0);
  expect(valueOf(cumsum(3))).toEqual([3]);
  expect(valueOf(outer(2, 3))).toEqual([[6]]);
  expect(valueOf(isFinite(Infinity))).toBe(false);
  expect(valueOf(clip(3, { high: 2 }))).toBe(2);
  expect(valueOf(clip(3, {}))).toBe(3);
  expect(transpose(3).shape).toEqual([]);
  expect(flip(3).shape).toEqual([]);
});

test("named gives the value under a name", () => {
  const y = named([1, 2], "hidden");
  expect([y.name, valueOf(y)]).toEqual(["hidden", [1, 2]]);
});

/** PyTorch gives 0 for the deviation of equal numbers; at an infinite slope, the subgradient of least length. */
test("a deviation of 0 has slope 0, of every order", () => {
  const x = constant([2, 2, 2], "f64");
  expect(evaluate(std(x)).item()).toBe(0);
  expect(evaluate(grad(std(x), x)).toNested()).toEqual([0, 0, 0]);
  expect(evaluate(grad(sum(grad(std(x), x)), x)).toNested()).toEqual([0, 0, 0]);
  const rows = constant(
    [
      [1, 1],
      [1, 3],
    ],
    "f64",
  );
  const slopes = evaluate(grad(sum(std(rows, { axis: 1 })), rows)).data;
  [0, 0, -0.5, 0.5].forEach((slope, i) => {
    expect(slopes[i]).toBeCloseTo(slope, 15);
  });
});

test("where all elements are -∞, logSumExp is -∞ and its gradient 0, of every order", () => {
  const x = constant(
    [
      [-Infinity, -Infinity],
      [-Infinity, 1.5],
      [0, 0],
    ],
    "f64",
  );
  const y = logSumExp(x, { axis: 1 });
  const gradient = grad(sum(y), x);
  expect(evaluate(y).toNested()).toEqual([-Infinity, 1.5, Math.log(2)]);
  expect(evaluate(gradient).toNested()).toEqual([
    [0, 0],
    [0, 1],
    [0.5, 0.5],
  ]);
  const second = grad(
    sum(
      mul(
        gradient,
        constant(
          [
            [1, 2],
            [1, 2],
            [1, 2],
          ],
          "f64",
        ),
      ),
    ),
    x,
  );
  expect(Array.from(evaluate(second).data, (value) => value + 0)).toEqual([0, 0, 0, 0, -0.25, 0.25]);
});

test("einsum takes a diagonal, whatever stands beside it", () => {
  const square = constant([
    [1, Infinity],
    [Number.NaN, 2],
  ]);
  expect(evaluate(einsum("ii->i", square)).toNested()).toEqual([1, 2]);
  expect(evaluate(einsum("ii", square)).toNested()).toBe(3);
  const inner = constant([
    [
      [Number.NaN, 1],
      [1, 4],
    ],
    [
      [5, Infinity],
      [-Infinity, 7],
    ],
  ]);
  expect(evaluate(einsum("kii->ki", inner)).toNested()).toEqual([
    [Number.NaN, 4],
    [5, 7],
  ]);
  expect(evaluate(grad(sum(einsum("ii->i", square)), square)).toNested()).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test("an axis bare and in a record are the same", () => {
  const shapes = fc.array(fc.constantFrom(1, 1, 2), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, fc.integer({ min: -5, max: 4 }), (shape, axis) => {
      const given = input("given", shape);
      const outcome = (build: () => Tensor): unknown => {
        try {
          return build().shape;
        } catch (error) {
          expect(error).toBeInstanceOf(ShapeError);
          return String(error);
        }
      };
      expect(outcome(() => squeeze(given, axis))).toEqual(outcome(() => squeeze(given, { axis })));
      expect(outcome(() => squeeze(given, [axis]))).toEqual(outcome(() => squeeze(given, { axis: [axis] })));
      expect(outcome(() => expandDims(given, { axis }))).toEqual(outcome(() => expandDims(given, axis)));
    }),
    runs(50),
  );
  expect(() => expandDims(x, {} as never)).toThrow("expandDims: expected the option axis, received nothing");
});
