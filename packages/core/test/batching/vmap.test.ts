/** What `vmap` means: values of JAX, hand loops, loops whose examples stop at different times, and its errors. */
import { describe, expect, test } from "vitest";
import { hvp, jvp } from "../../src/autodiff/forward.ts";
import { gradOf } from "../../src/autodiff/functional.ts";
import { grad, vjp } from "../../src/autodiff/gradient.ts";
import { vmap } from "../../src/batching/vmap.ts";
import { evaluate } from "../../src/evaluate.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { hessian, jacobian } from "../../src/functions/derivatives.ts";
import { randomNormal, splitKey } from "../../src/functions/random.ts";
import { mean } from "../../src/functions/statistics.ts";
import { constant, input, parameter } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { ancestors } from "../../src/graph/walk.ts";
import { checkpoint } from "../../src/loops/checkpoint.ts";
import { scan } from "../../src/loops/scan.ts";
import { add, div, mul, square, sub } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import { customGradient, named } from "../../src/ops/control.ts";
import { log, sin, tanh } from "../../src/ops/exponential.ts";
import { take } from "../../src/ops/indexing.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { randomKey } from "../../src/ops/random.ts";
import { message } from "../errors/message.ts";
import { filled } from "../samples/arrays.ts";
import { assertValue } from "../sweep/values.ts";

const double = (value: Parameters<typeof constant>[0]): Tensor => constant(value, "f64");

/** A network that reads a sequence of numbers, and its loss. */
const weights = parameter("w", [[0.5, -0.3], [0.2, 0.7]], "f64"); // biome-ignore format: a matrix
const sequences = double([[0.1, 0.9, -0.4], [1.2, -0.7, 0.3]]); // biome-ignore format: a matrix
function readerLoss(w: Tensor, x: Tensor): Tensor {
  const { carry, ys } = scan(
    (h: Tensor, x_t: Tensor) => {
      const next = tanh(add(matmul(w, h), mul(double([0.4, -0.6]), x_t)));
      return { carry: next, y: sum(mul(double([1, -0.5]), next)) };
    },
    { init: double([0, 0]), xs: x },
  );
  return add(sum(square(ys)), take(carry, 0));
}

describe("values of JAX 0.10.2", () => {
  test("per-example gradients of a loop", () => {
    assertValue(vmap((w, x) => grad(readerLoss(w, x), w), { inAxes: [null, 0] })(weights, sequences), [
      [
        [0.5819348609368923, -0.8058708597174951],
        [-0.11258236395938666, 0.1587524765241583],
      ],
      [
        [0.5395670558679584, -0.39542804283956734],
        [-0.3141331083036383, 0.3817570628635774],
      ],
    ]);
  });

  test("Hessians of each example", () => {
    const diagonal = (x: Tensor): Tensor => {
      const h = hessian(readerLoss(weights, x), x);
      return stack([0, 1, 2].map((i) => take(take(h, i), i)));
    };
    assertValue(vmap(diagonal)(sequences), [
      [1.1672987699992836, 0.4010598251383325, 0.8545189708058323],
      [0.25124682716748625, 1.462677173347634, 0.8581817512085257],
    ]);
  });

  test("the Jacobian of a vmap, forward and in reverse", () => {
    const losses = vmap((x) => readerLoss(weights, x))(sequences);
    for (const mode of ["forward", "reverse", "auto"] as const)
      assertValue(jacobian(losses, sequences, { mode }), [
        [[1.014981831066689, 1.1793795565535417, 0.6694009934456093], [0, 0, 0]],
        [[0, 0, 0], [1.1116197624711093, 0.7125079707463012, 0.677306918348018]],
      ]); // biome-ignore format: blocks
  });

  test("the gradient of a vmap of a gradient", () => {
    const inner = vmap((x) => gradOf((each) => readerLoss(weights, each))(x))(sequences);
    assertValue(grad(sum(square(inner)), weights), [
      [9.646165190080797, -11.332047821447217],
      [-4.961296370299518, 6.132717746954885],
    ]);
  });
});

