/** L-BFGS against published minima, SciPy's, a quadratic's closed form, and the ways in which it can end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  add,
  compile,
  constant,
  evaluate,
  FeedError,
  input,
  log,
  math,
  matmul,
  mean,
  mul,
  type NDArray,
  parameter,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { assign, Linear, mse, parameters } from "@org/nn";
import { type LbfgsOptions, lbfgs, ridgeRegression } from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Minimum {
  readonly start: number[];
  readonly x: number[];
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
}
const { problems, data }: { problems: Record<string, Minimum>; data: { X: number[][]; T: number[] } } =
  JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/lbfgs.json"), "utf8"));

const X = constant(data.X, "f64");
const T = constant(data.T, "f64");
const elements = (v: Tensor): Tensor[] => Array.from({ length: v.shape[0]! }, (_, i) => take(v, i));
const rosenbrock = (x: Tensor, y: Tensor): Tensor => math`100 * (${y} - ${x}^2)^2 + (1 - ${x})^2`;

/** Numbers 1 to 4, 14, 21 and 13 of Moré, Garbow & Hillstrom 1981 among them. */
const losses: Record<string, (v: Tensor) => Tensor> = {
  rosenbrock(v) {
    const [x, y] = elements(v) as [Tensor, Tensor];
    return rosenbrock(x, y);
  },
  extendedRosenbrock(v) {
    const all = elements(v);
    const pairs = all.flatMap((x, i) => (i % 2 === 0 ? [rosenbrock(x, all[i + 1]!)] : []));
    return pairs.reduce((a, b) => add(a, b));
  },
  freudensteinRoth(v) {
    const [x, y] = elements(v) as [Tensor, Tensor];
    return math`(-13 + ${x} + ((5 - ${y}) * ${y} - 2) * ${y})^2 + (-29 + ${x} + ((${y} + 1) * ${y} - 14) * ${y})^2`;
  },
  beale(v) {
    const [x, y] = elements(v) as [Tensor, Tensor];
    return math`(1.5 - ${x} * (1 - ${y}))^2 + (2.25 - ${x} * (1 - ${y}^2))^2 + (2.625 - ${x} * (1 - ${y}^3))^2`;
  },
  wood(v) {
    const [a, b, c, d] = elements(v) as [Tensor, Tensor, Tensor, Tensor];
    const first = math`100 * (${b} - ${a}^2)^2 + (1 - ${a})^2 + 90 * (${d} - ${c}^2)^2 + (1 - ${c})^2`;
    return math`${first} + 10 * (${b} + ${d} - 2)^2 + (${b} - ${d})^2 / 10`;
  },
  powellSingular(v) {
    const [a, b, c, d] = elements(v) as [Tensor, Tensor, Tensor, Tensor];
    return math`(${a} + 10 * ${b})^2 + 5 * (${c} - ${d})^2 + (${b} - 2 * ${c})^4 + 10 * (${a} - ${d})^4`;
  },
  logistic(w) {
    const z = matmul(X, w);
    return math`${mean(sub(softplus(z), mul(T, z)))} + 0.01 * ${sum(square(w))}`;
  },
};

function minimum(name: string, options: LbfgsOptions = {}) {
  const v = parameter("v", problems[name]!.start, "f64");
  const result = lbfgs(losses[name]!(v), { v }, options);
  return { ...result, x: Array.from(v.value.data) };
}

test("every recorded problem is there", () => {
  expect(Object.keys(losses).sort()).toEqual(Object.keys(problems).sort());
});

describe.each(Object.keys(losses))("%s", (name) => {
  test("has SciPy's minimum, in about as many evaluations", () => {
    const expected = problems[name]!;
    const found = minimum(name);
    // Where the Hessian is singular, a small gradient says little about the place.
    const digits = name === "powellSingular" ? 2 : 5;
    expected.x.forEach((x, i) => {
      expect(found.x[i]).toBeCloseTo(x, digits);
    });
    expect(found.loss).toBeCloseTo(expected.value, 9);
    expect(["gradient", "loss"]).toContain(found.ended);
    expect(found.evaluations).toBeLessThanOrEqual(1.5 * expected.evaluations);
  });
});

test("published minima: Moré, Garbow & Hillstrom 1981", () => {
  expect(minimum("freudensteinRoth").loss).toBeCloseTo(48.9842, 3);
  expect(minimum("beale").x).toEqual([expect.closeTo(3, 6), expect.closeTo(0.5, 6)]);
  expect(minimum("wood").x).toEqual([1, 1, 1, 1].map((x) => expect.closeTo(x, 6)));
});

describe("a quadratic", () => {
  /** `½ (x - c)ᵀ A (x - c)` with A = Mᵀ M + I. */
  const quadratic = (m: readonly number[][], c: readonly number[], start: readonly number[]) => {
    const x = parameter("x", [...start], "f64");
    const [M, offset] = [constant(m as number[][], "f64"), sub(x, constant([...c], "f64"))];
    return { x, loss: math`0.5 * (${sum(square(matmul(M, offset)))} + ${sum(square(offset))})` };
  };
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  const vector = (n: number) => fc.array(number, { minLength: n, maxLength: n });
  const cases = fc
    .integer({ min: 1, max: 6 })
    .chain((n) => fc.tuple(fc.array(vector(n), { minLength: n, maxLength: n }), vector(n), vector(n)));

  test("is minimized in n steps, if line searches are exact", () => {
    const exact = { sufficientDecrease: 1e-12, curvature: 1e-10, evaluations: 100 };
    fc.assert(
      fc.property(cases, ([m, c, start]) => {
        const { x, loss } = quadratic(m, c, start);
        const { iterations } = lbfgs(loss, { x }, { ...exact, gradientTolerance: 1e-6, lossTolerance: 0 });
        expect(iterations).toBeLessThanOrEqual(c.length);
        c.forEach((value, i) => {
          expect(x.value.data[i]).toBeCloseTo(value, 5);
        });
      }),
    );
  });

  test("goes down with every step, from anywhere", () => {
    fc.assert(
      fc.property(cases, ([m, c, start]) => {
        const { x, loss } = quadratic(m, c, start);
        const seen = [evaluate(loss).item()];
        lbfgs(loss, { x }, { history: 2, observe: ({ loss }) => void seen.push(loss) });
        expect(seen.every((value, i) => i === 0 || value < seen[i - 1]!)).toBe(true);
      }),
    );
  });
});

