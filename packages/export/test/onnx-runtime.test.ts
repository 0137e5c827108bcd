/**
 * What ONNX Runtime's WebAssembly engine makes of our files, beside `evaluate`: every sample of every record, loops with
 * first and second derivatives, networks. Left out, and counted as such, where `examples/engines` is not installed.
 */
import { array, evaluate } from "@org/core";
import { describe, expect, test } from "vitest";
import { loops, networks, type Point, pointOf, sweep } from "../python/cases.ts";
import { toOnnx } from "../src/index.ts";
import { operations } from "../src/onnx/operations.ts";
import { type Arrays, difference, installed, load } from "./onnx-runtime.ts";

const passesOverNaN = "maxima and minima of the engine may pass over NaN, and so the places of them";
const noKernel = "the standard has the operator for f64, the engine no kernel";

/** Samples whose values differ, and why; a test holds that each still does. */
const known: Readonly<Record<string, string>> = {
  "f32 argmax_2": passesOverNaN,
  "f32 argmin_2": passesOverNaN,
  "f32 max_3": passesOverNaN,
  "f32 min_3": passesOverNaN,
  "f64 argmax_2": passesOverNaN,
  "f64 argmin_2": passesOverNaN,
  "f64 atan": noKernel,
  "f64 atan2": noKernel,
  "f64 erf": noKernel,
  "f64 max_3": passesOverNaN,
  "f64 min_3": passesOverNaN,
};

/** What differs, by output; under the name of the point where the engine refuses the file. */
async function differences(
  name: string,
  { inputs, outputs, feeds, parameters = {} }: Point,
): Promise<Readonly<Record<string, string>>> {
  const expected = evaluate(outputs, feeds) as unknown as Arrays;
  try {
    const model = await load(toOnnx({ inputs, outputs, parameters }));
    const actual = await model.run(feeds);
    await model.release();
    const pairs = Object.entries(expected).map(
      ([key, value]) => [key, difference(actual[key], value)] as const,
    );
    return Object.fromEntries(pairs.flatMap(([key, why]) => (why === undefined ? [] : [[key, why]])));
  } catch (error) {
    return { [name]: String((error as Error).message ?? error) };
  }
}

test("what is not equal is called so: types, shapes, and values beyond the tolerance", () => {
  const one = array([1, -2]);
  expect(difference(array([1, -2 + 2e-5]), one)).toBeUndefined();
  expect(difference(array([1, -2 + 1e-3]), one)).toMatch(/instead of -2, element 1$/);
  expect(difference(array([[1, -2]]), one)).toBe("f32 [1,2] instead of f32 [2]");
  expect(difference(array([1, -2], { dtype: "f64" }), one)).toBe("f64 [2] instead of f32 [2]");
  expect(difference(array([Number.NaN, 0]), array([Number.NaN, 1]))).toBe("0 instead of 1, element 1");
  expect(difference(array([5, 1]), array([Infinity, 1]))).toBe("5 instead of Infinity, element 0");
  expect(difference(undefined, one)).toBe("nothing instead of f32 [2]");
});

/** Many files are loaded in one test. */
const timeout = 240_000;

describe.skipIf(!installed).each(["f32", "f64"] as const)("in ONNX Runtime, %s", (dtype) => {
  test("every sample of every record has our values, but for what is known", { timeout }, async () => {
    const samples = sweep(dtype);
    const found: Record<string, string> = {};
    for (const name of Object.keys(operations)) {
      const point = pointOf(name, samples);
      expect(point.outputs).toHaveProperty(`${name}_0`);
      Object.assign(found, await differences(name, point));
    }
    const expected = Object.keys(known).filter((key) => key.startsWith(dtype));
    expect(found).toEqual(
      Object.fromEntries(expected.map((key) => [key.slice(dtype.length + 1), expect.any(String)])),
    );
    for (const [key, why] of Object.entries(found))
      if (known[`${dtype} ${key}`] === noKernel) expect(why).toMatch(/Could not find an implementation/);
  });

  test("loops, and their first and second derivatives", async () => {
    const { outputs, ...rest } = loops(dtype);
    const { normal: _, ...drawn } = outputs; // random numbers have no words in ONNX
    expect(await differences("loops", { ...rest, outputs: drawn })).toEqual({});
  });

  test("networks as they are deployed", async () => {
    for (const [name, point] of Object.entries(networks(dtype)))
      expect(await differences(name, point)).toEqual({});
  });
});
