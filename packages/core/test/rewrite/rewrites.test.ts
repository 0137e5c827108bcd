/** Rewritten graphs compute what the graphs did as they were written. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  ancestors,
  array,
  broadcastTo,
  concat,
  constant,
  dynamicSlice,
  evaluate,
  flip,
  type Gradients,
  grad,
  input,
  isLoop,
  matmul,
  mul,
  named,
  parameter,
  type RewriteName,
  reshape,
  scan,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  take,
  takeAlong,
  tanh,
  transpose,
  vmap,
} from "../../src/index.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { derivatives, expectClose } from "../properties/runs.ts";

const names = Object.keys(noRewrites) as RewriteName[];
const only = (name: RewriteName) => ({ ...noRewrites, [name]: true });

describe.each(names)("%s alone", (name) => {
  test("random graphs keep their values, gradients and second derivatives", () => {
    fc.assert(
      fc.property(arbitraryGraph({ smooth: true }), (graph) => {
        const tensors = derivatives(graph);
        const { roots } = rewriteAll(tensors, only(name));
        expectClose(evaluate(roots, graph.feeds), evaluate(tensors, graph.feeds));
      }),
      runs(25),
    );
  });
});

test("all together on random graphs", () => {
  fc.assert(
    fc.property(arbitraryGraph({ smooth: true, choices: true }), (graph) => {
      const tensors = derivatives(graph);
      expectClose(evaluate(rewriteAll(tensors).roots, graph.feeds), evaluate(tensors, graph.feeds));
    }),
    runs(40),
  );
});

const [T, B, D, H, V] = [6, 2, 3, 4, 5];
const values = (shape: readonly number[], shift = 0) =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + shift)),
    { shape },
  );

/** An RNN over embedded ids, its loss and all gradients. */
function network(options: { reverse?: boolean; checkpoint?: "sqrt" } = {}) {
  const weights = {
    E: parameter("E", values([V, D])),
    W: parameter("W", values([D, H], 1)),
    U: parameter("U", values([H, H], 2)),
    b: parameter("b", values([H], 3)),
    head: parameter("head", values([H, 2], 4)),
  };
  const ids = input("ids", [T, B], "i32");
  const { ys } = scan(
    (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(x, weights.W), matmul(h, weights.U), weights.b));
      return { carry: next, y: add(matmul(next, weights.head), 0.5) };
    },
    { init: constant(values([B, H], 5)), xs: take(weights.E, ids), ...options },
  );
  const loss = sum(square(ys));
  const gradients: Gradients<typeof weights> = grad(loss, weights);
  return {
    tensors: [loss, ...Object.values(gradients)],
    feeds: {
      ids: [
        [0, 1],
        [4, 4],
        [2, 0],
        [1, 3],
        [3, 3],
        [4, 0],
      ],
    },
  };
}

/** How many nodes of some ops are inside of loops. */
const inLoops = (tensors: readonly Tensor[], ...ops: string[]): number =>
  ancestors(tensors)
    .filter(isLoop)
    .flatMap(({ attributes }) => ancestors((attributes as { body: { outputs: Tensor[] } }).body.outputs))
    .filter(({ op }) => ops.includes(op.name)).length;

/** The products inside of loops. */
const productsInLoops = (tensors: readonly Tensor[]): number => inLoops(tensors, "matmul");

test.each([{}, { reverse: true }, { checkpoint: "sqrt" as const }])("a recurrent network %j", (options) => {
  const { tensors, feeds } = network(options);
  const { roots } = rewriteAll(tensors);
  expectClose(evaluate(roots, feeds), evaluate(tensors, feeds));
});

test("of a recurrent network only the products with the state stay in its loops", () => {
  const { tensors } = network();
  // Written: x W, h U, y head; back: to h and to U from h U, to x and to W from x W, to y and to head from y head.
  expect(productsInLoops(tensors)).toBe(9);
  const { roots, reports } = rewriteAll(tensors);
  // Left: h U, and back to h from h U. The product back from the head reads nothing of the loop: it is before it.
  expect(productsInLoops(roots)).toBe(2);
  expect(reports.hoistProducts.fired).toBe(2);
  // The totals of W, U, b and head, the outputs of the loop, and the gradient of its xs.
  expect(reports.sinkProducts.fired).toBe(6);
  expect(reports.commuteEmbedding.fired).toBe(3);
});