test("a read-out found by steps is the one found in closed form", () => {
  const head = new Linear({ inputSize: 3, outputSize: 1, seed: 1, dtype: "f64" });
  const features = data.X.map((row) => row.slice(1));
  const [x, t] = [input("x", [40, 3], "f64"), input("t", [40, 1], "f64")];
  const penalty = math`${sum(square(head.parameters.W))} * 0.1 / 40`;
  const loss = add(mse(head.apply(x), t), penalty);
  const targets = data.T.map((value) => [value]);
  const result = lbfgs(loss, parameters({ head }), { inputs: { x, t }, feeds: { x: features, t: targets } });
  expect(result.ended).toBe("gradient");
  const { W, b } = ridgeRegression(features, targets, { penalty: 0.1 });
  const near = ({ data }: NDArray): unknown[] => Array.from(data, (value) => expect.closeTo(value, 6));
  expect(Array.from(head.parameters.W.value.data)).toEqual(near(W));
  expect(Array.from(head.parameters.b!.value.data)).toEqual(near(b));
  assign({ W: head.parameters.W }, { W });
});

describe("parameters", () => {
  test("of several shapes and dtypes, and as a list", () => {
    const [a, b] = [parameter("a", [[1, 2]], "f64"), parameter("b", 3)];
    const loss = add(sum(square(sub(a, [[4, 5]]))), square(sub(b, 6)));
    lbfgs(loss, [a, b]);
    expect(a.value.toNested()).toEqual([[expect.closeTo(4, 6), expect.closeTo(5, 6)]]);
    expect(b.value.item()).toBeCloseTo(6, 5);
  });

  test("in f32 end where their numbers do", () => {
    const v = parameter("v", [-1.2, 1]);
    const result = lbfgs(losses.rosenbrock!(v), { v }, { gradientTolerance: 0, lossTolerance: 0 });
    expect(["precision", "gradient", "loss"]).toContain(result.ended);
    expect(Array.from(v.value.data)).toEqual([expect.closeTo(1, 2), expect.closeTo(1, 2)]);
    expect(evaluate(losses.rosenbrock!(v)).item()).toBe(Math.fround(result.loss));
  });

  test("hold the minimum that the result tells of", () => {
    const v = parameter("v", [-1.2, 1], "f64");
    const loss = losses.rosenbrock!(v);
    const result = lbfgs(loss, { v }, { iterations: 5 });
    expect(result).toMatchObject({ ended: "iterations", iterations: 5 });
    expect(compile({ outputs: { loss } })().loss.item()).toBe(result.loss);
  });
});

describe("steps that go too far", () => {
  test("into NaN or infinity are made shorter", () => {
    const x = parameter("x", 0.01, "f64");
    lbfgs(math`${x} - ${log(x)}`, { x });
    expect(x.value.item()).toBeCloseTo(1, 6);
  });

  test("down a slope that has no end, end", () => {
    const x = parameter("x", 0, "f64");
    lbfgs(mul(-1, x), { x }, { iterations: 3 });
    expect(x.value.item()).toBeGreaterThan(1e3);
  });

  test("at a minimum already there is nothing to do", () => {
    const x = parameter("x", 0, "f64");
    expect(lbfgs(square(x), { x })).toEqual({
      loss: 0,
      gradientNorm: 0,
      iterations: 0,
      evaluations: 1,
      ended: "gradient",
    });
  });
});

describe("refusals", () => {
  const x = parameter("x", 2, "f64");

  test("leave the parameters as they were", () => {
    const seen: number[] = [];
    const observe = (): void => {
      seen.push(x.value.item());
      throw new RangeError("enough");
    };
    expect(() => lbfgs(square(x), { x }, { observe })).toThrow(RangeError);
    expect([x.value.item(), seen.length]).toEqual([2, 1]);
    const y = input("y", [], "f64");
    expect(() => lbfgs(mul(x, y), { x }, { inputs: { y }, feeds: {} })).toThrow(FeedError);
  });

  test("say what was expected", () => {
    const complaints = [
      () => lbfgs(log(sub(x, 5)), { x }),
      () => lbfgs(square(x), {}),
      () => lbfgs(square(x), { x }, { history: 0 }),
      () => lbfgs(square(x), { x }, { gradientTolerance: -1 }),
      () => lbfgs(square(x), { x }, { sufficientDecrease: 0.5, curvature: 0.4 }),
    ].map((run) => {
      try {
        return run();
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(complaints).toMatchInlineSnapshot(`
      [
        "lbfgs: the loss is NaN where it begins",
        "lbfgs: no parameters to train",
        "lbfgs: history is a whole number from 1, received 0",
        "lbfgs: gradientTolerance is a finite number from 0, received -1",
        "lbfgs: expected sufficientDecrease below curvature, received 0.5 and 0.4",
      ]
    `);
  });
});