test("an ensemble is several networks with weights of their own, trained in one program", () => {
  const keys = stack([1, 2, 3].map((seed) => randomKey(seed)));
  const x = double([[0.3, -1], [0.8, 0.1], [-0.5, 0.4]]); // biome-ignore format: a matrix
  const network = (key: Tensor): Tensor[] => {
    const [first, second] = splitKey(key) as [Tensor, Tensor];
    return [randomNormal(first, [2, 4], { dtype: "f64" }), randomNormal(second, [4, 1], { dtype: "f64" })];
  };
  const trained = (w: readonly Tensor[]): Tensor[] => {
    const [a, b] = w as [Tensor, Tensor];
    const loss = mean(square(sub(matmul(tanh(matmul(x, a)), b), 1)));
    return grad(loss, [a, b]).map((g, i) => sub(w[i]!, mul(g, 0.1)));
  };
  const all = vmap((key) => trained(network(key)))(keys) as Tensor[];
  const each = [1, 2, 3].map((seed) => trained(network(randomKey(seed))));
  const [actual, expected] = evaluate([all, [0, 1].map((i) => stack(each.map((one) => one[i]!)))]);
  for (const [i, weight] of actual!.entries()) assertValue(constant(weight), expected![i]!.toNested());
});

test("one key draws the same for every example, keys draw what they draw alone", () => {
  const noise = (x: Tensor, key: Tensor): Tensor => add(x, randomNormal(key, [3]));
  const zeros = constant([0, 0]);
  const [same, own, first, second] = evaluate([
    vmap(noise, { inAxes: [0, null] })(zeros, randomKey(7)),
    vmap(noise)(zeros, stack([randomKey(7), randomKey(8)])),
    randomNormal(randomKey(7), [3]),
    randomNormal(randomKey(8), [3]),
  ]).map((value) => value.toNested());
  expect(same).toEqual([first, first]);
  expect(own).toEqual([first, second]);
});

test("structures, axes and captured tensors", () => {
  const w = parameter("w", [1, 10]);
  const f = ({ x, scale }: { x: Tensor; scale: Tensor }) => ({
    y: [mul(x, w, scale), sum(x)] as [Tensor, Tensor],
    fixed: square(w),
  });
  const run = vmap(f, {
    inAxes: [{ x: 1, scale: null }],
    outAxes: { y: [-1, 0], fixed: null },
  });
  const { y, fixed } = run({ x: [[1, 2, 3], [4, 5, 6]], scale: 2 }); // biome-ignore format: a matrix
  const values = evaluate([...y, fixed]).map((value) => value.toNested());
  expect(values).toEqual([[[2, 4, 6], [80, 100, 120]], [5, 7, 9], [1, 100]]); // biome-ignore format: a matrix
  // A result that no example changes is repeated, where its axis is asked for.
  expect(evaluate(vmap((_) => square(w))([1, 2])).toNested()).toEqual([[1, 100], [1, 100]]); // biome-ignore format: a matrix
});

test("plain numbers take the dtype of what they meet", () => {
  const y = vmap((x: Tensor, scale: Tensor) => mul(x, scale, double(1)), { inAxes: [0, null] })(
    [0.1, 0.2],
    3,
  );
  expect(y.dtype).toBe("f64");
  expect(evaluate(y).toNested()).toEqual([0.1 * 3, 0.2 * 3]);
});

test("no examples give no results", () => {
  const empty = vmap((x) =>
    sum(scan((h: Tensor, x_t: Tensor) => ({ carry: add(h, x_t) }), { init: 0, xs: x }).carry),
  );
  expect(evaluate(empty(constant([[1, 2]]))).toNested()).toEqual([3]);
  expect(evaluate(empty(input("none", [0, 2])), { none: new Float32Array(0) }).shape).toEqual([0]);
});

test("what depends on no example is computed once", () => {
  const w = parameter("w", [0.5, 2]);
  let shared: Tensor | undefined;
  const y = vmap((x) => {
    shared = tanh(w);
    return mul(x, shared);
  })([1, 2, 3]);
  expect(ancestors([y])).toContain(shared!.node);
});

