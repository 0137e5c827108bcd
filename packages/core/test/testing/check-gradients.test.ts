/** Checks that pass where gradients are right: modes, orders, structures, kinks, ties, held values. */
import {
  abs,
  add,
  argmax,
  array,
  DTypeError,
  exp,
  FeedError,
  floor,
  GraphError,
  input,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  mul,
  NumericError,
  named,
  parameter,
  relu,
  reshape,
  scan,
  sin,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  take,
  tanh,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { describe, expect, test } from "vitest";

const w = parameter("w", [
  [0.5, -1],
  [0.3, 0.2],
]);
const x = parameter("x", [[0.1, 0.7]]);

describe("smooth functions", () => {
  test("full: each element of wrt against each of the outputs", () => {
    const report = checkGradients({ y: tanh(matmul(x, w)) }, { w, x }, { order: 2 });
    expect(report).toMatchObject({ passed: true, mode: "full", failed: 0, suspects: [] });
    // Order 1: 6 elements × 2 outputs; order 2: 6 × 6; one comparison of jvp with vjp each.
    expect(report.comparisons).toBe(12 + 36 + 2);
    expect(report.worst!.error).toBeLessThan(1e-11);
    expect(report.worst!.tolerance).toBeLessThan(1e-8);
  });

  test("directions", () => {
    const report = checkGradients(mean(square(matmul(x, w))), [w, x], { mode: "directions", directions: 5 });
    expect(report).toMatchObject({ passed: true, mode: "directions", comparisons: 10 });
  });

  test("f32 graphs are checked in doubles", () => {
    const { worst } = checkGradients(sum(exp(w)), w);
    expect(w.dtype).toBe("f32");
    expect(worst!.error).toBeLessThan(1e-10);
  });

  test("a step as large as the function is wide shrinks", () => {
    expect(checkGradients(sum(sin(mul(x, 300))), x, { order: 2 }).passed).toBe(true);
    const tiny = parameter("tiny", [1e-5, 1e-3]);
    expect(checkGradients(sum(log(tiny)), tiny, { order: 2 }).passed).toBe(true);
  });

  test("sums that cancel to nothing", () => {
    const one = parameter("one", [0.3], "f64");
    expect(checkGradients(sum(softmax(w)), w, { order: 2 }).passed).toBe(true);
    expect(checkGradients(sub(sum(log(exp(one))), sum(one)), one, { order: 2 }).passed).toBe(true);
  });

  test("values so small that doubles lose their bits", () => {
    const tiny = parameter("tiny", array(Float64Array.of(1e-160, -3e-162, 5e-324)));
    expect(checkGradients(sum(mul(square(tiny), tanh(tiny))), tiny, { order: 2 }).passed).toBe(true);
  });

  test("ties up to rounding, which decide at random", () => {
    const p = parameter("p", [[0.3], [0.7], [-0.2]], "f64");
    const nothing = reshape(logSoftmax(p, { axis: 1 }), [3]);
    const report = checkGradients([take(nothing, argmax(nothing)), sum(square(p))], p);
    expect(report.passed).toBe(true);
  });

  test("inputs, and tensors from the middle of the graph", () => {
    const fed = input("fed", [2]);
    const middle = named(tanh(fed), "middle");
    const report = checkGradients(
      sum(mul(square(middle), fed)),
      { fed, middle },
      { feeds: { fed: [0.4, -2] } },
    );
    expect(report.passed).toBe(true);
  });

  test("the same seed gives the same report", () => {
    const run = (seed: number) =>
      checkGradients(sum(tanh(w)), w, { mode: "directions", seed }).worst!.analytic;
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
  });

  test("nothing to compare", () => {
    const empty = parameter("empty", []);
    expect(checkGradients(sum(empty), empty).passed).toBe(true);
    expect(checkGradients(sum(empty), empty).text).toMatch(/^nothing to compare/);
  });
});

describe("kinks", () => {
  test("near one, the step shrinks", () => {
    const near = parameter("near", [1e-4, -2e-5, 3]);
    const report = checkGradients(sum(square(relu(near))), near, { order: 2 });
    expect(report).toMatchObject({ passed: true, kinks: { moved: 0, bounded: 0 } });
  });

  test("on one, the point moves", () => {
    const at = parameter("at", [0, 1, -1]);
    const report = checkGradients(sum(abs(at)), at, { order: 2 });
    expect(report).toMatchObject({ passed: true, kinks: { moved: 1, bounded: 0 } });
    expect(report.text).toContain("the point was moved once");
  });

  test("on ties of max and jumps of floor too, inside of loops as well", () => {
    const tied = parameter("tied", [2, 2, 1]);
    expect(checkGradients(max(tied), tied).kinks.moved).toBe(1);
    expect(checkGradients(sum(mul(floor(tied), tied)), tied).passed).toBe(true);
    const { carry } = scan((h, x) => ({ carry: add(mul(h, 0.5), relu(x)) }), {
      init: 0,
      xs: parameter("xs", [0, 1, -1]),
    });
    expect(checkGradients(carry, tied).passed).toBe(true);
  });

  test("equal operands that stay equal are no kink", () => {
    const report = checkGradients(sum(maximum(x, x)), x, { order: 2 });
    expect(report).toMatchObject({ passed: true, kinks: { moved: 0, bounded: 0 } });
  });

  test("at ties that moving does not undo, one-sided derivatives bound the answer", () => {
    const report = checkGradients(sum(relu(sub(x, stopGradient(x)))), x, { order: 2 });
    expect(report.passed).toBe(true);
    expect(report.kinks).toEqual({ moved: 0, bounded: 4 });
    const half = checkGradients(sum(maximum(x, stopGradient(x))), x);
    expect(half).toMatchObject({ passed: true, kinks: { moved: 0, bounded: 2 } });
    expect(half.text).toContain("2 derivatives lie between the one-sided ones");
  });
});

test("stopGradient holds its values, in bodies and in the second order too", () => {
  const cut = (h: Parameters<typeof stopGradient>[0]) => add(tanh(h), stopGradient(square(h)));
  expect(checkGradients(sum(mul(cut(x), x)), x, { order: 2 }).passed).toBe(true);
  const { carry } = scan((h) => ({ carry: cut(matmul(h, w)) }), { init: x, length: 3 });
  expect(checkGradients(sum(carry), { w, x }, { order: 2 }).passed).toBe(true);
});

describe("refusals", () => {
  const ids = parameter("ids", [1, 2], "i32");

  test("integers have no derivative", () => {
    expect(() => checkGradients(sum(w), ids)).toThrow(DTypeError);
    expect(() => checkGradients(ids, w)).toThrow(DTypeError);
  });

  test("wrt without tensors, or with one twice", () => {
    expect(() => checkGradients(sum(w), [])).toThrow(GraphError);
    expect(() => checkGradients(sum(w), [w, w])).toThrow("checkGradients: a tensor stands twice in wrt");
  });

  test("a missing feed", () => {
    expect(() => checkGradients(sum(input("fed", [2])), w)).toThrow(FeedError);
  });

  test("outputs that are not finite, by the node that is to blame", () => {
    expect(() => checkGradients(sum(log(sub(x, 2))), x)).toThrow(NumericError);
    expect(() => checkGradients(sum(log(sub(x, 2))), x)).toThrow(/^log: first NaN/);
  });

  test("functions that no step resolves do not pass", () => {
    const report = checkGradients(sum(sin(mul(x, 1e13))), x);
    expect(report.passed).toBe(false);
    expect(report.text).toContain("do not settle");
  });
});
