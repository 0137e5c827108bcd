/** Gradients where they are chosen rather than given: at ties, at zero, at a limit. */
import { describe, test } from "vitest";
import { grad } from "../../src/autodiff/gradient.ts";
import { clip, leakyRelu } from "../../src/functions/activation.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { maxPool2d } from "../../src/functions/convolution.ts";
import { norm } from "../../src/functions/statistics.ts";
import { constant } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { Nested } from "../../src/ndarray.ts";
import { atan2 } from "../../src/ops/arc-tangent.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import { maximum, minimum } from "../../src/ops/comparison.ts";
import { pow } from "../../src/ops/exponential.ts";
import { abs, relu } from "../../src/ops/piecewise.ts";
import { slice } from "../../src/ops/rearrange.ts";
import { max, min } from "../../src/ops/reduction.ts";
import { assertValue } from "./values.ts";

const f64 = (value: Nested): Tensor => constant(value, "f64");

/** The gradient of `Σ weights · fn(x)`. */
const slope = (fn: (x: Tensor) => Tensor, x: Tensor, by: Nested = 1): Tensor => grad(sum(mul(fn(x), by)), x);

describe("reductions share a tie equally", () => {
  const x = f64([
    [2, 5, 5, 5],
    [1, 7, 1, 3],
  ]);
  test("max", () =>
    assertValue(
      slope((t) => max(t, { axis: 1 }), x, [3, 2]),
      [
        [0, 1, 1, 1],
        [0, 2, 0, 0],
      ],
    ));
  test("min", () =>
    assertValue(
      slope((t) => min(t, { axis: 1 }), x, [3, 2]),
      [
        [3, 0, 0, 0],
        [1, 0, 1, 0],
      ],
    ));
  test("max over several axes", () =>
    assertValue(
      slope(
        max,
        f64([
          [[4], [4]],
          [[1], [4]],
        ]),
        3,
      ),
      [
        [[1], [1]],
        [[0], [1]],
      ],
    ));
  test("max of zeros of either sign", () => assertValue(slope(max, f64([0, -0]), 2), [1, 1]));
  test("maxPool2d", () =>
    assertValue(
      slope(
        (t) => maxPool2d(t, 2),
        f64([
          [
            [
              [1, 1],
              [0, 1],
            ],
          ],
        ]),
        3,
      ),
      [
        [
          [
            [1, 1],
            [0, 1],
          ],
        ],
      ],
    ));
});

describe("two operands share a tie in halves", () => {
  const [a, b] = [f64([1, 2, 3, 0]), f64([1, 3, 2, -0])];
  test("maximum, first", () =>
    assertValue(
      slope((t) => maximum(t, b), a, 4),
      [2, 0, 4, 2],
    ));
  test("maximum, second", () =>
    assertValue(
      slope((t) => maximum(a, t), b, 4),
      [2, 4, 0, 2],
    ));
  test("minimum, first", () =>
    assertValue(
      slope((t) => minimum(t, b), a, 4),
      [2, 4, 0, 2],
    ));
  test("minimum, second", () =>
    assertValue(
      slope((t) => minimum(a, t), b, 4),
      [2, 0, 4, 2],
    ));
  test("one tensor as both operands", () => {
    assertValue(
      slope((t) => maximum(t, t), a, 4),
      [4, 4, 4, 4],
    );
    assertValue(
      slope((t) => minimum(t, t), a, 4),
      [4, 4, 4, 4],
    );
  });
});

describe("at zero and at limits", () => {
  const around = f64([-2, -0, 0, 3]);
  test("relu is flat at 0", () => assertValue(slope(relu, around, 2), [0, 0, 0, 2]));
  test("abs is flat at 0", () => assertValue(slope(abs, around, 2), [-2, 0, 0, 2]));
  test("leakyRelu has its slope at 0", () =>
    assertValue(
      slope((t) => leakyRelu(t, { slope: 0.5 }), around, 2),
      [1, 1, 1, 2],
    ));
  test("clip lets the limits through", () =>
    assertValue(
      slope((t) => clip(t, { low: -1, high: 1 }), f64([-2, -1, 0, 1, 2])),
      [0, 1, 1, 1, 0],
    ));
  test("clip gives the rest to the limits", () => {
    const [x, low] = [f64([-2, -1, 0]), f64(-1)];
    assertValue(grad(sum(clip(x, { low })), low), 1);
  });
  test("norm is flat at 0", () => assertValue(slope(norm, f64([0, 0])), [0, 0]));
  test("pow with a zero base or exponent", () => {
    assertValue(
      slope((t) => pow(t, 2), f64([0, 3])),
      [0, 6],
    );
    assertValue(
      slope((t) => pow(t, 1), f64([0, 3])),
      [1, 1],
    );
    assertValue(
      slope((t) => pow(t, 0), f64([0, 3])),
      [0, 0],
    );
    assertValue(
      slope((t) => pow(0, t), f64([1, 2])),
      [0, 0],
    );
  });
});