test("of an ensemble of recurrent networks, too, with one product for each member", () => {
  const members = 3;
  const weights = [
    parameter("W", values([members, D, H], 1)),
    parameter("U", values([members, H, H], 2)),
    parameter("head", values([members, H, 2], 4)),
  ] as const;
  const xs = input("xs", [members, T, B, D], "f64");
  const losses = vmap((W: Tensor, U: Tensor, head: Tensor, x: Tensor) => {
    const { ys } = scan(
      (h: Tensor, now: Tensor) => {
        const next = tanh(add(matmul(now, W), matmul(h, U)));
        return { carry: next, y: add(matmul(next, head), 0.5) };
      },
      { init: constant(values([B, H], 5)), xs: x },
    );
    return sum(square(ys));
  })(...weights, xs);
  const tensors = [losses, ...(grad(sum(losses), [...weights, xs]) as readonly Tensor[])];
  expect(productsInLoops(tensors)).toBe(9);
  const { roots, reports } = rewriteAll(tensors);
  expect(productsInLoops(roots)).toBe(2);
  expect(reports.hoistProducts.fired).toBe(2);
  expect(reports.sinkProducts.fired).toBe(5);
  const feeds = { xs: values([members, T, B, D], 6) };
  expectClose(evaluate(roots, feeds), evaluate(tensors, feeds));
});

describe("a table that is looked up in each step gets its gradient once, behind the loop", () => {
  const rows = parameter("rows", values([V, D]));
  const columns = parameter("columns", values([D, V], 1));
  const lookUps: Record<string, (ids: Tensor) => Tensor> = {
    rows: (ids) => take(rows, ids),
    columns: (ids) => transpose(take(columns, ids, { axis: 1 })),
    "rows from both ends": (ids) => mul(take(rows, ids), take(flip(rows, { axis: 0 }), ids)),
    "of a table that is multiplied by as well": (ids) =>
      add(take(rows, ids), matmul(matmul(take(rows, ids), transpose(rows)), rows)),
    "elements along an axis": (ids) =>
      reshape(takeAlong(columns, broadcastTo(ids, [D, B]), { axis: 1 }), [B, D]),
    "a box of rows": (ids) =>
      dynamicSlice(rows, concat([slice(ids, [0], [1]), constant([0], "i32")]), [B, D]),
  };
  test.each(Object.entries(lookUps))("%s", (_, lookUp) => {
    const ids = input("ids", [T, B], "i32");
    const { carry } = scan((h: Tensor, now: Tensor) => ({ carry: tanh(add(mul(h, 0.5), lookUp(now))) }), {
      init: constant(values([B, D], 2)),
      xs: ids,
    });
    const tensors = [carry, ...(grad(sum(square(carry)), [rows, columns]) as readonly Tensor[])];
    expect(inLoops(tensors, "scatterAdd", "dynamicUpdateSlice")).toBeGreaterThan(0);
    const { roots } = rewriteAll(tensors);
    expect(inLoops(roots, "scatterAdd", "dynamicUpdateSlice")).toBe(0);
    const feeds = {
      ids: array(
        Int32Array.from({ length: T * B }, (_, i) => ((i * i) % (2 * V)) - V),
        { shape: [T, B] },
      ),
    };
    expectClose(evaluate(roots, feeds), evaluate(tensors, feeds));
  });
});

test("a rewrite that is switched off does not fire", () => {
  const { tensors } = network();
  for (const name of names) expect(rewriteAll(tensors, { [name]: false }).reports[name].fired).toBe(0);
});

