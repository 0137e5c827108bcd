/** What types would refuse, as plain JavaScript says it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  checkOptionNames,
  checkOptionValues,
  compile,
  concat,
  constant,
  input,
  nextBelow,
  requireEnd,
  stack,
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
