/** Laws of clipping, and adaptive clipping and noise against their formulas. */
import {
  compile,
  constant,
  evaluate,
  mul,
  NumericError,
  parameter,
  scan,
  square,
  sub,
  sum,
  type Tensor,
} from "@org/core";
import {
  adaptiveClip,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  globalNorm,
  gradientNoise,
  minimize,
  sgd,
  type Transform,
  weightDecay,
} from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const elements = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const rows = fc.array(fc.array(elements, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
const bounds = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const orders = fc.constantFrom(0.5, 1, 1.5, 2, 3, Infinity);

/** What a transform makes of gradients, in `f64`. */
function apply(transform: Transform, gradients: readonly number[][]): number[][] {
  const record = Object.fromEntries(gradients.map((g, i) => [`g${i}`, constant(g, "f64")]));
  const { updates } = transform.update(record, {}, record);
  return gradients.map((_, i) => Array.from(evaluate(updates[`g${i}`]!).data));
}

const norm = (x: readonly number[], order: number): number => {
  const largest = Math.max(...x.map(Math.abs));
  return order === Infinity || largest === 0
    ? largest
    : largest * x.reduce((total, value) => total + (Math.abs(value) / largest) ** order, 0) ** (1 / order);
};

/** Clipped by norm: not above the bound, in the same direction, and the same below it. */
function expectClipped(
  result: readonly number[],
  from: readonly number[],
  bound: number,
  order: number,
): void {
  const [before, after] = [norm(from, order), norm(result, order)];
  expect(after).toBeLessThanOrEqual(bound * (1 + 1e-12));
  if (before <= bound - 1e-6) expect(result).toEqual(from);
  const scale = Math.min(1, bound / (before + 1e-6));
  result.forEach((value, i) => {
    expect(Math.abs(value - scale * from[i]!)).toBeLessThanOrEqual(1e-9 * Math.abs(from[i]!));
  });
}

describe("laws", () => {
  test("clipByGlobalNorm, any norm", () => {
    fc.assert(
      fc.property(rows, bounds, orders, (gradients, bound, order) => {
        const result = apply(clipByGlobalNorm(bound, { order }), gradients);
        expectClipped(result.flat(), gradients.flat(), bound, order);
      }),
    );
  });

  test("clipByGlobalNorm by a tensor, which may change between steps", () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(bounds, { minLength: 2, maxLength: 3 }),
        orders,
        (gradients, limits, order) => {
          const bound = parameter("bound", limits[0]!, "f64");
          const record = Object.fromEntries(gradients.map((g, i) => [`g${i}`, constant(g, "f64")]));
          const { updates } = clipByGlobalNorm(bound, { order }).update(record, {}, record);
          for (const limit of [...limits, Infinity]) {
            bound.value = limit;
            const results = evaluate(updates);
            const expected = apply(clipByGlobalNorm(limit, { order }), gradients);
            expect(gradients.map((_, i) => Array.from(results[`g${i}`]!.data))).toEqual(expected);
          }
        },
      ),
    );
    expect(() => clipByGlobalNorm(constant([1, 2]))).toThrow(
      /^clipByGlobalNorm: expected maxNorm to be a scalar/,
    );
  });

  test.each([
    ["clipByNorm", clipByNorm, "maxNorm"],
    ["clipByValue", clipByValue, "limit"],
    ["weightDecay", weightDecay, "rate"],
  ] as const)("%s by a tensor, which may change between steps", (name, transform, label) => {
    fc.assert(
      fc.property(
        rows,
        fc.array(bounds, { minLength: 2, maxLength: 3 }),
        fc.constantFrom("f32" as const, "f64" as const),
        (gradients, limits, dtype) => {
          const rounded = limits.map(Math.fround); // which a bound of either dtype holds
          const bound = parameter("bound", rounded[0]!, dtype);
          const record = Object.fromEntries(gradients.map((g, i) => [`g${i}`, constant(g, "f64")]));
          const { updates } = transform(bound).update(record, {}, record);
          for (const limit of rounded) {
            bound.value = limit;
            const results = evaluate(updates);
            const expected = apply(transform(limit), gradients);
            expect(gradients.map((_, i) => Array.from(results[`g${i}`]!.data))).toEqual(expected);
          }
        },
      ),
    );
    expect(() => transform(constant([1, 2]))).toThrow(`${name}: expected ${label} to be a scalar`);
    expect(() => transform("1" as never)).toThrow(new RegExp(`^${name}: ${label} is`));
  });

  test("clipByNorm, any norm", () => {
    fc.assert(
      fc.property(rows, bounds, orders, (gradients, bound, order) => {
        apply(clipByNorm(bound, { order }), gradients).forEach((result, i) => {
          expectClipped(result, gradients[i]!, bound, order);
        });
      }),
    );
  });

  test("gradients whose squares no f32 holds keep their direction", () => {
    const norms = fc.integer({ min: -32, max: 37 }).map((power) => 10 ** power);
    fc.assert(
      fc.property(norms, (size) => {
        const record = { a: constant([3 * size, 0], "f32"), b: constant([[4 * size]], "f32") };
        expect(evaluate(globalNorm(record)).item() / size).toBeCloseTo(5, 4);
        const bound = Math.max(size, 1e-6);
        const { updates } = clipByGlobalNorm(bound).update(record, {}, record);
        const [a, b] = [evaluate(updates.a!).data[0]!, evaluate(updates.b!).item()];
        expect(a / b).toBeCloseTo(3 / 4, 5);
        if (size > 1) expect(a / size).toBeCloseTo(3 / 5, 4);
      }),
      { numRuns: 20 },
    );
  });

  test("clipByValue", () => {
    fc.assert(
      fc.property(rows, bounds, (gradients, bound) => {
        const expected = gradients.map((row) => row.map((x) => Math.min(Math.max(x, -bound), bound)));
        expect(apply(clipByValue(bound), gradients)).toEqual(expected);
      }),
    );
  });

  test("globalNorm", () => {
    fc.assert(
      fc.property(rows, orders, (gradients, order) => {
        const record = Object.fromEntries(gradients.map((g, i) => [`g${i}`, constant(g, "f64")]));
        const expected = norm(gradients.flat(), order);
        expect(Math.abs(evaluate(globalNorm(record, { order })).item() - expected)).toBeLessThanOrEqual(
          1e-12 * expected,
        );
      }),
    );
  });
});

