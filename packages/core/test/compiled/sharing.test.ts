/** Executables of one runtime, one after another: each gives what it would give alone. */
import { arbitraryGraph, type RandomGraph } from "@org/core/testing";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  broadcastTo,
  cast,
  compile,
  constant,
  evaluate,
  grad,
  input,
  mul,
  type NDArray,
  parameter,
  reshape,
  ShapeError,
  scan,
  scatterAdd,
  slice,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
} from "../../src/index.ts";
import { derivatives } from "../properties/runs.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectIdentical, expectRounded } from "./rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

const LITTERS = [0xff, 0x3f, 0x00];

/** Outputs and next parameters, the parameters being as they were before. */
function stepOnce(
  graph: RandomGraph,
  run: (feeds: never) => NDArray[],
): { readonly outputs: NDArray[]; readonly next: NDArray[] } {
  const before = graph.parameters.map(({ value }) => value);
  const outputs = run(graph.feeds as never);
  const next = graph.parameters.map(({ value }) => value);
  graph.parameters.forEach((each, i) => {
    each.value = before[i]!;
  });
  return { outputs, next };
}

/** Each parameter's next value reads the other parameter's, or its gradient. */
function updatesOf({ loss, parameters }: RandomGraph): Tensor[] {
  const gradients = grad(loss, parameters) as readonly Tensor[];
  const other = parameters.map((_, i) => sum(tanh(parameters[1 - i]!)));
  return parameters.map((each, i) => tanh(add(sub(each, mul(gradients[i]!, 0.1)), mul(other[i]!, 0.01))));
}

const trained = (graph: RandomGraph) => {
  const next = updatesOf(graph);
  const outputs = derivatives(graph);
  const updates = graph.parameters.map((each, i) => [each, next[i]!] as const);
  const run = compile({ inputs: graph.inputs, outputs, updates, runtime });
  return { next, outputs, run };
};

describe("random graphs", () => {
  test.each(["f64", "f32"] as const)("in %s compute and update as the interpreter does", (dtype) => {
    fc.assert(
      fc.property(arbitraryGraph({ smooth: true, dtype }), (graph) => {
        const { next, outputs, run } = trained(graph);
        expect(run.report()).toMatchObject({ target: "wasm" });
        const expected = evaluate({ outputs, next }, graph.feeds);
        const actual = stepOnce(graph, run as never);
        const most = dtype === "f32" ? 1e4 : 1e6;
        expectRounded(actual.outputs, expected.outputs, most, "outputs");
        expectRounded(actual.next, expected.next, most, "updates");
        run.dispose();
      }),
      runs(40),
    );
  });

  test("depend on no bit that they have not written", () => {
    fc.assert(
      fc.property(arbitraryGraph(), (graph) => {
        const { run } = trained(graph);
        const [first, ...others] = LITTERS.map((litter) => {
          runtime.litter = litter;
          const { outputs, next } = stepOnce(graph, run as never);
          return [...outputs, ...next];
        });
        for (const other of others) expectIdentical(other, first!);
        run.dispose();
      }),
      runs(40),
    );
  });

  test("take turns in one arena", () => {
    fc.assert(
      fc.property(fc.array(arbitraryGraph(), { minLength: 2, maxLength: 4 }), (graphs) => {
        const all = graphs.map((graph) => ({ graph, ...trained(graph) }));
        const alone = all.map(({ graph, run }) => stepOnce(graph, run as never));
        for (const order of [all, [...all].reverse()]) {
          for (const one of order) {
            const { outputs, next } = stepOnce(one.graph, one.run as never);
            const expected = alone[all.indexOf(one)]!;
            expectIdentical([...outputs, ...next], [...expected.outputs, ...expected.next]);
          }
        }
        for (const { run } of all) run.dispose();
      }),
      runs(10),
    );
  });
});

const wave = (shape: readonly number[], shift = 0): NDArray =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + shift)),
    { shape },
  );

