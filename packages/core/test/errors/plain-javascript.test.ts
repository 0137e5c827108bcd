/** What types would refuse, as plain JavaScript says it. */
import { expect, test } from "vitest";
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

test("inputs without a shape, tensors outside of a list", () => {
  const a = constant([1, 2]);
  expect(() => input("x", undefined as never)).toThrow('input: expected a shape for "x", received nothing');
  for (const fn of [concat, stack])
    expect(() => fn(a as never, a as never)).toThrow("expected an array of at least one tensor");
});
