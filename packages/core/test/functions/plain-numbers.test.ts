/** Plain numbers beside `f64` keep all their digits, in every public function of several operands. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import * as core from "../../src/index.ts";
import {
  type ArrayValue,
  add,
  arange,
  array,
  cast,
  checkpoint,
  cond,
  constant,
  customGradient,
  defaultDType,
  evaluate,
  exp,
  expandDims,
  eye,
  GraphError,
  gradOf,
  input,
  jit,
  less,
  logicalNot,
  math,
  mathWith,
  mul,
  type NDArray,
  type Operand,
  oneHot,
  ones,
  parameter,
  randomKey,
  randomNormal,
  randomUniform,
  scan,
  sin,
  sum,
  type Tensor,
  tensorBeside,
  unroll,
  valueAndGrad,
  vmap,
  whileLoop,
  withDType,
  zeros,
} from "../../src/index.ts";
import { assertClose } from "../sweep/compare.ts";
import { valueOf } from "../sweep/values.ts";
import { fixtureCalls } from "./fixture-calls.ts";

type Call = (operands: readonly Operand[]) => Tensor | readonly Tensor[];
type Loop = typeof scan;

const loops = (loop: Loop, options: { readonly checkpoint?: "sqrt" } = {}): Call[] => [
  ([a, b]) =>
    loop((c: Tensor, x: Tensor) => ({ carry: add(mul(sin(c), 0.1), x) }), { init: a!, xs: b!, ...options })
      .carry,
  ([a, b]) => {
    const step = (c: Tensor, x: Tensor) => ({
      carry: add(c, mul(expandDims(x, 0), b!)),
      y: mul(sin(x), c),
    });
    const { carry, ys } = loop(step, { init: [0, 0, 0], xs: a!, ...options });
    return [carry, ys];
  },
  ([a, b]) =>
    loop((c: Tensor) => ({ carry: add(c, b!), y: mul(c, a!) }), { init: a!, length: 3, ...options }).ys,
];

const plainly = (x: Operand): ArrayValue => x as ArrayValue;

/** Calls of two vectors [3], for what the table of calls does not have. */
const rows: Readonly<Record<string, readonly Call[]>> = {
  checkpoint: [([a, b]) => checkpoint((x: Tensor, y: Tensor) => mul(sin(x), y))(a!, b!)],
  cond: [
    ([a, b]) =>
      cond(
        true,
        () => mul(a!, b!, 0.1), // a branch has no operands: sin(a) of a plain a would have no neighbour
        () => [0.1, 0.2, 0.3],
      ),
    ([a, b]) =>
      cond(
        false,
        () => a!,
        () => b!,
      ),
  ],
  customGradient: [
    ([a, b]) =>
      customGradient(
        (x: Tensor, y: Tensor) => mul(expandDims(x, 1), y),
        (g) => [g, g],
      )(a!, b!),
  ],
  gradOf: [([a, b]) => gradOf((x: Tensor, y: Tensor) => sum(mul(sin(x), y, y)), { wrt: [0, 1] })(a!, b!)],
  jit: [
    ([a, b]) => {
      const call = jit((x: Tensor, y: Tensor) => mul(sin(x), y));
      return constant(call(plainly(a!), plainly(b!)) as NDArray);
    },
  ],
  math: [
    ([a, b]) => math`1/3 * ${a!} + sqrt(2) ⊙ ${b!}`,
    ([a, b]) => math`(${a!} / 3)ᵀ * ${b!} + σ(${0.1})`,
    ([a, b]) => math`tanh(sin(${a!}) ^ 2 - ${0.1}) @ ${b!}`,
  ],
  mathWith: [([a, b]) => mathWith({ wave: sin })`1/3 * wave(${a!}) + wave(2) ⊙ ${b!}`],
  scan: [...loops(scan), ...loops(scan, { checkpoint: "sqrt" })],
  tensorBeside: [([a, b]) => [tensorBeside(a!, [0.5, b!]), tensorBeside(b!, [a!])]],
  unroll: loops(unroll as Loop),
  vmap: [([a, b]) => vmap((x: Tensor, y: Tensor) => mul(sin(x), y))(a!, b!)],
  whileLoop: [
    ([a, b]) => {
      const step = ({ total, t }: { total: Tensor; t: Tensor }) => ({
        total: add(mul(total, 0.5), b!),
        t: add(t, 1),
      });
      return whileLoop(({ t }) => less(t, 2.5), step, { init: { total: a!, t: 0 }, most: 9 }).carry.total;
    },
  ],
  valueAndGrad: [([a, b]) => valueAndGrad((x: Tensor, y: Tensor) => sum(mul(sin(x), y, y)))(a!, b!)],
};

