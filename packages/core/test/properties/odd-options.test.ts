/** Odd numbers for every option: a clear error of the function called, or what the interpreter and the compiler agree on. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { evaluate } from "../../src/evaluate.ts";
import * as core from "../../src/index.ts";
import { compile, DTypeError, GraphError, input, ShapeError, type Tensor } from "../../src/index.ts";

const ODD = [
  0,
  -0,
  1,
  2,
  3,
  -1,
  -2,
  1.5,
  -0.5,
  0.1,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  2 ** 53,
  1e300,
  -1e300,
];

type Build = (x: Tensor, images: Tensor, n: number, m: number) => Tensor | readonly Tensor[];

const { randomKey } = core;
const cases: Record<string, Build> = {
  broadcastTo: (x, _, n, m) => core.broadcastTo(x, [n, m, 4]),
  reshape: (x, _, n, m) => core.reshape(x, [n, m]),
  transpose: (x, _, n, m) => core.transpose(x, [n, m]),
  expandDims: (x, _, n) => core.expandDims(x, n),
  squeeze: (x, _, n) => core.squeeze(x, { axis: n }),
  swapAxes: (x, _, n, m) => core.swapAxes(x, n, m),
  stack: (x, _, n) => core.stack([x, x], { axis: n }),
  concat: (x, _, n) => core.concat([x, x], { axis: n }),
  split: (x, _, n, m) => core.split(x, n, { axis: m }),
  "split in parts": (x, _, n, m) => core.split(x, [n, m]),
  tile: (x, _, n, m) => core.tile(x, [n, m]),
  repeat: (x, _, n, m) => core.repeat(x, n, { axis: m }),
  slice: (x, _, n, m) => core.slice(x, [n, 0], [m, 4], [1, n]),
  pad: (x, _, n) =>
    core.pad(x, [
      [0, n],
      [1, 0],
    ]),
  "pad of i32": (x, _, n) =>
    core.pad(
      core.cast(x, "i32"),
      [
        [0, 1],
        [1, 0],
      ],
      n,
    ),
  "pad of bool": (x, _, n) =>
    core.pad(
      core.cast(x, "bool"),
      [
        [0, 1],
        [1, 0],
      ],
      n,
    ),
  flip: (x, _, n) => core.flip(x, { axis: n }),
  sum: (x, _, n) => core.sum(x, { axis: n }),
  max: (x, _, n, m) => core.max(x, { axis: [n, m] }),
  argmax: (x, _, n) => core.argmax(x, { axis: n }),
  cumsum: (x, _, n) => core.cumsum(x, { axis: n }),
  softmax: (x, _, n) => core.softmax(x, { axis: n }),
  variance: (x, _, n) => core.variance(x, { correction: n }),
  norm: (x, _, n) => core.norm(x, { order: n }),
  take: (x, _, n) => core.take(x, [0, 1], { axis: n }),
  takeAlong: (x, _, n) => core.takeAlong(x, [[0], [1], [0]], { axis: n }),
  oneHot: (_, __, n) => core.oneHot([0, 1], n),
  dynamicSlice: (x, _, n, m) => core.dynamicSlice(x, [0, 1], [n, m]),
  splitKey: (_, __, n) => core.splitKey(randomKey(1), n),
  randomKey: (_, __, n) => randomKey(n),
  randomUniform: (_, __, n, m) => core.randomUniform(randomKey(1), [3], { low: n, high: m }),
  "randomUniform's shape": (_, __, n, m) => core.randomUniform(randomKey(1), [n, m]),
  randomNormal: (_, __, n) => core.randomNormal(randomKey(1), [n, 2]),
  randomBernoulli: (_, __, n) => core.randomBernoulli(randomKey(1), 0.5, [n, 2]),
  arange: (_, __, n, m) => core.arange(0, n, m),
  "arange from": (_, __, n, m) => core.arange(n, n + 3, m),
  leakyRelu: (x, _, n) => core.leakyRelu(x, { slope: n }),
  elu: (x, _, n) => core.elu(x, { alpha: n }),
  clip: (x, _, n, m) => core.clip(x, { low: n, high: m }),
  "conv2d's stride": (_, images, n, m) => core.conv2d(images, [[[[1, 2]]]], { stride: [n, m] }),
  "conv2d's dilation": (_, images, n, m) =>
    core.conv2d(
      images,
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
      { dilation: [n, m] },
    ),
  "conv2d's padding": (_, images, n) => core.conv2d(images, [[[[1, 2]]]], { padding: n }),
  "maxPool2d's window": (_, images, n, m) => core.maxPool2d(images, [n, m]),
  "maxPool2d's stride": (_, images, n) => core.maxPool2d(images, 2, { stride: n }),
  "maxPool2d's padding": (_, images, n) => core.maxPool2d(core.cast(images, "i32"), 2, { padding: n }),
  "avgPool2d's stride": (_, images, n, m) => core.avgPool2d(images, 2, { stride: n, dilation: m }),
};

/** A number of arrays small enough to compare. */
const isSmall = (ys: readonly Tensor[]): boolean =>
  ys.every(({ shape }) => shape.reduce((size, length) => size * length, 1) < 1e4);