describe("where rules guard themselves, derivatives of higher orders are there", () => {
  /** `∂/∂wrt[n] … ∂/∂wrt[0]` of a sum of elements that don't meet. */
  const mixed = (y: Tensor, ...wrt: Tensor[]): Tensor => wrt.reduce((t, x) => grad(sum(t), x), y);
  const bases = [0.5, 1, 2, 3];
  const [a, b] = [f64(bases), f64([0, 0, 0, 0])];
  const y = pow(a, b);
  // ∂a aᵇ = b aᵇ⁻¹; at b = 0 its derivatives by b are 1/a, 2 ln a / a, and by a and b -1/a².
  const closed: Record<string, [Tensor[], (a: number) => number]> = {
    ab: [[a, b], (x) => 1 / x],
    ba: [[b, a], (x) => 1 / x],
    aa: [[a, a], () => 0],
    bb: [[b, b], (x) => Math.log(x) ** 2],
    abb: [[a, b, b], (x) => (2 * Math.log(x)) / x],
    bab: [[b, a, b], (x) => (2 * Math.log(x)) / x],
    bba: [[b, b, a], (x) => (2 * Math.log(x)) / x],
    aab: [[a, a, b], (x) => -1 / x ** 2],
    aba: [[a, b, a], (x) => -1 / x ** 2],
    baa: [[b, a, a], (x) => -1 / x ** 2],
  };
  for (const [name, [wrt, value]] of Object.entries(closed))
    test(`pow at b = 0, by ${name}`, () => assertValue(mixed(y, ...wrt), bases.map(value)));
  test("pow at a = 0: xⁿ has n! as its derivative of order n, and 0 above", () => {
    const x = f64([0, 0, 0, 0]);
    const powers = pow(x, constant([0, 1, 2, 3], "f64"));
    assertValue(mixed(powers, x), [0, 1, 0, 0]);
    assertValue(mixed(powers, x, x), [0, 0, 2, 0]);
    assertValue(mixed(powers, x, x, x), [0, 0, 0, 6]);
    assertValue(mixed(powers, x, x, x, x), [0, 0, 0, 0]);
  });
  test("pow at a = 0: what depends on the exponent goes to 0 with a", () => {
    // ∂a∂b aᵇ = aᵇ⁻¹ (1 + b ln a), ∂b∂b aᵇ = aᵇ ln² a: both 0 in the limit, where b > 1.
    const [zeros, exponents] = [f64([0, 0, 0]), f64([2, 2.5, 3])];
    const powers = pow(zeros, exponents);
    const [a, b] = [zeros, exponents];
    for (const wrt of [[a, b], [b, a], [b, b], [b, b, a], [a, b, b]]) // biome-ignore format: one line
      assertValue(mixed(powers, ...wrt), [0, 0, 0]);
  });
  test("atan2 at the origin, where no derivative exists, and beside it", () => {
    // θ = atan2(y, x): ∂y∂y θ = -2 x y / r⁴, ∂x∂y θ = (y² - x²) / r⁴.
    const [y, x] = [f64([0, 3, 0]), f64([0, 4, -2])];
    const angle = atan2(y, x);
    assertValue(mixed(angle, y), [0, 4 / 25, -1 / 2]);
    assertValue(mixed(angle, x), [0, -3 / 25, 0]);
    assertValue(mixed(angle, y, y), [0, -24 / 625, 0]);
    assertValue(mixed(angle, y, x), [0, -7 / 625, -1 / 4]);
    assertValue(mixed(angle, x, y), [0, -7 / 625, -1 / 4]);
    assertValue(mixed(angle, x, x), [0, 24 / 625, 0]);
    for (const third of [mixed(angle, y, y, y), mixed(angle, x, y, x)])
      assertValue(slice(third, [0], [1]), [0]);
  });
  test("norm of order 4 and 3 where an element is 0", () => {
    // (x⁴ + 1)^¼ = 1 + x⁴/4 - …; (|x|³ + 1)^⅓ = 1 + |x|³/3 - …
    const x = f64(0);
    const beside = (order: number): Tensor => norm(stack([x, f64(1)]), { order });
    assertValue(mixed(beside(4), x, x), 0);
    assertValue(mixed(beside(4), x, x, x, x), 6);
    assertValue(mixed(beside(3), x, x), 0);
  });
});

describe("a second derivative on one side", () => {
  const twice = (fn: (x: Tensor) => Tensor, x: Tensor): Tensor => slope((t) => slope(fn, t), x);
  test("relu(x)³ at 0 and above", () =>
    assertValue(
      twice((t) => pow(relu(t), 3), f64([-1, 0, 2])),
      [0, 0, 12],
    ));
  test("x⁰ at 0", () =>
    assertValue(
      twice((t) => pow(t, constant([0, 0], "f64")), f64([0, 3])),
      [0, 0],
    ));
  test("max of squares", () =>
    assertValue(
      twice((t) => max(mul(t, t)), f64([1, 3])),
      [0, 2],
    ));
});