/** Functions of one operand, of whole numbers beside it, or whose values take the dtype of the tensors beside them. */
const single = new Set(
  `abs acos all ancestors any arange argmax argmin argsort array asin associativeScan atan avgPool2d broadcastTo cast checkOptionNames checkOptionValues cholesky compile compileAsync constant cos cosh createRuntime defaultDType deferredArray
  cumprod cumsum descendants det digamma dynamicSlice eigh elu erf evaluate exp eye full expandDims expm1 flip floor gaussNewtonProduct gelu grad hardSigmoid hardTanh hessian hvp inWords input inverse isFinite
  isLoop jacobian jvp leakyRelu loadMetadata loadTensors log log10 log1p log2 logCumSumExp logDet logGamma logSoftmax logSumExp logicalAnd logicalNot logicalOr
  max maxPool2d mean min mish named neg nextBelow norm oneHot ones onesLike ownCode pad parameter polygamma prod qr randomBernoulli randomCategorical randomKey
  randomNormal randomUniform reciprocal relu renewed repeat requireEnd reshape round rsqrt saveTensors selu sigmoid sign silu sin sinh slice softmax
  softplus sort sourceLine split splitKey sqrt square squeeze std stopGradient substitute sum svd swapAxes take takeAlong tan tanh tile topK
  transpose unrollNode variance vjp withDType withScope zeros zerosLike`.split(/\s+/),
);

const several = fixtureCalls.flatMap(({ label, fn, values, call }) => {
  // The condition of a choice is no number beside the others.
  const open = values.flatMap(({ dtype, data }, i) =>
    dtype === "f64" && data.length > 0 && !(fn === "where" && i === 0) ? [i] : [],
  );
  return open.length < 2 || single.has(fn) ? [] : [{ label, values, open, call: call as unknown as Call }];
});

test("the tables have every public function that takes several operands", () => {
  const tested = new Set([...several.map(({ label }) => label.split("(")[0]!), ...Object.keys(rows)]);
  const functions = Object.entries(core).flatMap(([name, value]) =>
    typeof value === "function" && !/^class\b/.test(String(value)) ? [name] : [],
  );
  expect(functions.filter((name) => !tested.has(name) && !single.has(name))).toEqual([]);
});

const run = (y: Tensor | readonly Tensor[]): readonly NDArray[] =>
  evaluate([y].flat() as readonly Tensor[]) as unknown as NDArray[];

/** The call with some of its operands plain gives what it gives with arrays in `f64`. */
function expectSame(call: Call, values: readonly NDArray[], plain: ReadonlySet<number>): void {
  const expected = run(call(values));
  const found = run(call(values.map((value, i) => (plain.has(i) ? value.toNested() : value))));
  expect(found.map(({ dtype }) => dtype)).toEqual(expected.map(({ dtype }) => dtype));
  found.forEach((value, i) => {
    assertClose(`result ${i}`, value, expected[i]!, { relative: 1e-14, absolute: 1e-15 });
  });
}

/** Some of the operands, and not all. */
const some = (open: readonly number[]): fc.Arbitrary<Set<number>> =>
  fc.subarray([...open], { minLength: 1, maxLength: open.length - 1 }).map((chosen) => new Set(chosen));

