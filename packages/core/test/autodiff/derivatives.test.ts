/** `vjp`, `jvp`, `hvp`, `gaussNewtonProduct`, `jacobian` and `hessian`: against each other and against values by hand. */
import { describe, expect, test } from "vitest";
import { DTypeError, GraphError, ShapeError } from "../../src/errors.ts";
import {
  add,
  cast,
  concat,
  constant,
  evaluate,
  exp,
  floor,
  gaussNewtonProduct,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  log,
  matmul,
  mul,
  type NDArray,
  pow,
  reshape,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  transpose,
  vjp,
} from "../../src/index.ts";
import { filled } from "../samples/arrays.ts";
import { weights } from "../sweep/arrays.ts";
import { assertClose } from "../sweep/compare.ts";
import { assertValue, valueOf } from "../sweep/values.ts";

const f64 = (value: Parameters<typeof constant>[0]): Tensor => constant(value, "f64");

/** A function with a loop, several operands and a result of another shape. */
const [a, b] = [constant(filled([2])), constant(filled([2, 3], 1))];
function network(): Tensor {
  const { carry } = scan((h: Tensor, x: Tensor) => ({ carry: tanh(add(mul(h, x), sin(a))) }), {
    init: a,
    xs: transpose(b),
  });
  return matmul(carry, exp(b));
}

describe("jvp", () => {
  test("of two operands and two outputs", () => {
    const [x, y] = [f64([1, 2]), f64([3, 4])];
    const { product, squares } = jvp(
      { product: mul(x, y), squares: [square(x)] },
      [x, y],
      [
        [1, 10],
        [100, 1000],
      ],
    );
    assertValue(product, [3 + 100, 40 + 2000]);
    assertValue(squares[0]!, [2, 40]);
  });
  test("agrees with the Jacobian, through a loop", () => {
    const y = network();
    const tangents = [weights([2], "f64", 1), weights([2, 3], "f64", 2)];
    const [ja, jb] = jacobian(y, [a, b]) as readonly [Tensor, Tensor];
    const flat = (j: Tensor, t: NDArray): Tensor =>
      sum(mul(j, t), { axis: j.shape.length === 2 ? 1 : [1, 2] });
    const expected = evaluate(add(flat(ja, tangents[0]!), flat(jb, tangents[1]!)));
    assertClose("jvp", evaluate(jvp(y, [a, b], tangents)), expected, { relative: 1e-12 });
  });
  test("zeros where an output does not depend on wrt", () => {
    const [x, other] = [f64([1, 2]), f64([3, 4])];
    const [first, second, flat] = jvp(
      [square(other), mul(x, 2), floor(x)],
      [x],
      [[1, 1]],
    ) as readonly Tensor[];
    assertValue(first!, [0, 0]);
    assertValue(second!, [2, 2]);
    assertValue(flat!, [0, 0]);
  });
  test("only some operands reach the outputs", () => {
    const [x, other] = [f64([1, 2]), f64([3, 4])];
    assertValue(
      jvp(
        square(x),
        [other, x],
        [
          [5, 5],
          [1, 10],
        ],
      ),
      [2, 40],
    );
  });
  test("wrt an output itself", () => {
    const x = f64([1, 2]);
    assertValue(jvp(x, x, [5, 6]), [5, 6]);
  });
  test("can be differentiated", () => {
    const x = f64([0.5, 1.5]);
    const directional = sum(jvp(pow(x, 3), x, [1, 2]));
    assertValue(grad(directional, x), [6 * 0.5, 12 * 1.5]);
    assertValue(jvp(jvp(pow(x, 3), x, [1, 2]), x, [1, 1]), [3, 18]);
  });
  test("refuses tangents that don't match", () => {
    const x = f64([1, 2]);
    expect(() => jvp(square(x), x, [1, 2, 3])).toThrow(ShapeError);
    expect(() => jvp(square(x), [x, x], [[1, 2]])).toThrow(GraphError);
    expect(() => jvp(square(x), cast(x, "i32"), [1, 2])).toThrow(DTypeError);
  });
});

describe("hvp", () => {
  const loss = sum(square(network()));
  test("agrees with the Hessian", () => {
    const v = weights([2], "f64", 1);
    const expected = evaluate(sum(mul(hessian(loss, a), v), { axis: 1 }));
    assertClose("hvp", evaluate(hvp(loss, a, v)), expected, { relative: 1e-11 });
  });
  test("of two operands, with what they share", () => {
    const [x, y] = [f64(2), f64(3)];
    // x² y: Hessian [[2y, 2x], [2x, 0]]
    const { gx, gy } = hvp(mul(square(x), y), { gx: x, gy: y }, { gx: 10, gy: 1 });
    assertValue(gx, 60 + 4);
    assertValue(gy, 40);
  });
  test("is zero for a linear loss", () => {
    const x = f64([1, 2]);
    assertValue(hvp(sum(mul(x, 3)), x, [1, 1]), [0, 0]);
  });
  test("refuses what does not fit, by its own name", () => {
    const x = f64([1, 2]);
    expect(() => hvp(square(x), x, [1, 2])).toThrow(/^hvp: expected a scalar loss, received \[2\]/);
    expect(() => hvp(sum(x), x, [1, 2, 3])).toThrow(/^hvp: /);
    expect(() => hvp(sum(x), [x], [])).toThrow(/^hvp: /);
    expect(() => hvp(sum(x), undefined as never, [])).toThrow(
      /^hvp: wrt: expected a tensor, received undefined/,
    );
    expect(() => hvp(sum(x), 3 as never, [])).toThrow(/^hvp: wrt: expected a tensor, received number/);
  });
});