describe("parameters that change together", () => {
  const make = () => ["a", "b", "c"].map((name, i) => parameter(name, wave([2, 2], i)));
  type Three = [ReturnType<typeof parameter>, ReturnType<typeof parameter>, ReturnType<typeof parameter>];
  test.each<[string, (three: Three) => Tensor[]]>([
    ["swapped", ([a, b, c]) => [b, a, c]],
    ["in a ring", ([a, b, c]) => [b, c, a]],
    ["all the same", ([a]) => [a, a, a]],
    ["transposed onto one another", ([a, b, c]) => [transpose(b), transpose(a), transpose(c)]],
    ["of parts of others", ([a, b]) => [reshape(slice(reshape(add(a, b), [4]), [0], [4]), [2, 2]), a, b]],
    ["each of the sum of all", ([a, b, c]) => [a, b, c].map((each) => mul(each, sum(add(a, b, c))))],
    ["one of what becomes of another", ([a, b, c]) => [tanh(a), mul(tanh(a), b), mul(tanh(a), tanh(c))]],
  ])("%s", (_, next) => {
    const three = make() as Three;
    const values = next(three);
    const outputs = { read: three[0] as Tensor, total: sum(three[1]), same: values[0]!, again: values[0]! };
    const run = compile({ outputs, updates: three.map((each, i) => [each, values[i]!]), runtime });
    for (let step = 0; step < 3; step++) {
      const expected = evaluate({ outputs, values });
      const actual = run();
      expectRounded(Object.values(actual), Object.values(expected.outputs), 10);
      expectRounded(
        three.map(({ value }) => value),
        expected.values,
        10,
      );
    }
  });

  test.each([{}, { fuseMaps: false }, { fuseMaps: false, delayMaps: false }])(
    "a large one is made of a small one that changes before it, %j",
    (rewrites) => {
      const [small, large] = [parameter("small", [1, 2]), parameter("large", wave([16, 2]))];
      const next = mul(broadcastTo(small, [16, 2]), 3);
      const updates = [[small, add(small, 1)] as const, [large, cast(next, "f64")] as const];
      const run = compile({ updates, rewrites, runtime });
      run();
      run();
      expect(small.value.toNested()).toEqual([3, 4]);
      expect([...large.value.data.subarray(0, 4)]).toEqual([6, 9, 6, 9]);
    },
  );

  test("outputs that are one array are two arrays for the caller", () => {
    const y = input("y", [3]);
    const run = compile({ inputs: { y }, outputs: [y, y, reshape(y, [3, 1]), slice(y, [1], [3])], runtime });
    const [first, second] = run({ y: [1, 2, 3] });
    first.data[0] = 9;
    expect(second.toNested()).toEqual([1, 2, 3]);
  });
});

describe("an index out of range", () => {
  const table = parameter("table", wave([4, 3]));
  const ids = input("ids", [5], "i32");
  const total = sum(take(table, ids), { axis: 0 });
  const cases: Record<string, Tensor> = {
    take: total,
    "take as rows of a loop": scan((h: Tensor, row: Tensor) => ({ carry: add(mul(h, 0.5), row) }), {
      init: constant([0, 0, 0], "f64"),
      xs: take(table, ids),
    }).carry,
    "take inside of a loop": scan((h: Tensor, id: Tensor) => ({ carry: add(mul(h, 0.5), take(table, id)) }), {
      init: constant([0, 0, 0], "f64"),
      xs: ids,
    }).carry,
    "take by a carry": scan(
      ({ i, h }: { i: Tensor; h: Tensor }, id: Tensor) => ({ carry: { i: id, h: add(h, take(table, i)) } }),
      { init: { i: constant(2, "i32"), h: constant([0, 0, 0], "f64") }, xs: ids },
    ).carry.h,
    scatterAdd: scatterAdd(table, ids, constant(wave([5, 3]))),
  };
  test.each(Object.entries(cases))("of %s is the interpreter's error, and changes nothing", (_, y) => {
    const before = table.value;
    const run = compile({ inputs: { ids }, outputs: { y }, updates: [[table, mul(table, 2)]], runtime });
    for (const index of [4, -5, 2 ** 31 - 1, -(2 ** 31)]) {
      const feeds = { ids: [0, 1, index, 3, 7] };
      const message = (call: () => unknown): string => {
        try {
          call();
        } catch (error) {
          if (error instanceof ShapeError) return error.message;
          throw error;
        }
        return "no error";
      };
      expect(message(() => run(feeds))).toBe(message(() => evaluate(y, feeds)));
      expect(table.value).toEqual(before);
    }
    const feeds = { ids: [0, -1, 3, -4, 2] };
    const expected = evaluate(y, feeds);
    expectRounded([run(feeds).y], [expected], 10);
    table.value = before;
  });
});
