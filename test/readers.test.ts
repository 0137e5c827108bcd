/** A short run of scripts/fuzz.ts. */
import { array, evaluate, grad, math, parameter, scan, sum } from "@org/core";
import { fromPyTorch, parameters } from "@org/nn";
import { saveCheckpoint } from "@org/optim";
import { expect, test } from "vitest";
import { fuzz } from "../scripts/fuzz/fuzz.ts";
import { readers } from "../scripts/fuzz/readers.ts";

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 1e9);

test.each(readers(false))("$name gives its documented error and no other", async (reader) => {
  const { faults } = await fuzz(reader, seed, Math.ceil(reader.share / 2));
  expect(faults, `seed ${seed}`).toEqual([]);
});

const cyclic: Record<string, never> = {};
cyclic.own = cyclic as never;
let deep: object = {};
for (let level = 0; level < 50_000; level++) deep = { deep };

test.each([
  ["that contains itself", cyclic],
  ["without an end", deep],
])("a record %s is refused by name", (_, record) => {
  const w = parameter("w", 1);
  const calls: Record<string, () => unknown> = {
    evaluate: () => evaluate(record as never),
    grad: () => grad(sum(w), record as never),
    scan: () => scan((carry) => ({ carry }), { init: record as never, length: 1 }),
    checkpoint: () => saveCheckpoint(record as never),
    parameters: () => parameters(record === deep ? record : { a: deep }),
    fromPyTorch: () => fromPyTorch(record, {}),
  };
  for (const [name, call] of Object.entries(calls))
    expect(call, name).toThrow(new RegExp(`^${name}: (records|models) within .* more than 1000 deep`));
});

test("equations: long chains are read, deep ones refused", () => {
  const of = (text: string) => math(Object.assign([text], { raw: [text] }));
  expect(evaluate(of(`1${"+1".repeat(5000)}`)).item()).toBe(5001);
  for (const deep of ["(", "-", "1^", "tanh("])
    expect(() => of(deep.repeat(1e5))).toThrow("nested more than 200 deep");
});

test("rows in many places are counted in each", () => {
  let pairs: unknown = 1;
  for (let level = 0; level < 40; level++) pairs = [pairs, pairs];
  expect(() => array(pairs as never)).toThrow("more than 2²⁷ numbers");
});