describe("plain beside f64", () => {
  test("calls of the table", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...several).chain((row) => fc.tuple(fc.constant(row), some(row.open))),
        ([{ call, values }, plain]) => expectSame(call, values, plain),
      ),
      runs(60),
    );
  });
  // Not near 0, where most doubles lie: what single width loses there is below the absolute tolerance.
  const vector = fc
    .array(fc.double({ min: 0.1, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
    .map((values) => array(values, { dtype: "f64" }));
  for (const [fn, calls] of Object.entries(rows)) {
    test(fn, () => {
      fc.assert(
        fc.property(fc.constantFrom(...calls), vector, vector, some([0, 1]), (call, a, b, plain) =>
          expectSame(call, [a, b], plain),
        ),
        runs(6),
      );
    });
  }
});

test("all of them plain, in withDType", () => {
  fc.assert(
    fc.property(fc.constantFrom(...several), ({ call, values, open }) => {
      withDType("f64", () => expectSame(call, values, new Set(open)));
      expect(defaultDType()).toBe("f32");
    }),
    runs(60),
  );
});

test("what has no dtype is what withDType says, and f32 outside and after an error", () => {
  const made = (): readonly { readonly dtype: string }[] => [
    array([1, 2]),
    array(0.5),
    constant(1),
    input("x", [2]),
    parameter("w", [1]),
    add(1, 2),
    exp(constant([1], "i32")),
    arange(0.5, 3),
    zeros([2]),
    ones([2]),
    eye(2),
    oneHot([1], 3),
    randomUniform(randomKey(1), [2]),
    randomNormal(randomKey(1), [2]),
    scan((c: Tensor) => ({ carry: mul(c, 0.5) }), { init: 1, length: 2 }).carry,
    tensorBeside(1, [array([1], { dtype: "i32" })]),
  ];
  const dtypes = (): Set<string> => new Set(made().map(({ dtype }) => dtype));
  expect(withDType("f64", dtypes)).toEqual(new Set(["f64"]));
  expect(dtypes()).toEqual(new Set(["f32"]));
  expect(withDType("f64", () => [withDType("f32", dtypes), dtypes()])).toEqual([
    new Set(["f32"]),
    new Set(["f64"]),
  ]);
  const beside = withDType("f64", () => [add(new Float32Array(1), 0.1), array([true]), arange(3)]);
  expect(beside.map(({ dtype }) => dtype)).toEqual(["f32", "bool", "i32"]);
  expect(() =>
    withDType("f64", () => {
      throw new RangeError("mine");
    }),
  ).toThrow(RangeError);
  expect(defaultDType()).toBe("f32");
});

test("withDType refuses other dtypes, and functions that go on later", async () => {
  const f16 = "f16" as "f32";
  expect(() => withDType(f16, () => 1)).toThrow(
    'withDType: dtype is "f32" or "f64", received the text "f16"',
  );
  expect(() => withDType("f64", async () => 1)).toThrow(/withDType: .*received one that returns a promise/);
  expect(() => withDType("f64", () => Promise.reject(new Error("unheard")))).toThrow(GraphError);
  await Promise.resolve();
  expect(defaultDType()).toBe("f32");
});

test("a plain number is a double until it is cast", () => {
  expect(valueOf(cast(0.1, "f64"))).toBe(0.1);
  expect(valueOf(cast([16777217], "i32"))).toEqual([16777217]);
  expect(valueOf(cast(1e-50, "bool"))).toBe(true);
  expect(valueOf(logicalNot([1e-50, 0]))).toEqual([false, true]);
});

test("what a step returns plain takes the dtype of the carry", () => {
  const step = (c: Tensor) => ({ carry: [0.1, 0.2], y: c });
  expect(valueOf(scan(step, { init: constant([1, 2], "f64"), length: 1 }).carry)).toEqual([0.1, 0.2]);
  const { ys } = scan(() => ({ carry: 2 }), { init: constant(1, "i32"), length: 1 }) as { ys?: Tensor };
  expect(ys).toBeUndefined();
});

test("an equation's own numbers stay whole beside integers", () => {
  const ids = constant([3, 4], "i32");
  expect(math`${ids} * (2 + 1)`.dtype).toBe("i32");
  expect(valueOf(math`${ids} * (1/2)`)).toEqual([1.5, 2]);
  expect(math`1/3`.dtype).toBe("f32");
});

test("plain arguments alone are arguments, not one array", () => {
  expect(valueOf(checkpoint((x: Tensor, y: Tensor) => mul(x, y))(2, 3))).toBe(6);
  expect(valueOf(gradOf((x: Tensor, y: Tensor) => mul(x, y))(2, 3))).toBe(3);
});