for (const [name, build] of Object.entries(cases)) {
  test(name, () => {
    const x = input("x", [3, 4]);
    const images = input("images", [1, 1, 4, 5]);
    const values = (count: number): Float32Array =>
      Float32Array.from({ length: count }, (_, i) => i / 3 - 1.7);
    const feeds = {
      x: core.array(values(12), { shape: [3, 4] }),
      images: core.array(values(20), { shape: [1, 1, 4, 5] }),
    };
    fc.assert(
      fc.property(fc.constantFrom(...ODD), fc.constantFrom(...ODD), (n, m) => {
        let ys: readonly Tensor[];
        try {
          ys = [build(x, images, n, m)].flat() as readonly Tensor[];
        } catch (error) {
          const clear = [ShapeError, DTypeError, GraphError].some((kind) => error instanceof kind);
          if (!clear) throw error;
          return;
        }
        if (!isSmall(ys)) return;
        const compiled = compile({ inputs: { x, images }, outputs: ys })(feeds);
        evaluate(ys, feeds).forEach((y, i) => {
          const scale = Math.max(
            1,
            ...Array.from(y.data, (value) => Math.abs(value)).filter(Number.isFinite),
          );
          y.data.forEach((value, at) => {
            const other = compiled[i]!.data[at]!;
            if (!Object.is(value + 0, other + 0) && !(Math.abs(value - other) <= 1e-5 * scale))
              expect.fail(`${n}, ${m}: element ${at} is ${value} and, compiled, ${other}`);
          });
        });
      }),
      runs(20),
    );
  });
}

test("sizes and steps say whose they are and what they have to be", () => {
  const images = input("images", [1, 1, 4, 5]);
  expect(() => core.conv2d(images, [[[[1]]]], { stride: 0 })).toThrow(
    "conv2d: stride is a whole number from 1 to 2³¹-1, or a pair of them, received 0",
  );
  expect(() => core.maxPool2d(images, 2, { dilation: [1, 1.5] })).toThrow(
    "maxPool2d: dilation is a whole number",
  );
  expect(() => core.broadcastTo(1, [1.5])).toThrow("broadcastTo: a shape is a list of whole sizes");
  expect(() => core.pad(core.constant([1], "i32"), [[1, 0]], 2.7)).toThrow(
    "pad: i32 takes whole numbers from -2³¹ to 2³¹-1, received 2.7",
  );
  expect(() => core.pad(core.constant([true]), [[1, 0]], -2)).toThrow("pad: bool takes 0 and 1, received -2");
});

test("max pooling of whole numbers does not see the border", () => {
  const negative = core.array(
    [
      [
        [
          [-3, -4],
          [-5, -6],
        ],
      ],
    ],
    { dtype: "i32" },
  );
  // PyTorch: max_pool2d of the same floats, padding 1, stride 2
  expect(evaluate(core.maxPool2d(negative, 2, { padding: 1 })).toNested()).toEqual([
    [
      [
        [-3, -4],
        [-5, -6],
      ],
    ],
  ]);
});