test("a large table is not multiplied instead of the rows that are taken", () => {
  const table = parameter("E", values([100, D]));
  const y = matmul(take(table, constant([[1, 2]], "i32")), constant(values([D, H])));
  const { roots, reports } = rewriteAll([y]);
  expect(reports.commuteEmbedding).toEqual({
    fired: 0,
    declined: { "the table has no fewer rows than are taken": 1 },
  });
  expectClose(evaluate(roots), evaluate([y]));
});

describe("simplify", () => {
  const x = input("x", [2, 3], "f64");
  const ops = (tensor: Tensor): string[] => {
    const { roots } = rewriteAll([tensor], only("simplify"));
    expectClose(evaluate(roots, { x: values([2, 3]) }), evaluate([tensor], { x: values([2, 3]) }));
    return ancestors(roots).map(({ op }) => op.name);
  };

  test.each<[string, (x: Tensor) => Tensor]>([
    ["x + 0", (t) => add(t, 0)],
    ["0 + x", (t) => add(0, t)],
    ["x - 0", (t) => sub(t, 0)],
    ["1 x", (t) => mul(1, t)],
    ["names and stops", (t) => stopGradient(named(t, "t"))],
    ["transposes that undo each other", (t) => transpose(transpose(t))],
    ["reshapes that undo each other", (t) => reshape(reshape(t, [6]), [2, 3])],
  ])("%s is x", (_, build) => {
    expect(ops(build(x))).toEqual(["input"]);
  });

  test("what is known is computed once and for all", () => {
    expect(ops(mul(x, add(constant(2, "f64"), mul(constant(3, "f64"), 4))))).toEqual([
      "input",
      "constant",
      "broadcastTo",
      "mul",
    ]);
  });

  test.each([0, 1, -1, -2])("row %i of a matrix is a view, its gradient has zeros around it", (row) => {
    const taken = square(take(x, row));
    expect(ops(taken)).toEqual(["input", "slice", "reshape", "square"]);
    const gradient = grad(sum(taken), x);
    expect(ops(gradient)).toContain("pad");
    expect(ops(gradient)).not.toContain("scatterAdd");
    const feeds = { x: values([2, 3]) };
    for (const tensor of [taken, gradient])
      expect(evaluate(rewriteAll([tensor]).roots[0]!, feeds).toNested()).toEqual(
        evaluate(tensor, feeds).toNested(),
      );
  });

  test("a row that is none stays a look-up, which says so when it runs", () => {
    const [beyond] = rewriteAll([take(x, 2)]).roots;
    expect(() => evaluate(beyond!, { x: values([2, 3]) })).toThrow("index 2");
  });

  test("equal work is done once, whatever it is called", () => {
    expect(ops(mul(tanh(mul(x, 2)), tanh(named(mul(x, 2), "twice"))))).toEqual([
      "input",
      "constant",
      "broadcastTo",
      "mul",
      "tanh",
      "mul",
    ]);
  });

  test("numbers that print alike are not alike", () => {
    const [zero] = rewriteAll([mul(constant([0, 1], "f64"), constant([-0, 1], "f64"))]).roots;
    expect(Object.is(evaluate(zero!).data[0], -0)).toBe(true);
    const parts = [constant([0], "f64"), constant([-0], "f64")].map((part) =>
      mul(part, reshape(sum(x), [1])),
    );
    const { roots } = rewriteAll(parts);
    expect(evaluate(roots, { x: values([2, 3]) }).map(({ data }) => Object.is(data[0], -0))).toEqual([
      false,
      true,
    ]);
  });

  test("carries and histories that nobody reads are dropped", () => {
    const { carry } = scan(
      (c: { used: Tensor; unused: Tensor }, t: Tensor) => ({
        carry: { used: add(c.used, t), unused: tanh(c.unused) },
        y: mul(c.unused, t),
      }),
      { init: { used: constant(0, "f64"), unused: constant(1, "f64") }, xs: constant([1, 2, 3], "f64") },
    );
    const { roots } = rewriteAll([carry.used], only("simplify"));
    const loop = ancestors(roots).find(isLoop)!;
    expect(loop.results.length).toBe(1);
    expect(evaluate(roots[0]!).item()).toBe(6);
  });
});
