/** Sizes that files leave open: how they are found, what is refused, and one file at several sizes in ONNX Runtime. */
import {
  add,
  arange,
  cast,
  constant,
  div,
  evaluate,
  greater,
  input,
  mul,
  parameter,
  reshape,
  scan,
  slice,
  sum,
  type Tensor,
  zeros,
} from "@org/core";
import { Embedding, Linear, parameters } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchedOps, type OpenCase, openNetworks } from "../python/open-cases.ts";
import { type OnnxOptions, toOnnx } from "../src/index.ts";
import { fit, pointsOf, type Sizes, spelled, type Term } from "../src/onnx/size.ts";
import { decoded, shapesOf } from "./decoded.ts";
import { type Arrays, difference, installed, load } from "./onnx-runtime.ts";

const at = (terms: readonly Term[], sizes: Sizes): number =>
  terms.reduce((sum, { factor, names }) => sum + names.reduce((p, name) => p * sizes[name]!, factor), 0);

describe("a size", () => {
  const names = ["batch", "time", "beam"];
  const subsets = Array.from({ length: 8 }, (_, mask) => names.filter((_, i) => (mask >> i) & 1));

  test("that is a sum of products is found from its values", () => {
    const factors = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(factors, fc.array(fc.nat(500), { minLength: 3, maxLength: 3 }), (factors, lengths) => {
        const terms = subsets.map((names, i) => ({ factor: factors[i]!, names }));
        const points = pointsOf(names);
        const found = fit(
          names,
          points,
          points.map((point) => at(terms, point)),
        );
        const elsewhere = Object.fromEntries(names.map((name, i) => [name, lengths[i]!]));
        const value = typeof found === "number" ? found : at(found!, elsewhere);
        expect(value).toBe(at(terms, elsewhere));
      }),
    );
  });

  test("that rounds, or has a power, is none", () => {
    const one = pointsOf(["n"]);
    const fitted = (f: (n: number) => number) =>
      fit(
        ["n"],
        one,
        one.map(({ n }) => f(n!)),
      );
    expect(fitted(() => 7)).toBe(7);
    expect(spelled(fitted((n) => 3 * n - 2) as Term[])).toBe("3 * n + -2");
    expect(fitted((n) => n * n)).toBeUndefined();
    expect(fitted((n) => n / 2)).toBeUndefined();
    for (let k = 2; k <= 60; k++)
      for (const stride of [1, k]) {
        expect(fitted((n) => Math.floor(n / k) * stride)).toBeUndefined();
        expect(fitted((n) => n - (n % k))).toBeUndefined();
        expect(fitted((n) => Math.ceil(n / k) * k)).toBeUndefined();
      }
  });
});

test("open axes have names, and lists of sizes are computed from the shapes of inputs", () => {
  const file = toOnnx(
    ({ batch, time }) => {
      const x = input("x", [time, batch, 2]);
      return { inputs: { x }, outputs: { flat: reshape(x, [time * batch, 2]), one: sum(x) } };
    },
    { sizes: ["batch", "time"] },
  );
  const { nodes } = decoded(file);
  expect(shapesOf(file)).toEqual({
    inputs: { x: ["time", "batch", 2] },
    outputs: { flat: ["batch * time", 2], one: [] },
  });
  expect(nodes.map(({ operator }) => operator).slice(0, 4)).toEqual(["Shape", "Shape", "Mul", "Concat"]);
});

test("rewrites that the sizes decide are left out, others are made", () => {
  const embedding = new Embedding({ count: 90, size: 3, seed: 1 });
  const head = new Linear({ inputSize: 3, outputSize: 3, seed: 2 });
  const draw = (batch: number, time = 1): OnnxOptions => {
    const ids = input("ids", [time, batch], "i32");
    const y = head.apply(embedding.apply(ids));
    return { inputs: { ids }, outputs: { y }, parameters: parameters({ embedding, head }) };
  };
  const readsTable = (file: Uint8Array): string =>
    decoded(file).nodes.find(({ reads }) => reads.includes("embedding.E"))!.operator;
  expect([67, 166].map((batch) => readsTable(toOnnx(draw(batch))))).toEqual(["Gather", "MatMul"]);
  const open = (time: number) => toOnnx(({ batch }) => draw(batch, time), { sizes: ["batch"] });
  expect([1, 2].map((time) => readsTable(open(time)))).toEqual(["Gather", "MatMul"]);
});

