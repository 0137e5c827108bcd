/** Checks that fail where a rule is wrong, and name the node. A check that cannot fail is worth nothing. */
import {
  add,
  checkpoint,
  customGradient,
  equal,
  exp,
  log,
  matmul,
  mul,
  named,
  parameter,
  pow,
  relu,
  scan,
  sigmoid,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "@org/core";
import { checkGradients, GradientError, type GradientReport } from "@org/core/testing";
import { describe, expect, test } from "vitest";

const w = parameter("w", [
  [0.5, -1],
  [0.3, 0.2],
]);
const x = parameter("x", [[0.1, 0.7]]);

/** `tanh` with `1 - y` for `1 - y²`. */
const wrong = customGradient<[Tensor]>(
  (x) => tanh(x),
  (g, y) => [mul(g, sub(1, y))],
);

const line = (offset: number): RegExp => new RegExp(`wrong-rules\\.test\\.ts:${here() + offset}:\\d+$`);
const here = (): number => Number(/wrong-rules\.test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[3]!)![1]);

/** The report of a check that has to fail, and to blame a custom gradient only. */
function blamed(report: GradientReport): GradientReport["suspects"][number] {
  expect(report.passed).toBe(false);
  expect(report.suspects.map(({ op }) => op)).toEqual(["customGradient"]);
  return report.suspects[0]!;
}

describe.each(["full", "directions"] as const)("mode %s", (mode) => {
  test("deep in a graph", () => {
    let h: Tensor = x;
    for (let i = 0; i < 12; i++) {
      h = matmul(i === 7 ? wrong(h) : sin(h), w);
      h = i % 2 ? sigmoid(h) : add(h, square(x));
    }
    const suspect = blamed(checkGradients(sum(h), { w, x }, { mode }));
    expect(suspect).toMatchObject({ operand: 1, inside: [], ruleOf: undefined });
    expect(suspect.source).toMatch(line(-5));
  });

  test("in the body of a scan", () => {
    const { carry, ys } = scan((h) => ({ carry: matmul(wrong(h), w), y: square(h) }), {
      init: x,
      length: 30,
    });
    const suspect = blamed(checkGradients([sum(ys), carry], { w, x }, { mode }));
    expect(suspect.inside).toEqual(["scan step 0"]);
    expect(suspect.source).toMatch(/wrong-rules\.test\.ts:\d+:\d+$/);
  });

  test("in nested scans, where only later steps show it", () => {
    const halfWrong = customGradient<[Tensor]>(
      (x) => relu(x),
      (g) => [g],
    );
    const inner = (h: Tensor) =>
      scan((k) => ({ carry: halfWrong(sub(k, 0.3)) }), { init: h, length: 4 }).carry;
    const wrt = parameter("v", [0.95]);
    const outer = scan((h) => ({ carry: add(inner(h), 0.6) }), { init: wrt, length: 2 });
    const suspect = blamed(checkGradients(sum(outer.carry), wrt, { mode }));
    expect(suspect.inside).toEqual(["scan step 0", "scan step 3"]);
  });

  test("in a checkpoint", () => {
    const block = checkpoint((z: Tensor) => mul(wrong(exp(z)), 2));
    const suspect = blamed(checkGradients(sum(block(square(x))), x, { mode }));
    expect(suspect).toMatchObject({ operand: 1, inside: ["checkpoint"] });
    expect(suspect.source).toMatch(line(-3));
  });

  test("in the second order only", () => {
    const flat = customGradient<[Tensor]>(
      (x) => tanh(x),
      (g, y) => [mul(g, stopGradient(sub(1, square(y))))],
    );
    const y = sum(named(flat(mul(x, 2)), "h"));
    expect(checkGradients(y, x, { mode }).passed).toBe(true);
    const report = checkGradients(y, x, { mode, order: 2 });
    expect(report.passed).toBe(false);
    expect(report.worst!.order).toBe(2);
    expect(report.suspects).toMatchObject([{ op: "stopGradient", ruleOf: "customGradient" }]);
  });

  test("by an operand that gets nothing", () => {
    const forgetful = customGradient<[Tensor, Tensor]>(
      (a, b) => mul(a, b),
      (g, _, [, b]) => [mul(g, b), null],
    );
    const suspect = blamed(checkGradients(sum(forgetful(sin(x), x)), x, { mode }));
    expect(suspect.operand).toBe(2);
  });

  test("by a rule that is right, for a tensor that the function uses without receiving it", () => {
    const scaled = customGradient<[Tensor]>(
      (a) => matmul(a, w),
      (g, _, [a]) => [mul(g, add(mul(a, 0), 1))],
    );
    expect(checkGradients(sum(scaled(x)), w, { mode }).passed).toBe(false);
  });

  test("by a rule that is not linear in the gradient it receives", () => {
    const crooked = customGradient<[Tensor]>(
      (a) => square(a),
      (g, _, [a]) => [mul(square(g), a, 2)],
    );
    expect(blamed(checkGradients(sum(crooked(x)), x, { mode })).op).toBe("customGradient");
  });
});