test("nodes keep their names and lines", () => {
  const y = vmap((x) => named(square(x), "energy"))([1, 2]);
  expect(y.name).toBe("energy");
  expect(y.node.origin.trace.stack).toContain("vmap.test.ts");
});

describe("loops", () => {
  const xs = double([[0.5, -1, 2], [1, 0.3, -0.7]]); // biome-ignore format: a matrix

  test("a carry that no example reaches stays one", () => {
    const { carry } = scan(
      ({ h, t }: { h: Tensor; t: Tensor }, x: Tensor) => ({
        carry: { h: add(mul(h, t), x), t: mul(t, 0.5) },
      }),
      { init: { h: double(0), t: double(1) }, xs: take(xs, 0) },
    );
    const all = vmap((x) => {
      const result = scan(
        ({ h, t }: { h: Tensor; t: Tensor }, x_t: Tensor) => ({
          carry: { h: add(mul(h, t), x_t), t: mul(t, 0.5) },
        }),
        { init: { h: double(0), t: double(1) }, xs: x },
      );
      return result.carry.h;
    })(xs);
    const loop = ancestors([all]).find(({ op }) => op.name === "scan")!;
    expect(loop.results.map(({ shape }) => shape)).toEqual([[2], []]);
    assertValue(take(all, 0), evaluate(carry.h).toNested());
  });

  test.each([false, true])("examples make steps of their own number, reverse %s", (reverse) => {
    const w = parameter("w", 0.5, "f64");
    const run = (x: Tensor, count: Tensor) =>
      scan((h: Tensor, x_t: Tensor) => ({ carry: tanh(add(mul(h, w), mul(w, log(x_t)))), y: mul(h, x_t) }), {
        init: double(0.1),
        xs: x,
        count,
        reverse,
      });
    // Behind the count there are numbers of which log makes no number.
    const padded = parameter("padded", [[0.5, 2, -1], [1, 0.3, 0.7], [-1, Number.NaN, -1]], "f64"); // biome-ignore format: a matrix
    const counts = constant([2, 5, -1], "i32");
    const both = vmap((x, count) => {
      const { carry, ys } = run(x, count);
      return { carry, ys, gradient: grad(add(carry, sum(ys)), x) };
    })(padded, counts);
    const each = [0, 1, 2].map((b) => {
      const x = take(padded, b);
      const { carry, ys } = run(x, take(counts, b));
      return { carry, ys, gradient: grad(add(carry, sum(ys)), x) };
    });
    for (const key of ["carry", "ys", "gradient"] as const)
      assertValue(both[key], evaluate(stack(each.map((one) => one[key]))).toNested());
    const total = ({ carry, ys }: { carry: Tensor; ys: Tensor }): Tensor => add(sum(carry), sum(ys));
    const outer = grad(total(both), { padded, w });
    assertValue(outer.padded, evaluate(both.gradient).toNested());
    const shared = each.map((one) => grad(total(one), w));
    assertValue(outer.w, evaluate(sum(stack(shared))).toNested());
  });

  test("within a loop, around a checkpoint", () => {
    const step = vmap((h: Tensor, x: Tensor, w: Tensor) => checkpoint((a) => sin(mul(a, w)))(add(h, x)), {
      inAxes: [0, 0, null],
    });
    const w = parameter("w", 0.7, "f64");
    const { carry } = scan((h: Tensor, x: Tensor) => ({ carry: step(h, x, w) }), {
      init: double([0.1, 0.2]),
      xs: stack([take(xs, 0), take(xs, 1)], { axis: 1 }),
    });
    const alone = [0, 1].map((b) => {
      const run = scan((h: Tensor, x: Tensor) => ({ carry: sin(mul(add(h, x), w)) }), {
        init: double([0.1, 0.2][b]!),
        xs: take(xs, b),
      });
      return run.carry;
    });
    const loss = (y: Tensor): Tensor => sum(square(y));
    const [a, b] = evaluate([grad(loss(carry), w), grad(loss(stack(alone)), w)]);
    expect(a!.item()).toBeCloseTo(b!.item(), 13);
  });
});

