import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";
import { stepsFor } from "./pace.ts";
import { UserError } from "./user-error.ts";

test("defaults, and what replaces them", () => {
  expect(parseOptions([])).toMatchObject({ cell: "lstm", text: undefined, out: "out", resume: false });
  expect(
    parseOptions(["--cell", "gru", "--learning-rate=1e-3", "--resume", "--text", "a.txt"]),
  ).toMatchObject({
    cell: "gru",
    learningRate: 1e-3,
    resume: true,
    text: "a.txt",
  });
});

test("--quick is a preset: what is given beside it counts", () => {
  const quick = parseOptions(["--quick", "--hidden", "5"]);
  expect(quick.steps).toBeLessThan(parseOptions([]).steps);
  expect(quick.hidden).toBe(5);
});

test("the -- of a package manager is passed over", () => {
  expect(parseOptions(["--", "--steps", "7"]).steps).toBe(7);
});

const refusal = (...args: string[]): string => {
  try {
    parseOptions(args);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${args.join(" ")}`);
};

test("mistakes are named, with what was expected and what came", () => {
  expect(refusal("--cell", "transformer")).toMatchInlineSnapshot(
    `"--cell takes rnn, lstm, gru, received "transformer""`,
  );
  expect(refusal("--hidden", "many")).toMatchInlineSnapshot(
    `"--hidden takes a whole number from 1 up, received "many""`,
  );
  expect(refusal("--hidden", "0")).toMatchInlineSnapshot(
    `"--hidden takes a whole number from 1 up, received "0""`,
  );
  expect(refusal("--steps", "1.5")).toMatchInlineSnapshot(
    `"--steps takes a whole number from 1 up, received "1.5""`,
  );
  expect(refusal("--seed", "-1")).toMatchInlineSnapshot(
    `"--seed takes a whole number from 0 up, received "-1""`,
  );
  expect(refusal("--batch", "")).toMatchInlineSnapshot(
    `"--batch takes a whole number from 1 up, received """`,
  );
  expect(refusal("--learning-rate", "0")).toMatchInlineSnapshot(
    `"--learning-rate takes a number above 0, received "0""`,
  );
  expect(refusal("--temperature", "NaN")).toMatchInlineSnapshot(
    `"--temperature takes a number from 0 up, received "NaN""`,
  );
  expect(refusal("--steps")).toMatchInlineSnapshot(
    `"--steps takes a value; the options are --text --cell --hidden --steps --batch --window --learning-rate --seed --threads --temperature --out --resume --quick --help"`,
  );
  expect(refusal("--out", "--resume")).toMatchInlineSnapshot(
    `"--out takes a value; the options are --text --cell --hidden --steps --batch --window --learning-rate --seed --threads --temperature --out --resume --quick --help"`,
  );
  expect(refusal("--layers", "2")).toMatchInlineSnapshot(
    `"there is no option --layers; the options are --text --cell --hidden --steps --batch --window --learning-rate --seed --threads --temperature --out --resume --quick --help"`,
  );
  expect(refusal("book.txt")).toMatchInlineSnapshot(
    `""book.txt" is not an option; the options are --text --cell --hidden --steps --batch --window --learning-rate --seed --threads --temperature --out --resume --quick --help"`,
  );
  expect(refusal("--resume=yes")).toMatchInlineSnapshot(
    `"--resume takes no value; the options are --text --cell --hidden --steps --batch --window --learning-rate --seed --threads --temperature --out --resume --quick --help"`,
  );
});

test("as many steps as two minutes have room for, in hundreds", () => {
  expect(stepsFor(20, 12_000)).toBe(5500);
  expect(stepsFor(3, 12_000)).toBe(12_000);
  expect(stepsFor(500, 12_000)).toBe(1000);
});
