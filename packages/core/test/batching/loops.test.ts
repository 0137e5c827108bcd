/** Loops under `vmap` are loops over examples: every kind of loop, with each choice of operands that differ. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { isFloat } from "../../src/dtype.ts";
import {
  add,
  cast,
  constant,
  evaluate,
  grad,
  greater,
  input,
  log,
  mul,
  NDArray,
  parameter,
  scan,
  square,
  stack,
  sum,
  type Tensor,
  tanh,
  vmap,
} from "../../src/index.ts";
import { checkpointed, type Looper, loopCases } from "../loops/loop-cases.ts";
import { filled, integers } from "../samples/arrays.ts";
import { weights } from "../sweep/arrays.ts";
import { assertClose } from "../sweep/compare.ts";

const EXAMPLES = 6;

/** The value of an example: other numbers, and integers in another order. */
const example = ({ dtype, shape, data }: NDArray, which: number): NDArray =>
  new NDArray(
    dtype,
    shape,
    dtype === "i32"
      ? data.map((_, i) => data[(i + which) % data.length]!)
      : data.map((x, i) => x * 0.9 ** ((i + which) % 4)),
  );

type Batched = (...operands: readonly Tensor[]) => Tensor[];

/** A choice of operands that differ from example to example, and of the axis along which they do. */
const choiceOf = (count: number) =>
  fc.record({
    batched: fc.array(fc.boolean(), { minLength: count, maxLength: count }).filter((b) => b.includes(true)),
    axes: fc.array(fc.nat({ max: 11 }), { minLength: count, maxLength: count }),
  });

/** All examples at once are what they are one after another, and so are gradients for the values of each. */
function check(
  f: Batched,
  examples: readonly (readonly NDArray[])[],
  { batched, axes }: { readonly batched: readonly boolean[]; readonly axes: readonly number[] },
): void {
  const shared = examples[0]!.map((value) => constant(value));
  const each = examples.map((values) => values.map((x, i) => (batched[i] ? constant(x) : shared[i]!)));
  const inAxes = shared.map(({ shape }, i) => (batched[i] ? axes[i]! % (shape.length + 1) : null));
  const together = shared.map((x, i) => {
    const axis = inAxes[i]!;
    const own = each.map((operands) => operands[i]!);
    return axis === null ? x : stack(own, { axis });
  });
  const all = vmap(f, { inAxes })(...together) as Tensor[];
  const apart = each.map((operands) => f(...operands));
  const expected = all.map((_, i) => stack(apart.map((results) => results[i]!)));
  const leaves = [...new Set(each.flat())].filter(({ dtype }) => isFloat(dtype));
  const gradients = (results: readonly Tensor[]): readonly Tensor[] =>
    grad(weigh(results), leaves) as readonly Tensor[];
  const [a, b] = evaluate([
    [...all, ...gradients(all)],
    [...expected, ...gradients(expected)],
  ]);
  b!.forEach((value, i) => {
    assertClose(`result ${i}`, a![i]!, value, { relative: 1e-10, absolute: 1e-11 });
  });
}

/** A sum in which every element counts differently from its neighbours. */
const weigh = (results: readonly Tensor[]): Tensor =>
  results
    .filter(({ dtype }) => isFloat(dtype))
    .map((y, i) => sum(mul(y, weights(y.shape, "f64", i))))
    .reduce((p, q) => add(p, q));

/** Results and gradients; `check` differentiates both once more. */
const orders = (outputs: readonly Tensor[], inputs: readonly Tensor[]): Tensor[] => [
  ...outputs,
  ...(grad(
    weigh(outputs),
    inputs.filter(({ dtype }) => isFloat(dtype)),
  ) as readonly Tensor[]),
];

test("loops of every kind", () => {
  const loops = Object.entries(loopCases);
  const drawn = fc
    .constantFrom(...loops)
    .chain((given) => fc.tuple(fc.constant(given), choiceOf(given[1].values.length)));
  const loopers = fc.constantFrom(scan as Looper, checkpointed(2));
  fc.assert(
    fc.property(drawn, loopers, ([[, { values, build }], choice], looper) => {
      const examples = Array.from({ length: EXAMPLES }, (_, b) => values.map((value) => example(value, b)));
      check((...inputs) => orders(build(looper, ...inputs), inputs), examples, choice);
    }),
    runs(20),
  );
});

const TIME = 4;