test("a gradient rule of the user's own holds for each example", () => {
  // Twice the gradient of x, and of the shared scale the product with the result.
  const own = customGradient(
    (x: Tensor, scale: Tensor) => sum(mul(x, scale)),
    (g, y, [x, scale]) => [mul(g, scale, 2, add(mul(x, 0), 1)), mul(g, y)],
  );
  const x = parameter("x", [[1, 2], [3, 4]], "f64"); // biome-ignore format: a matrix
  const scale = parameter("scale", 3, "f64");
  const y = vmap(own, { inAxes: [0, null] })(x, scale);
  assertValue(y, [9, 21]);
  const cotangents = [1, 10];
  const [gx, gscale] = vjp(y, [x, scale], cotangents) as [Tensor, Tensor];
  assertValue(gx, [[6, 6], [60, 60]]); // biome-ignore format: a matrix
  assertValue(gscale, 1 * 9 + 10 * 21);
  const inside = vmap((each, s) => grad(own(each, s), s), { inAxes: [0, null] })(x, scale);
  assertValue(inside, [9, 21]);
});

test("a gradient rule for operands that examples share, and none for one of them", () => {
  // Three times the gradient of w, and none of the offset.
  const own = customGradient(
    (offset: Tensor, x: Tensor, w: Tensor) => add(sum(mul(x, w)), offset),
    (g, _, [, x, w]) => [null, mul(g, w), mul(g, x, 3)],
  );
  const offset = parameter("offset", 7, "f64");
  const x = parameter("x", [[1, 2], [3, 4], [5, 6]], "f64"); // biome-ignore format: a matrix
  const w = parameter("w", [10, 100], "f64");
  const y = vmap(own, { inAxes: [null, 0, null] })(offset, x, w);
  assertValue(y, [217, 437, 657]);
  const gradients = vjp(y, [offset, x, w], [1, 2, 3]) as Tensor[];
  assertValue(gradients[0]!, 0);
  assertValue(gradients[1]!, [[10, 100], [20, 200], [30, 300]]); // biome-ignore format: a matrix
  assertValue(gradients[2]!, [3 * (1 + 2 * 3 + 3 * 5), 3 * (2 + 2 * 4 + 3 * 6)]);
});

test("a gradient rule that looks at no example, of a result that is the same for all", () => {
  const x = parameter("x", [[1, 2], [3, 4], [5, 6]], "f64"); // biome-ignore format: a matrix
  const w = parameter("w", [10, 100], "f64");
  const cotangents = [[1, 1], [1, 2], [3, 1]]; // biome-ignore format: a matrix
  const fixed = customGradient(
    (x: Tensor, w: Tensor) => mul(x, w),
    (_, __, [, w]) => [mul(w, 2), mul(w, 3)],
  );
  const [gx, gw] = vjp(vmap(fixed, { inAxes: [0, null] })(x, w), [x, w], cotangents) as [Tensor, Tensor];
  assertValue(gx, [[20, 200], [20, 200], [20, 200]]); // biome-ignore format: a matrix
  assertValue(gw, [3 * 30, 3 * 300]);
  const same = customGradient(
    (_: Tensor, w: Tensor) => mul(w, 2),
    (g, _, [x, w]) => [mul(g, w), mul(g, x)],
  );
  const y = vmap(same, { inAxes: [0, null] })(x, w);
  assertValue(y, [[20, 200], [20, 200], [20, 200]]); // biome-ignore format: a matrix
  const own = vjp(y, [x, w], cotangents) as [Tensor, Tensor];
  assertValue(own[0], [[10, 100], [10, 200], [30, 100]]); // biome-ignore format: a matrix
  assertValue(own[1], [1 + 3 + 3 * 5, 2 + 2 * 4 + 6]);
});

test("vmap of jvp and hvp", () => {
  const x = double([1, 2]);
  const cube = (each: Tensor): Tensor => mul(each, each, each);
  assertValue(vmap((each, t) => jvp(cube(each), each, t))(x, double([1, 10])), [3, 120]);
  assertValue(vmap((each, t) => hvp(cube(each), each, t))(x, double([1, 10])), [6, 120]);
});

