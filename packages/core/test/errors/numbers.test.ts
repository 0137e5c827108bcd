import { expect, test } from "vitest";
import {
  add,
  compile,
  constant,
  evaluate,
  exp,
  input,
  log,
  mul,
  NumericError,
  named,
  parameter,
  scan,
  sub,
  sum,
  where,
} from "../../src/index.ts";

function caught(run: () => unknown): NumericError {
  try {
    run();
  } catch (error) {
    if (error instanceof NumericError) return error;
    throw error;
  }
  throw new Error("expected a NumericError");
}

test("the first bad number is reported with its op, name and line", () => {
  const x = input("x", [2]);
  const y = sum(mul(named(log(x), "logarithm"), 0));
  const error = caught(() => evaluate(y, { x: [1, -1] }, { checkNumerics: true }));
  expect({ op: error.op, steps: error.steps }).toEqual({ op: "log", steps: [] });
  expect(error.source).toMatch(/numbers\.test\.ts:\d+:\d+$/);
  expect(error.message.split("\n")[0]).toBe("log: first NaN");
});

test("inside a scan the time step is named", () => {
  const { carry } = scan((h, x) => ({ carry: exp(mul(h, x)) }), { init: 1, xs: [1, 1, 5, 5, 5] });
  const error = caught(() => evaluate(carry, {}, { checkNumerics: true }));
  // e^1, e^e, e^(5 e^e) ≈ e^75.8 and then e^(5 e^75.8).
  expect({ op: error.op, steps: error.steps }).toEqual({ op: "exp", steps: [3] });
  expect(error.message).toContain("step 3");
});

test("an executable that stops changes no parameter", () => {
  const w = parameter("w", [1, 2]);
  const x = input("x", []);
  const step = compile({ inputs: { x }, updates: [[w, mul(w, log(x))]], checkNumerics: true });
  step({ x: Math.E });
  expect(() => step({ x: 0 })).toThrow(NumericError);
  expect(w.value.data[1]).toBeCloseTo(2);
});

test("a bad parameter or feed is named; literals may be infinite", () => {
  const w = parameter("weight", [1, Number.NaN]);
  expect(caught(() => evaluate(add(w, 1), {}, { checkNumerics: true })).tensor).toBe("weight");
  const x = input("x", [2]);
  expect(caught(() => evaluate(add(x, 1), { x: [1, Number.NaN] }, { checkNumerics: true })).tensor).toBe("x");
  const masked = where([true, false], constant([1, 2]), -Infinity);
  expect(evaluate(exp(masked), {}, { checkNumerics: true }).data[1]).toBe(0);
});

test("unwatched runs go on", () => {
  expect(evaluate(sub(log(constant(0)), 0)).item()).toBe(-Infinity);
});