describe("special norms", () => {
  const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];
  const clips = { clipByGlobalNorm, clipByNorm };

  test.each(Object.entries(clips))("%s leaves zeros", (_, clip) => {
    for (const order of [0.5, 1, 2, 3, infinity])
      expect(apply(clip(1, { order }), [[0, 0]])).toEqual([[0, 0]]);
  });

  test.each(Object.entries(clips))("%s shows a norm that is not finite", (_, clip) => {
    for (const order of [0.5, 1, 2, 3, infinity]) {
      expect(apply(clip(1, { order }), [[nan, 1]])).toEqual([[nan, nan]]);
      expect(apply(clip(1, { order }), [[-infinity, 1]])).toEqual([[nan, nan]]);
    }
  });

  test("one bad gradient spoils the others with clipByGlobalNorm, not with clipByNorm", () => {
    expect(apply(clipByGlobalNorm(9), [[1], [nan]])).toEqual([[nan], [nan]]);
    expect(apply(clipByNorm(9), [[1], [nan]])).toEqual([[1], [nan]]);
  });

  test("finite gradients whose squares overflow", () => {
    expect(apply(clipByGlobalNorm(1), [[1e200, 1]])).toEqual([[1, 1e-200]]);
    expect(apply(clipByGlobalNorm(1, { order: infinity }), [[1e200, 0]])).toEqual([[1, 0]]);
  });

  test("clipByValue: infinity is the limit, NaN stays", () => {
    expect(apply(clipByValue(2), [[infinity, -infinity, nan]])).toEqual([[2, -2, nan]]);
  });
});

