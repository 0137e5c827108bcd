/** What is neither a tensor nor numbers is refused by every public function in its own name, with a remedy where there is one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  DTypeError,
  evaluate,
  GraphError,
  grad,
  input,
  math,
  ShapeError,
  stack,
  sum,
  type Tensor,
  tanh,
} from "../../src/index.ts";
import { fixtureCalls } from "../functions/fixture-calls.ts";
import { message } from "./message.ts";

const x = input("x", [2]);
class Layer {
  readonly parameters = {};
  apply(): Tensor {
    return x;
  }
}
const ODD: readonly unknown[] = [
  undefined,
  null,
  "x",
  Symbol("x"),
  1n,
  { x },
  {},
  Object.create(null),
  new Layer(),
  { outputs: x, state: [] },
  () => x,
  [x, x],
  [[x]],
  ["a"],
  [null],
  Promise.resolve(1),
  new Map([["x", x]]),
  new Date(0),
  new Uint16Array(2),
];

const calls = fixtureCalls.filter(({ values }) => values.length > 0);

test("calls of the table", () => {
  const operand = fc
    .constantFrom(...calls)
    .chain((each) => fc.tuple(fc.constant(each), fc.nat(each.values.length - 1), fc.constantFrom(...ODD)));
  fc.assert(
    fc.property(operand, ([{ fn, values, call }, at, odd]) => {
      const operands: unknown[] = values.map((value, i) => (i === at ? odd : value));
      let found: unknown;
      try {
        call(operands as Tensor[]);
      } catch (error) {
        found = error;
      }
      const ours = [GraphError, DTypeError, ShapeError].some((kind) => found instanceof kind);
      expect(ours, String(found)).toBe(true);
      expect((found as GraphError).op).toBe(fn);
    }),
    runs(300),
  );
});

test("remedies", () => {
  const refused = (odd: unknown): string => message(() => tanh(odd as Tensor));
  expect(refused({ outputs: x, state: [] })).toMatchInlineSnapshot(`
    "DTypeError
    tanh: expected a tensor or numbers, received { outputs, state }
      hint: result.outputs is one"
  `);
  expect(refused(new Layer())).toMatchInlineSnapshot(`
    "DTypeError
    tanh: expected a tensor or numbers, received { parameters }
      hint: layer.apply(x) is one"
  `);
  expect(refused(Promise.resolve(1))).toMatchInlineSnapshot(`
    "DTypeError
    tanh: expected a tensor or numbers, received a Promise"
  `);
  expect(refused([x, x])).toMatchInlineSnapshot(`
    "DTypeError
    tanh: expected a tensor or numbers, received tensors in an array
      hint: stack makes one of them"
  `);
  expect(message(() => math`${x} * 2 + ${undefined as never}`)).toMatchInlineSnapshot(`
    "DTypeError
    math: \${1}: expected a tensor or numbers, received undefined"
  `);
  expect(message(() => stack([x, ["1"]] as never))).toMatchInlineSnapshot(`
    "DTypeError
    stack: expected numbers or booleans, received the text "1""
  `);
});

test("structures are records and arrays of tensors", () => {
  const loss = sum(x);
  expect(message(() => evaluate(undefined as never))).toMatchInlineSnapshot(`
    "GraphError
    evaluate: expected a tensor, received undefined"
  `);
  expect(message(() => evaluate({ a: Promise.resolve(x) } as never))).toMatchInlineSnapshot(`
    "GraphError
    evaluate: a: expected tensors, or records and arrays of them, received a Promise"
  `);
  expect(message(() => evaluate(new Map([["x", x]]) as never))).toMatchInlineSnapshot(`
    "GraphError
    evaluate: expected tensors, or records and arrays of them, received a Map"
  `);
  expect(message(() => grad(loss, undefined as never))).toMatchInlineSnapshot(`
    "GraphError
    grad: wrt: expected a tensor, received undefined"
  `);
  expect(message(() => grad(undefined as never, x))).toMatchInlineSnapshot(`
    "GraphError
    grad: loss: expected one scalar tensor, received undefined"
  `);
  expect(message(() => grad([loss, add(loss, 1)] as never, x))).toMatchInlineSnapshot(`
    "GraphError
    grad: loss: expected one scalar tensor, received an array"
  `);
});

test("a record whose text is no function is shown by its keys", () => {
  const odd = JSON.parse('{ "toString": 5, "valueOf": [] }');
  expect(() => array(odd)).toThrow("{ toString, valueOf }");
});
