/** Slices, pads and concats that undo each other. */
import { expect, test } from "vitest";
import { add, ancestors, array, concat, evaluate, input, pad, slice, type Tensor } from "../../src/index.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { expectClose } from "../properties/runs.ts";

const values = (shape: readonly number[], shift = 0) =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + shift)),
    { shape },
  );
const x = input("x", [2, 5], "f64");
const y = input("y", [2, 3], "f64");
const columns = (tensor: Tensor, start: number, stop: number): Tensor => slice(tensor, [0, start], [2, stop]);
const joined = concat([x, y], { axis: 1 });

test.each<[string, Tensor, string[]]>([
  ["a part that was joined", columns(joined, 5, 8), []],
  ["a part of it", columns(joined, 6, 8), ["slice"]],
  ["a part across two", columns(joined, 4, 6), ["concat", "slice"]],
  ["rows of what was joined", slice(joined, [1, 0], [2, 5]), ["slice"]],
  ["a part of a part", columns(columns(x, 1, 5), 1, 3), ["slice"]],
  [
    "what was padded",
    columns(
      pad(x, [
        [0, 0],
        [2, 1],
      ]),
      2,
      7,
    ),
    [],
  ],
  [
    "the padding",
    columns(
      pad(
        x,
        [
          [0, 0],
          [2, 1],
        ],
        3,
      ),
      0,
      2,
    ),
    ["constant", "broadcastTo"],
  ],
  [
    "some of both",
    columns(
      pad(x, [
        [0, 0],
        [2, 1],
      ]),
      1,
      7,
    ),
    ["pad", "slice"],
  ],
  ["all parts in a row", concat([columns(x, 0, 2), columns(x, 2, 3), columns(x, 3, 5)], { axis: 1 }), []],
  ["some parts in a row", concat([columns(x, 1, 2), columns(x, 2, 4)], { axis: 1 }), ["slice"]],
  [
    "parts in another order",
    concat([columns(x, 2, 5), columns(x, 0, 2)], { axis: 1 }),
    ["slice", "slice", "concat"],
  ],
  [
    "parts of other rows",
    concat([slice(x, [0, 0], [1, 2]), slice(x, [1, 2], [2, 5])], { axis: 1 }),
    ["slice", "slice", "concat"],
  ],
  ["strides", slice(slice(x, [0, 0], [2, 5], [1, 2]), [0, 0], [2, 2]), ["slice", "slice"]],
])("%s", (_, tensor, expected) => {
  check(tensor, expected);
});

const at = (tensor: Tensor, before: number, after: number, value = 0): Tensor =>
  pad(
    tensor,
    [
      [0, 0],
      [before, after],
    ],
    value,
  );

test.each<[string, Tensor, string[]]>([
  ["that fill a row", add(at(y, 5, 0), at(x, 0, 3)), ["concat"]],
  ["that fill a row, in a longer sum", add(at(y, 5, 3), at(x, 0, 6), at(y, 8, 0)), ["concat"]],
  ["that leave a gap", add(at(y, 6, 0), at(x, 0, 4)), ["pad", "pad", "add"]],
  ["that overlap", add(at(y, 4, 0), at(x, 0, 2)), ["pad", "pad", "add"]],
  ["with something else", add(at(y, 5, 0), at(x, 0, 3, 1)), ["pad", "pad", "add"]],
])("the sum of pads %s", (_, tensor, expected) => {
  check(tensor, expected);
});

/** The ops that are left but for inputs; values are as they were. */
function check(tensor: Tensor, expected: readonly string[]): void {
  const feeds = { x: values([2, 5]), y: values([2, 3], 1) };
  const { roots } = rewriteAll([tensor], { ...noRewrites, simplify: true });
  const read = (tensors: readonly Tensor[]) =>
    Object.fromEntries(
      ancestors(tensors)
        .filter(({ op }) => op.name === "input")
        .map((node) => [node.name!, feeds[node.name as "x" | "y"]]),
    );
  expectClose(evaluate(roots, read(roots)), evaluate([tensor], read([tensor])));
  expect(
    ancestors(roots)
      .map(({ op }) => op.name)
      .filter((name) => name !== "input"),
  ).toEqual(expected);
}