test("what does not follow the sizes is refused, with the node", () => {
  const x = (batch: number): Tensor => input("x", [batch, 2]);
  const open = (draw: (batch: number) => { x: Tensor; y: Tensor }) => () =>
    toOnnx(
      ({ batch }) => {
        const { x, y } = draw(batch);
        return { inputs: { x }, outputs: { y } };
      },
      { sizes: ["batch"] },
    );
  const given = (f: (x: Tensor, batch: number) => Tensor) =>
    open((batch) => {
      const leaf = x(batch);
      return { x: leaf, y: f(leaf, batch) };
    });
  expect(given((x, batch) => mul(x, 1 / batch))).toThrow(
    /^toOnnx: constant \(made at .*open-sizes\.test\.ts.*\) has an array that is 0\.0149\d+ at batch = 67; .*: no file can follow it/,
  );
  expect(
    given((x, batch) => add(x, constant(Array.from({ length: batch }, (_, i) => [Math.sin(i), 0])))),
  ).toThrow(
    /constant \(made at .*\) has an array that is of shape \[67,2\] at batch = 67; of shape \[101,2\]/,
  );
  expect(given((x, batch) => slice(x, [0, 0], [Math.floor(batch / 2), 2]))).toThrow(
    /slice \(made at .*\) has an array that is \[33,2\] at batch = 67; \[50,2\] at batch = 101; \[83,2\] at/,
  );
  expect(given((x, batch) => (batch > 100 ? mul(x, 2) : x))).toThrow(
    /what is computed differs with the sizes: .* at some, .* at others/,
  );
  expect(given((x, batch) => mul(x, sum(parameter("w", new Float32Array(batch)))))).toThrow(
    /the parameter "w" is another one at every size/,
  );
  expect(open(() => ({ x: x(3), y: zeros([2]) }))).toThrow(
    /no axis of an input is as long as the open size "batch"/,
  );
  const draw = ({ batch }: Sizes): OnnxOptions => ({ outputs: { y: zeros([batch!]) } });
  expect(() => toOnnx(draw, { sizes: [] })).toThrow(/expected sizes as one to four different names/);
  expect(() => toOnnx(draw, { sizes: ["batch", "batch"] })).toThrow(/different names/);
  expect(() => toOnnx(draw, { sizes: "batch" as never })).toThrow(/received "batch"/);
  expect(() => toOnnx(draw, { size: ["batch"] } as never)).toThrow(
    /toOnnx: no option is called "size"[\s\S]*did you mean sizes\?/,
  );
  expect(() => toOnnx(draw as never)).toThrow(/toOnnx: expected the option sizes/);
});

/** Outputs that differ from those of graphs that are drawn at the sizes, by size. */
async function differences({ sizes, draw, feeds }: OpenCase, many: readonly Sizes[]): Promise<string[]> {
  const model = await load(toOnnx(draw, { sizes }));
  const found: string[] = [];
  for (const point of many) {
    const given = feeds(point);
    const expected = evaluate(draw(point).outputs, given) as unknown as Arrays;
    const actual = await model.run(given);
    for (const [key, value] of Object.entries(expected)) {
      const why = difference(actual[key], value);
      if (why !== undefined) found.push(`${key} at ${JSON.stringify(point)}: ${why}`);
    }
  }
  await model.release();
  return found;
}

const batches = [1, 3, 7].map((batch) => ({ batch }));

/** Many files are loaded in one test. */
const timeout = 240_000;

describe.skipIf(!installed)("one file at several sizes, in ONNX Runtime", () => {
  test.each(["f32", "f64"] as const)("networks, %s", { timeout }, async (dtype) => {
    const two = [
      { batch: 1, time: 5, many: 2, few: 3 },
      { batch: 3, time: 1, many: 1, few: 1 },
      { batch: 7, time: 4, many: 5, few: 70 },
      { batch: 4, time: 120, many: 80, few: 2 },
    ];
    for (const [name, open] of Object.entries(openNetworks(dtype)))
      expect(await differences(open, open.sizes.length > 1 ? two : batches), name).toEqual([]);
  });

  test("every op, with an open axis in front", { timeout }, async () => {
    const unlike = new Set<string>();
    for (const open of Object.values(batchedOps("f32")))
      for (const line of await differences(open, batches)) unlike.add(line.split(" ")[0]!);
    expect([...unlike].sort()).toEqual(["argmax_2", "argmin_2", "max_3", "min_3"]); // NaN, as with sizes that are known
  });

  test("what counts or repeats along an open axis, divisors, and loops that count their steps", async () => {
    const open: OpenCase = {
      sizes: ["time"],
      draw: ({ time }) => {
        const x = input("x", [time!, 2]);
        const places = arange(time!);
        const rows = constant(Array.from({ length: time! }, (_, i) => [0.5 - i / 4, 7 - i / 4]));
        const same = constant(Array.from({ length: time! }, () => [1, -2]));
        const { ys } = scan((c: Tensor) => ({ carry: mul(c, 0.5), y: c }), { init: sum(x), length: time! });
        const halves = scan((c: Tensor, x: Tensor) => ({ carry: add(c, x), y: c }), {
          init: zeros([2]),
          xs: x,
          count: cast(div(time! + 1, 2), "i32"),
          reverse: true,
        });
        const outputs = {
          scaled: mul(x, rows),
          shifted: add(x, same),
          average: div(sum(x), 3 * time! + 1),
          after: greater(places, 2),
          ys,
          halves: halves.carry,
          steps: halves.ys,
        };
        return { inputs: { x }, outputs };
      },
      feeds: ({ time }) => ({ x: evaluate(add(zeros([time!, 2]), [0.3, -0.7])) }),
    };
    expect(await differences(open, [{ time: 1 }, { time: 3 }, { time: 9 }, { time: 200 }])).toEqual([]);
  });
});