describe("adaptiveClip", () => {
  const clip = (weights: number[][], gradient: number[][], options = {}): unknown => {
    const g = constant(gradient, "f64");
    const { updates } = adaptiveClip(options).update({ g }, {}, { g: constant(weights, "f64") });
    return evaluate(updates.g!).toNested();
  };

  test("is equation 3 of Brock et al. 2021, unit by unit", () => {
    const matrix = fc.array(fc.array(elements, { minLength: 3, maxLength: 3 }), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(matrix, matrix, fc.constantFrom(0, 1, -1, -2), (weights, gradient, axis) => {
        const byRow = axis === 0 || axis === -2;
        const unit = (m: number[][], i: number, j: number): number[] =>
          byRow ? m[i]! : m.map((row) => row[j]!);
        const expected = gradient.map((row, i) =>
          row.map((value, j) => {
            const bound = 0.2 * Math.max(Math.hypot(...unit(weights, i, j)), 0.5);
            const size = Math.hypot(...unit(gradient, i, j));
            return size > bound ? (value * bound) / size : value;
          }),
        );
        const result = clip(weights, gradient, { clipping: 0.2, epsilon: 0.5, axis }) as number[][];
        result.flat().forEach((value, i) => {
          expect(value).toBeCloseTo(expected.flat()[i]!, 9);
        });
      }),
    );
  });

  test("zeros stay, and a unit that is not finite is NaN", () => {
    expect(clip([[1, 2]], [[0, Infinity]])).toEqual([[0, Number.NaN]]);
  });

  test("a vector is one unit, and so is a scalar", () => {
    const gradients = { v: constant([30, 40], "f64"), s: constant(-7, "f64") };
    const parameters = { v: constant([3, 4], "f64"), s: constant(2, "f64") };
    const { updates } = adaptiveClip({ clipping: 0.5 }).update(gradients, {}, parameters);
    expect(evaluate(updates.v!).toNested()).toEqual([1.5, 2]);
    expect(evaluate(updates.s!).item()).toBe(-1);
  });
});

describe("gradientNoise", () => {
  const noises = (options: object, count: number): number[][] => {
    const [a, b] = [parameter("a", new Float64Array(2000), "f64"), parameter("b", [0, 0], "f32")];
    const loss = sum(a);
    const updates = minimize(loss, { a, b }, gradientNoise(options));
    const step = compile({ updates });
    return Array.from({ length: count }, () => {
      const before = a.value.data.slice();
      step();
      return Array.from(a.value.data, (x, i) => x - before[i]! - 1);
    });
  };
  const variance = (x: readonly number[]): number =>
    x.reduce((total, value) => total + value * value, 0) / x.length;

  test("has the variance of equation 1 of Neelakantan et al. 2015, and no mean", () => {
    noises({ variance: 0.3, decay: 2, seed: 5 }, 3).forEach((noise, t) => {
      expect(variance(noise) / (0.3 / (1 + t) ** 2)).toBeCloseTo(1, 0.8);
      expect(Math.abs(noise.reduce((a, b) => a + b) / 2000)).toBeLessThan(0.05 / (1 + t));
    });
  });

  test("depends on the seed alone, and is new at each step", () => {
    const [first, second] = noises({ seed: 1 }, 2);
    expect(noises({ seed: 1 }, 2)).toEqual([first, second]);
    expect(noises({ seed: 2 }, 1)[0]).not.toEqual(first);
    expect(first![0]! / first![1]!).not.toBeCloseTo(second![0]! / second![1]!, 6);
  });
});

describe("gradients that explode", () => {
  /** x ← w x, 40 times, should end at 1: the loss at w = 2 is about 10²⁴, its gradient 10²⁶. */
  const growth = (transform: Transform, checkNumerics = false) => {
    const w = parameter("w", 2);
    const { carry } = scan((x: Tensor) => ({ carry: mul(w, x) }), { init: constant(1), length: 40 });
    const loss = square(sub(carry, 1));
    const step = compile({ outputs: { loss }, updates: minimize(loss, { w }, transform), checkNumerics });
    return (steps: number): number => {
      let last = Number.NaN;
      for (let i = 0; i < steps; i++) last = step().loss.item();
      return last;
    };
  };

  test("without clipping the loss is lost, and says where", () => {
    expect(growth(sgd({ learningRate: 0.01 }))(5)).toBeNaN();
    expect(() => growth(sgd({ learningRate: 0.01 }), true)(5)).toThrow(NumericError);
  });

  test("with clipping it learns", () => {
    const transform = chain(clipByGlobalNorm(1, { order: Infinity }), sgd({ learningRate: 0.01 }));
    expect(growth(transform)(99)).toBeGreaterThan(1);
    expect(growth(transform)(110)).toBeLessThan(0.1);
  });
});
