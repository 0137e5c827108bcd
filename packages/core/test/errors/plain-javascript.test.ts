/** What types would refuse, as plain JavaScript says it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { checkOptionNames, compile, concat, constant, input, stack } from "../../src/index.ts";
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
