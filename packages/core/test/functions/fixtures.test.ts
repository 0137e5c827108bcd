/** Every call in functions.json: values from outside, and in `f32`. */
import { describe, expect, test } from "vitest";
import { constant, evaluate, type NDArray, type Tensor } from "../../src/index.ts";
import { array } from "../../src/ndarray.ts";
import { floatsAs, largest } from "../sweep/arrays.ts";
import { assertClose } from "../sweep/compare.ts";
import { type FixtureCall, fixtureCalls } from "./fixture-calls.ts";

const run = (tensors: readonly Tensor[]): readonly NDArray[] =>
  evaluate([...tensors]) as unknown as NDArray[];

function checkValues({ call, values, results }: FixtureCall): void {
  const tensors = call(values.map((value) => constant(value)));
  expect(tensors.length).toBe(results.length);
  run(tensors).forEach((value, i) => {
    const relative = value.dtype === "f32" ? 2 ** -22 : 2e-14;
    assertClose(`result ${i}`, value, results[i]!, { relative, absolute: 2e-15 });
  });
}

/** In singles, on rounded arguments, within the rounding of a few steps. */
function checkSingles({ call, values }: FixtureCall): void {
  const rounded = values.map((value) => floatsAs(value, "f32"));
  const exact = run(call(rounded.map((value) => constant(floatsAs(value, "f64")))));
  run(call(rounded.map((value) => constant(value)))).forEach((value, i) => {
    const { dtype } = value;
    const scale = largest(exact[i]!.data);
    assertClose(`result ${i}`, value, array(exact[i]!, { dtype }), {
      relative: 1e-6,
      absolute: scale * 1e-6,
    });
  });
}

describe("calls of functions", () => {
  fixtureCalls.forEach((fixture, i) => {
    test(`${i}: ${fixture.label}`, () => {
      checkValues(fixture);
      if (fixture.differences) checkSingles(fixture);
    });
  });
});