test("Jacobians by columns, by rows and in blocks", () => {
  const w = parameter("w", filled([3, 70]), "f64");
  const x = parameter("x", filled([70]), "f64");
  const y = tanh(matmul(w, x));
  const rows = jacobian(y, { w, x }, { mode: "reverse" });
  const columns = jacobian(y, { w, x }, { mode: "forward" });
  const [a, b] = evaluate([rows, columns]) as unknown as Record<"w" | "x", { toNested(): number[] }>[];
  for (const key of ["w", "x"] as const) {
    expect(rows[key].shape).toEqual([3, ...(key === "w" ? [3, 70] : [70])]);
    assertValue(double(a![key].toNested()), b![key].toNested());
  }
  // ∂yᵢ/∂xⱼ = (1 - yᵢ²) wᵢⱼ
  assertValue(rows.x, evaluate(mul(sub(1, square(stack([y], { axis: 1 }))), w)).toNested());
});

describe("errors", () => {
  test("say which argument, and what was expected", () => {
    expect(message(() => vmap((a, b) => add(a, b))([1, 2], [1, 2, 3]))).toMatchInlineSnapshot(`
      "ShapeError
      vmap: different numbers of examples: 2 of argument 0, 3 of argument 1
        argument 0: [2]  f32
        argument 1: [3]  f32"
    `);
    expect(message(() => vmap((a, b) => add(a, b))([1, 2], input("scale", [])))).toMatchInlineSnapshot(`
      "ShapeError
      vmap: argument 1 [] has no axis 0 with examples
        argument 1: []  f32  "scale"
        hint: inAxes says which axis of each argument has the examples, null for one that is the same for all"
    `);
    expect(message(() => vmap(square, { inAxes: null })([1, 2]))).toMatchInlineSnapshot(`
      "GraphError
      vmap: no argument has an axis of examples
        rule: inAxes names an axis of at least one argument"
    `);
    expect(message(() => vmap((a, b) => add(a, b), { inAxes: [0] })([1, 2], 3))).toMatchInlineSnapshot(`
      "GraphError
      vmap: inAxes at 1: expected an axis or null, received nothing"
    `);
    expect(message(() => vmap(square, { inAxes: 0.5 })([1, 2]))).toMatchInlineSnapshot(`
      "GraphError
      vmap: inAxes at 0: expected an axis or null, received 0.5"
    `);
    expect(message(() => vmap(square, { outAxes: null })([1, 2]))).toMatchInlineSnapshot(`
      "GraphError
      vmap: the result differs from example to example, and outAxes says null: the same for all"
    `);
    expect(message(() => vmap(square, { outAxes: 2 })([1, 2]))).toMatchInlineSnapshot(`
      "ShapeError
      vmap: the result is [2] with its examples, and has no axis 2 for them"
    `);
    expect(message(() => vmap((() => 3) as never)([1, 2]))).toMatchInlineSnapshot(`
      "GraphError
      vmap: the result: expected a tensor, received number"
    `);
    expect(
      message(() => jacobian(input("x", []), input("x", []), { mode: "backward" as never })),
    ).toMatchInlineSnapshot(`
      "GraphError
      jacobian: mode: expected "forward", "reverse" or "auto", received "backward""
    `);
  });

  test("an index out of range is an error of its example", () => {
    const picked = vmap((x, i) => take(x, i))([[1, 2], [3, 4]], constant([1, 2], "i32")); // biome-ignore format: a matrix
    expect(message(() => evaluate(picked))).toMatchInlineSnapshot(`
      "ShapeError
      take: index 2 is out of range for axis 0 of size 2
        rule: -2 ≤ index < 2"
    `);
  });
});

test("division by what one example has 0 of touches no other", () => {
  const x = double([0, 2]);
  assertValue(vmap((each) => grad(div(1, each), each))(x), [Number.NEGATIVE_INFINITY, -0.25]);
});
