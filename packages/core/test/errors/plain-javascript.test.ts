/** What types would refuse, as plain JavaScript says it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  array,
  checkOptionNames,
  checkOptionValues,
  compile,
  concat,
  constant,
  input,
  inWords,
  jit,
  math,
  neg,
  nextBelow,
  parameter,
  requireEnd,
  reshape,
  scan,
  softmax,
  split,
  stack,
  sum,
  type Tensor,
  tanh,
  transpose,
  zeros,
} from "../../src/index.ts";
import { message } from "./message.ts";

const names = "layers hiddenSize learningRate bidirectional seed";
const hintFor = (name: string): string | undefined =>
  /did you mean (\w+)/.exec(message(() => checkOptionNames("f", { [name]: 1 }, names as string)))?.[1];

test("unknown options are refused by name, with the one that was meant", () => {
  expect(hintFor("num_layers")).toBe("layers");
  expect(hintFor("hidden_size")).toBe("hiddenSize");
  expect(hintFor("lr")).toBe("learningRate");
  expect(hintFor("learning_rate")).toBe("learningRate");
  expect(hintFor("bidrectional")).toBe("bidirectional");
  expect(hintFor("xyzzy")).toBeUndefined();
  expect(() => checkOptionNames<object>("f", { seed: 1 }, names, "seed")).not.toThrow();
  expect(() => checkOptionNames<object>("f", {}, names, "seed")).toThrow("f: expected the option seed");
  expect(() => checkOptionNames<object>("f", 3 as never, names)).toThrow("received number");
  expect(() => compile({ output: [] } as never)).toThrow(/compile: no option is called "output"/);
});

test("of two neighbouring letters that are swapped, the right option is meant, in words of any length", () => {
  const words = ["seed", "bias", "axis", "steps", "layers", "dropout", "learningRate", "bidirectional"];
  const slips = words.flatMap((word) =>
    Array.from({ length: word.length - 1 }, (_, i) => [word, i] as const).filter(
      ([, i]) => word[i] !== word[i + 1],
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...slips), ([word, i]) => {
      const slip = word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2);
      const hint = /did you mean (\w+)/.exec(
        message(() => checkOptionNames<object>("f", { [slip]: 1 }, words.join(" "))),
      );
      expect(hint?.[1]).toBe(word);
    }),
    runs(60),
  );
});

test("inputs without a shape, tensors outside of a list", () => {
  const a = constant([1, 2]);
  expect(() => input("x", undefined as never)).toThrow('input: expected a shape for "x", received nothing');
  for (const fn of [concat, stack])
    expect(() => fn(a as never, a as never)).toThrow("expected an array of at least one tensor");
});

test("what other libraries take by its place is refused with the call that was meant", () => {
  const x = input("x", [2, 3]);
  const w = parameter("w", 1);
  const loose = (f: (...operands: never[]) => unknown, ...operands: unknown[]): string =>
    message(() => f(...(operands as never[])));
  expect(loose(sum, x, 0)).toMatch(/received number[\s\S]*hint: sum\(x, \{ axis: 0 \}\)$/);
  expect(loose(softmax, x, -1)).toMatch(/hint: softmax\(x, \{ axis: -1 \}\)$/);
  expect(loose(reshape, x, 3, 2)).toMatch(
    /^ShapeError\nreshape: expected a shape in an array, received number\n/,
  );
  expect(loose(transpose, x, 1, 0)).toMatch(/hint: transpose\(x, \[1, 0\]\)$/);
  expect(loose(compile, sum(x))).toContain("hint: compile({ inputs: { x }, outputs: { y } })");
  for (const updates of [[w, x], w, [[w]]])
    expect(loose(compile, { updates })).toContain("hint: updates: [[parameter, next]]");
  expect(loose(input, [2, 3])).toContain('input: expected a name in front\n  hint: input("x", [32, 10])');
  expect(loose(parameter, [2, 3])).toContain('hint: parameter("x", [0, 0])');
  expect(loose(math, "x + 1")).toContain("math: a tag for a template, received string");
  expect(message(() => math`tanh(w * ${x})`)).toMatch(
    /no function is called "w"; a tensor of this name is written \$\{w\}\n/,
  );
  expect(loose(scan, (h: Tensor) => tanh(h), { init: 0, xs: [1] })).toContain("hint: return { carry, y }");
});

test("a tensor is no number where JavaScript wants one, an array of one element is", () => {
  const x = input("x", []);
  const asNumber = (value: unknown): number => value as number;
  expect(message(() => asNumber(x) > 0)).toMatch(/^GraphError\ninput: a tensor is no number for JavaScript/);
  expect(message(() => asNumber(x) + 1)).toContain("hint: greater, where, add");
  expect(() => jit((a) => (asNumber(a) > 0 ? a : neg(a)))(1)).toThrow("a tensor is no number");
  expect(`${x}`).toBe('Tensor f32 [] "x" = input');
  expect([asNumber(array(0.5)) < 1, asNumber(array([2])) + 1, `${array(0.5)}`]).toEqual([
    true,
    3,
    "NDArray f32 [] 0.5",
  ]);
  expect(() => asNumber(array([1, 2])) + 1).toThrow("item: expected one element, received [2]");
});

test("values that an option does not take are refused by its name", () => {
  const whole = { text: "a whole number", holds: (value: unknown) => Number.isInteger(value) };
  expect(() => checkOptionValues("f", { steps: [3, whole], size: [0, whole] })).not.toThrow();
  const refused = (value: unknown): string =>
    message(() => checkOptionValues("f", { steps: [3, whole], size: [value, whole] }));
  expect(refused(1.5)).toContain("f: size is a whole number, received 1.5");
  expect(refused("two")).toContain('f: size is a whole number, received "two"');
  expect(refused([1, {}])).toContain("f: size is a whole number, received [1, an object]");
});

test("records without an end are said to have none", () => {
  expect(() => requireEnd("f", 1000)).not.toThrow();
  expect(() => requireEnd("f", 1001)).toThrow("f: records within records, more than 1000 deep");
});

test("what was received is said in a few words, whatever it is", () => {
  class Rate {}
  const given = [
    undefined,
    null,
    3,
    2n,
    Symbol("s"),
    "adam",
    () => 1,
    [1],
    { a: 1 },
    Object.create(null),
    new Map(),
    new Rate(),
  ];
  expect(given.map(inWords)).toEqual([
    ...["undefined", "null", "3", "2", "Symbol(s)", 'the text "adam"', "a function", "an array"],
    ...["{ a }", "{}", "a Map", "{}"],
  ]);
  expect(inWords(constant([1, 2]))).toBe("Tensor f32 [2] = constant");
  // A text in place of a rank, an axis, a size: these go through one door each.
  const odd = Object.create(null) as never;
  for (const call of [
    () => zeros(odd),
    () => zeros([odd]),
    () => sum([1], { axis: odd }),
    () => split([1], odd),
  ])
    expect(message(call)).toMatch(/^(ShapeError|GraphError)\n\w+: .*\{\}/);
});

test("between a number and the one below it there is none", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("f32" as const, "f64" as const),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      (dtype, x) => {
        const below = nextBelow(x, dtype);
        expect(below).toBeLessThan(x);
        const between = dtype === "f32" ? Math.fround((below + x) / 2) : (below + x) / 2;
        expect(between === below || between === x).toBe(true);
      },
    ),
    runs(100),
  );
});