/** Steps of a number of their own: two carries of which one counts, histories of all kinds. */
const countedLoop =
  (reverse: boolean): Batched =>
  (count, xs, h, w, start) => {
    const { carry, ys } = scan(
      (c: { h: Tensor; total: Tensor; t: Tensor }, x: Tensor) => {
        const next = tanh(add(mul(c.h, w!), log(x)));
        const carry = { h: next, total: add(c.total, sum(mul(next, c.h))), t: add(c.t, 1) };
        return { carry, y: { next, product: mul(c.h, x), t: mul(c.t, 2), fixed: square(w!) } };
      },
      { init: { h: h!, total: start!, t: constant(1, "i32") }, xs: xs!, count: count!, reverse },
    );
    return [carry.h, carry.total, carry.t, ys.next, ys.product, ys.t, ys.fixed];
  };

test("loops whose examples make steps of their own number", () => {
  // Up to a most of its own each time: what is looked at ends with the longest.
  const counts = fc
    .integer({ min: -1, max: TIME + 1 })
    .chain((max) => fc.array(fc.integer({ min: -1, max }), { minLength: EXAMPLES, maxLength: EXAMPLES }));
  fc.assert(
    fc.property(choiceOf(5), counts, fc.boolean(), (choice, numbers, reverse) => {
      const [ownCount, ownXs] = choice.batched;
      const examples = numbers.map((number, b) => {
        const made = ownCount ? (ownXs ? number : Math.max(...numbers)) : numbers[0]!;
        // Behind what is read, numbers of which the logarithm is none.
        const xs = example(filled([TIME, 2], 3), b).data.map((x, i) => (i < 2 * made ? Math.abs(x) : -1));
        const values = [filled([2]), filled([2], 1), filled([], 4)].map((value) => example(value, b));
        return [integers(ownCount ? number : numbers[0]!), new NDArray("f64", [TIME, 2], xs), ...values];
      });
      const f = countedLoop(reverse);
      check((...inputs) => orders(f(...inputs), inputs), examples, choice);
    }),
    runs(30),
  );
});

test("of a loop of one step, examples that do not make it see the x of one that does", () => {
  const w = parameter("w", 3, "f64");
  const one = (xs: Tensor): Tensor => {
    const step = (total: Tensor, x: Tensor) => ({ carry: add(total, log(mul(w, x))) });
    return scan(step, { init: 0, xs, count: cast(greater(sum(xs), 0), "i32") }).carry;
  };
  const y = vmap(one)(constant([[-1], [2], [0], [5]], "f64"));
  const [values, slope] = evaluate([y, grad(sum(y), w)]);
  expect(values!.toNested()).toEqual([0, Math.log(6), 0, Math.log(15)]);
  expect(slope!.item()).toBeCloseTo(2 / 3, 14);
});

test("no examples and no steps, with numbers of steps of their own", () => {
  const rest = [filled([2]), filled([2], 1), filled([], 4)].map((value) => constant(value));
  const f = vmap((count: Tensor, xs: Tensor) => countedLoop(false)(count, xs, ...rest));
  const none = f(input("count", [0], "i32"), input("xs", [0, TIME, 2], "f64")) as Tensor[];
  const empty = evaluate(none, { count: new Int32Array(0), xs: new Float64Array(0) });
  expect(empty.map(({ shape }) => shape)).toEqual(
    [[2], [], [], [TIME, 2], [TIME, 2], [TIME], [TIME, 2]].map((shape) => [0, ...shape]),
  );
  const still = f(constant([0, 3], "i32"), input("xs", [2, 0, 2], "f64")) as Tensor[];
  const [h, total, , next] = evaluate(still, { xs: new Float64Array(0) });
  const [first, , start] = evaluate(rest).map((value) => value.toNested());
  expect([h!.toNested(), total!.toNested(), next!.shape]).toEqual([[first, first], [start, start], [2, 0, 2]]); // biome-ignore format: one line
});

test("a carry that is an example's own at first and the same for all behind a step", () => {
  const given = [filled([2], 1), filled([3, 2], 5)];
  const constantBehind: Batched = (init, xs) => {
    const { carry, ys } = scan((h: Tensor, x: Tensor) => ({ carry: mul(x, 0.5), y: add(h, x) }), {
      init: init!,
      xs: xs!,
    });
    return [carry, ys];
  };
  const examples = Array.from({ length: 3 }, (_, which) => given.map((value) => example(value, which)));
  check(constantBehind, examples, { batched: [true, false], axes: [0, 0] });
  // Without any step the carry is what each example began with.
  const none: Batched = (init) => [
    scan((_: Tensor, x: Tensor) => ({ carry: x }), { init: init!, xs: constant(filled([0, 2], 1)) }).carry,
  ];
  check(
    none,
    examples.map(([first]) => [first!]),
    { batched: [true], axes: [1] },
  );
});