describe("gaussNewtonProduct", () => {
  const y = network();
  // A convex loss whose Hessian by y is neither diagonal nor constant.
  const loss = log(sum(exp(y)));
  const v = [weights([2], "f64", 1), weights([2, 3], "f64", 2)];
  test("is Jᵀ H J, through a loop and for several operands", () => {
    const H = hessian(loss, y);
    const [ja, jb] = jacobian(y, [a, b]) as readonly [Tensor, Tensor];
    const J = concat([ja, reshape(jb, [3, 6])], { axis: 1 });
    const flat = concat([constant(v[0]!), reshape(constant(v[1]!), [6])]);
    const expected = evaluate(matmul(transpose(J), matmul(H, matmul(J, flat))));
    const [ga, gb] = gaussNewtonProduct(loss, y, [a, b], v) as readonly [Tensor, Tensor];
    const found = evaluate(concat([ga, reshape(gb, [6])]));
    // Terms of the size of 1e-3 cancel: digits are those of the largest.
    assertClose("gaussNewtonProduct", found, expected, { relative: 1e-11, absolute: 1e-15 });
  });
  test("is the Hessian where the outputs are linear, in any structure", () => {
    const x = f64([1, 2]);
    const outputs = { p: mul(x, 3), q: sum(x) };
    const convex = add(sum(exp(outputs.p)), square(outputs.q));
    assertClose(
      "linear",
      evaluate(gaussNewtonProduct(convex, outputs, { x }, { x: [1, -2] }).x),
      evaluate(hvp(convex, x, [1, -2])),
      { relative: 1e-12 },
    );
  });
  test("leaves out what does not go through the outputs, and has no negative curvature", () => {
    const penalized = add(loss, sum(square(a)));
    const [ga] = gaussNewtonProduct(penalized, y, [a], [v[0]!]) as readonly [Tensor];
    assertClose("plain", evaluate(ga), evaluate(gaussNewtonProduct(loss, y, a, v[0]!)), { relative: 1e-12 });
    for (let seed = 1; seed <= 20; seed++) {
      const direction = weights([2], "f64", seed);
      const along = sum(mul(gaussNewtonProduct(loss, y, a, direction), direction));
      expect(evaluate(along).item()).toBeGreaterThanOrEqual(0);
    }
  });
  test("refuses what does not fit, by its own name", () => {
    const x = f64([1, 2]);
    const [squares, total] = [square(x), sum(square(x))];
    expect(() => gaussNewtonProduct(total, squares, x, [1, 2, 3])).toThrow(/^gaussNewtonProduct: /);
    expect(() => gaussNewtonProduct(squares, squares, x, [1, 2])).toThrow(/^gaussNewtonProduct: /);
    expect(() => gaussNewtonProduct(total, squares, undefined as never, [1, 2])).toThrow(
      /^gaussNewtonProduct: wrt: expected a tensor, received undefined/,
    );
    const whole = cast(squares, "i32");
    expect(() => gaussNewtonProduct(total, whole, x, [1, 2])).toThrow(/^gaussNewtonProduct: outputs: i32/);
  });
});

describe("jacobian", () => {
  test("rows are those of vjp", () => {
    const y = network();
    const { ja } = jacobian(y, { ja: a });
    const rows = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ].map((u) => valueOf(vjp(y, a, u)));
    assertValue(ja, rows);
  });
  test("of matrices: [...i, ...j]", () => {
    const x = f64([
      [1, 2],
      [3, 4],
    ]);
    const j = jacobian(matmul(x, x), x);
    expect(j.shape).toEqual([2, 2, 2, 2]);
    assertValue(j, [
      [
        [
          [2, 3],
          [2, 0],
        ],
        [
          [2, 0 + 1 + 4],
          [0, 2],
        ],
      ],
      [
        [
          [3, 0],
          [1 + 4, 3],
        ],
        [
          [0, 3],
          [2, 8],
        ],
      ],
    ]);
  });
  test("of a scalar, and by a scalar", () => {
    const [x, s] = [f64([1, 2]), f64(3)];
    assertValue(jacobian(sum(square(x)), x), [2, 4]);
    assertValue(jacobian(mul(x, s), s), [1, 2]);
    expect(jacobian(square(s), s).shape).toEqual([]);
  });
  test("zeros where nothing flows", () => assertValue(jacobian(f64([1, 2]), f64([3])), [[0], [0]]));
});

describe("hessian", () => {
  test("of two operands: a block for each pair", () => {
    const [x, y] = [f64([1, 2]), f64(3)];
    const blocks = hessian(mul(sum(square(x)), y), { x, y });
    assertValue(blocks.x.x, [
      [6, 0],
      [0, 6],
    ]);
    assertValue(blocks.x.y, [2, 4]);
    assertValue(blocks.y.x, [2, 4]);
    assertValue(blocks.y.y, 0);
  });
  test("is symmetric, through a loop", () => {
    const h = evaluate(hessian(sum(square(network())), a)).toNested() as number[][];
    expect(Math.abs(h[0]![1]! - h[1]![0]!)).toBeLessThan(1e-10 * Math.abs(h[0]![1]!));
    expect(Math.abs(h[0]![1]!)).toBeGreaterThan(1e-3);
  });
});
