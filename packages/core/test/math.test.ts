import { expect, test } from "vitest";
import {
  array,
  constant,
  evaluate,
  grad,
  math,
  mathWith,
  matmul,
  mul,
  type Operand,
  parameter,
  square,
  sum,
  type Tensor,
  tanh,
} from "../src/index.ts";

const value = (tensor: Tensor) => evaluate(tensor).toNested();

test("operators bind as in mathematics", () => {
  expect(value(math`1 + 2 * 3`)).toBe(7);
  expect(value(math`(1 + 2) * 3`)).toBe(9);
  expect(value(math`8 / 4 / 2`)).toBe(1);
  expect(value(math`10 - 4 - 3`)).toBe(3);
  expect(value(math`2 ^ 3 ^ 2`)).toBe(512);
  expect(value(math`-2 ^ 2`)).toBe(-4);
  expect(value(math`2 ^ -1`)).toBe(0.5);
  expect(value(math`--3`)).toBe(3);
  expect(value(math`2 * -3`)).toBe(-6);
  expect(value(math`1.5e2 + .5`)).toBe(150.5);
});

test("a number alone becomes a constant", () => {
  expect(value(math`3`)).toBe(3);
});

test("products, transposes and functions", () => {
  const a = constant([[1, 2]]);
  const b = constant([[3, 4]]);
  expect(value(math`${a} @ ${b}ᵀ`)).toEqual([[11]]);
  expect(value(math`${a}ᵀ @ ${b}`)).toEqual([
    [3, 4],
    [6, 8],
  ]);
  expect(value(math`${a} ⊙ ${b} - ${a} * ${b}`)).toEqual([[0, 0]]);
  expect(value(math`${a} · ${b}`)).toEqual([[3, 8]]);
  expect(value(math`σ(0 * ${a})`)).toEqual([[0.5, 0.5]]);
  expect(value(math`relu(-${a}) + sqrt(4) + sum(${a})`)).toEqual([[5, 5]]);
  expect(value(math`softmax(${a} * 0)`)).toEqual([[0.5, 0.5]]);
  expect(value(math`${[[1, 2]]} + ${1}`)).toEqual([[2, 3]]);
});

test("text and calls make the same graph", () => {
  const x = parameter("x", [[0.3, -0.2]], "f64");
  const w = parameter(
    "w",
    [
      [0.1, 0.5],
      [-0.4, 0.2],
    ],
    "f64",
  );
  const text = math`tanh(${x} @ ${w} + 0.5)`;
  const names = (tensor: Tensor): string[] => [tensor.op.name, ...tensor.inputs.flatMap(names)];
  const called = tanh(matmul(x, w));
  expect(
    names(text)
      .filter((name) => names(called).includes(name))
      .sort(),
  ).toEqual(names(called).sort());
  const gradient = evaluate(grad(sum(text), w)).toNested();
  expect(gradient).toEqual(evaluate(grad(sum(tanh(math`${matmul(x, w)} + 0.5`)), w)).toNested());
});

test("an equation in a loop is parsed once and takes its operands anew", () => {
  const results = [1, 2, 3].map((n) => value(math`${n} ^ 2 + ${array([n])}`));
  expect(results).toEqual([[2], [6], [12]]);
});

test("white space and lines are free", () => {
  const x = constant(2);
  expect(
    value(math`
      ${x} *
        (1 +
         ${x})`),
  ).toBe(6);
});

test("mathWith: functions by the names given, and no others", () => {
  const equation = mathWith({ hyp: tanh, σ: square, neg: (x: Operand) => mul(x, 10) });
  const x = constant([0.5, -1], "f64");
  // σ is what it was called here, and a sign stays a sign beside a function `neg`.
  expect(value(equation`-σ(${x}) + neg(2)`)).toEqual([19.75, 19]);
  expect(value(equation`hyp(${x})ᵀ`)).toEqual([Math.tanh(0.5), Math.tanh(-1)]);
  expect(() => equation`tanh(${x})`).toThrow('no function is called "tanh"');
  expect(() => equation`constructor(${x})`).toThrow('no function is called "constructor"');
  expect(value(mathWith({})`${x} ^ 2`)).toEqual([0.25, 1]);
});

test("mathWith refuses what no equation could call", () => {
  expect(() => mathWith(undefined as never)).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: mathWith: expected functions by their names, received undefined]`,
  );
  expect(() => mathWith({ f: 3 as never })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: mathWith: "f": expected a function, received number]`,
  );
  for (const name of ["", "a b", "2x", "f(x)", "ᵀ", "-"])
    expect(() => mathWith({ [name]: tanh }), name).toThrow("cannot stand in an equation");
});