test("a relative error of a millionth is found", () => {
  const nearly = customGradient<[Tensor]>(
    (x) => tanh(x),
    (g, y) => [mul(g, sub(1, square(y)), 1 + 1e-6)],
  );
  expect(checkGradients(sum(nearly(x)), x).passed).toBe(false);
  expect(checkGradients(sum(nearly(x)), x, { mode: "directions" }).passed).toBe(false);
});

test("a gradient at a tie that lies outside of the one-sided ones is found", () => {
  const far = customGradient<[Tensor]>(
    (x) => relu(x),
    (g) => [mul(g, 1.5)],
  );
  const report = checkGradients(sum(far(sub(x, stopGradient(x)))), x);
  expect(report.kinks.bounded).toBeGreaterThan(0);
  expect(report.passed).toBe(false);
});

test("the report in words", () => {
  const report = checkGradients(sum(named(wrong(x), "hidden")), { x });
  const text = report.text.replace(/ at \S+:\d+:\d+/, " at FILE");
  expect(
    text
      .replace(/± \S+/g, "± E")
      .replace(/allowed \S+/, "allowed A")
      .replace(/\d+ evaluations/, "N evaluations"),
  ).toMatchInlineSnapshot(`
    "gradients differ from differences: 2 of 3 comparisons (order 1, mode full, seed 0, N evaluations)
      worst: gradient of the output along x[0, 1]
        rules       0.39563223045
        differences 0.634739599129 ± E (step 2.0e-3)
        apart       2.4e-1, allowed A
      wrong rule: customGradient at FILE
        operand 1[0, 1]: rule 0.39563223045, differences 0.634739599129 ± E (step 2.0e-3)"
  `);
  expect(() => report.assert()).toThrow(GradientError);
  expect(report.worst).toMatchObject({ path: "x", element: [0, 1], order: 1 });
});

test("a comparison inside of a rule is no kink: a guard that hides the derivative of the next order is found", () => {
  // ga = b aᵇ⁻¹ is 0 at b = 0, and ∂ga/∂b = 1/a there, which the guard makes 0.
  const guarded = customGradient<[Tensor, Tensor]>(
    (a, b) => pow(a, b),
    (g, y, [a, b]) => [mul(g, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1))))), mul(g, y, log(a))],
  );
  const [a, b] = [parameter("a", [0.5, 2], "f64"), parameter("b", [0, 0], "f64")];
  expect(checkGradients(guarded(a, b), [a, b]).passed).toBe(true);
  expect(checkGradients(guarded(a, b), [a, b], { order: 2 }).passed).toBe(false);
  const right = checkGradients(pow(a, b), [a, b], { order: 2 });
  expect([right.passed, right.kinks.moved]).toEqual([true, 0]);
});

test("a kink that only a gradient rule looks at is a kink of what the rule is for", () => {
  const x = parameter("x", [0, 1], "f64");
  // The gradient of relu(x)² / 2 needs relu(x) > 0 and the result; that of relu(x) · 3 the comparison alone.
  const report = checkGradients(mul(relu(x), relu(x)), x, { order: 2 });
  expect([report.passed, report.kinks.moved > 0]).toEqual([true, true]);
  expect(checkGradients(sum(mul(relu(x), 3)), x, { order: 2 }).passed).toBe(true);
});
