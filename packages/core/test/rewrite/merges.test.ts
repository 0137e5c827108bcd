/** What shares a factor, ids or a loop is computed together, with equal values. */
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
  evaluate,
  grad,
  isLoop,
  matmul,
  mul,
  type Parameter,
  parameter,
  type RewriteName,
  reshape,
  scan,
  scatterAdd,
  slice,
  square,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
} from "../../src/index.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { expectClose } from "../properties/runs.ts";

const values = (shape: readonly number[], shift = 0) =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + shift)),
    { shape },
  );

/** Only some rewrites, and the values as they were. */
function rewritten(tensors: readonly Tensor[], names: readonly RewriteName[]) {
  const chosen = Object.fromEntries(names.map((name) => [name, true]));
  const result = rewriteAll(tensors, { ...noRewrites, ...chosen });
  expectClose(evaluate(result.roots), evaluate([...tensors]));
  return result;
}

const count = (tensors: readonly Tensor[], op: string): number =>
  ancestors(tensors).filter((node) => node.op.name === op).length;

const bodyOf = (tensor: Tensor | undefined): Tensor[] =>
  (tensor!.node.attributes as { body: { outputs: Tensor[] } }).body.outputs;

const loopsOf = (tensors: readonly Tensor[]): Tensor[] =>
  ancestors(tensors)
    .filter(isLoop)
    .map((node) => node.result());

const n = 16;
const matrix = (name: string, shift: number): Parameter => parameter(name, values([n, n], shift));
const [A, B, C, D] = ["A", "B", "C", "D"].map(matrix) as [Parameter, Parameter, Parameter, Parameter];

describe("products with one factor", () => {
  test("on the left are one", () => {
    const { roots, reports } = rewritten([matmul(A, B), matmul(A, C), matmul(B, C)], ["mergeProducts"]);
    expect(count(roots, "matmul")).toBe(2);
    expect(reports.mergeProducts.fired).toBe(1);
  });

  test("on the left stay apart where one needs the other", () => {
    const first = matmul(A, B);
    const { roots, reports } = rewritten([matmul(A, tanh(first))], ["mergeProducts"]);
    expect(count(roots, "matmul")).toBe(2);
    expect(reports.mergeProducts.declined).toEqual({ "one is needed to compute the other": 2 });
  });

  test("do not merge into two that need each other", () => {
    // The second of each pair needs the first of the other: merged, each pair would need the other.
    const [a, b] = [matmul(A, C), matmul(B, D)];
    const [a2, b2] = [matmul(A, tanh(b)), matmul(B, tanh(a))];
    const { roots } = rewritten([a2, b2], ["mergeProducts"]);
    expect(count(roots, "matmul")).toBe(4);
  });

  test("stay apart where joining costs more than it saves", () => {
    const row = constant(values([1, n]));
    const { reports } = rewritten([matmul(row, B), matmul(row, C)], ["mergeProducts"]);
    expect(reports.mergeProducts).toEqual({
      fired: 0,
      declined: { "products too small to be worth joining their factors": 1 },
    });
  });

  test("on the right are one in a loop that does not change the left ones, apart elsewhere", () => {
    const column = constant(values([n, 1]));
    const step = (h: Tensor) => ({ carry: tanh(mul(matmul(A, h), tanh(matmul(B, h)))) });
    const { carry } = scan(step, { init: column, length: 9 });
    const { roots } = rewritten([carry], ["mergeProducts"]);
    expect(count(bodyOf(roots[0]), "matmul")).toBe(1);
    expect(count(roots, "concat")).toBe(1);
    const { reports } = rewritten([matmul(A, C), matmul(B, C)], ["mergeProducts"]);
    expect(reports.mergeProducts.declined).toEqual({
      "left factors would be copied for a right factor that is read once anyway": 1,
    });
  });
});

describe("sums of products", () => {
  test("are one product, with the rest of the sum", () => {
    const total = add(matmul(A, B), C, matmul(C, transpose(D)), matmul(D, A));
    const { roots } = rewritten([total], ["mergeTerms"]);
    expect(count(roots, "matmul")).toBe(1);
    expect(count(roots, "add")).toBe(1);
  });

  test("of transposed factors transpose the joined ones", () => {
    const total = add(matmul(A, transpose(C)), matmul(B, transpose(D)));
    const { roots } = rewritten([total, concat([C, D], { axis: 1 })], ["mergeTerms", "simplify"]);
    expect(count(roots, "transpose")).toBe(1);
    expect(count(roots, "concat")).toBe(2);
  });

  test("keep a term that somebody else reads", () => {
    const read = matmul(A, B);
    const { roots, reports } = rewritten([add(read, matmul(C, D)), tanh(read)], ["mergeTerms"]);
    expect(count(roots, "matmul")).toBe(2);
    expect(reports.mergeTerms.fired).toBe(0);
  });
});

describe("rows", () => {
  const ids = constant(
    Array.from({ length: 40 }, (_, i) => (7 * i) % n),
    "i32",
  );

  test("with the same ids are taken together", () => {
    const { roots } = rewritten([take(A, ids), take(B, ids), take(C, reshape(ids, [8, 5]))], ["mergeRows"]);
    expect(count(roots, "take")).toBe(2);
  });

  test("of a large table stay apart", () => {
    const few = constant([1, 2], "i32");
    const { reports } = rewritten([take(A, few), take(B, few)], ["mergeRows"]);
    expect(reports.mergeRows.declined).toEqual({ "the tables have more rows than are taken": 1 });
  });

  test("are added up together where they are histories of one loop", () => {
    const { ys } = scan((h: Tensor, x: Tensor) => ({ carry: tanh(x), y: [mul(h, x), add(h, x)] }), {
      init: constant(values([n])),
      xs: constant(values([40, n])),
    });
    const zeros = broadcastTo(constant(0, "f64"), [n, n]);
    const scatter = (updates: Tensor): Tensor => scatterAdd(zeros, ids, updates);
    const { roots } = rewritten((ys as Tensor[]).map(scatter), ["mergeRows", "mergeHistories", "simplify"]);
    expect(count(roots, "scatterAdd")).toBe(1);
  });
});

describe("histories", () => {
  const { ys } = scan((h: Tensor, x: Tensor) => ({ carry: tanh(x), y: [mul(h, x), add(h, x), tanh(h)] }), {
    init: constant(values([2, 3])),
    xs: constant(values([5, 2, 3])),
  });
  const [p, q, r] = ys as readonly Tensor[] as [Tensor, Tensor, Tensor];
  const rows = (tensor: Tensor): Tensor => reshape(tensor, [10, 3]);

  test.each<[string, Tensor[]]>([
    ["joined along an axis of the step", [concat([p, q], { axis: 2 }), concat([p, q, r], { axis: 2 })]],
    ["with steps and rows as one axis", [concat([rows(q), rows(p)], { axis: 1 }), square(q)]],
  ])("%s are one history", (_, tensors) => {
    const { roots } = rewritten(tensors, ["mergeHistories", "simplify"]);
    expect(count(roots, "concat")).toBe(0);
    expect(loopsOf(roots)[0]!.node.results.length).toBe(2);
  });

  test("joined along the steps stay", () => {
    const { reports } = rewritten([concat([p, q]), concat([rows(p), rows(q)])], ["mergeHistories"]);
    expect(reports.mergeHistories.fired).toBe(0);
  });
});

/** A pool of square matrices, grown by instructions; operands count back from the newest. */
function grow(pool: Tensor[], program: readonly { op: number; a: number; b: number }[]): Tensor {
  const [zeros, ids] = [
    broadcastTo(constant(0, "f64"), [n, n]),
    constant([...Array(n).keys()].reverse(), "i32"),
  ];
  for (const { op, a, b } of program) {
    const [x, y] = [a, b].map((back) => pool[Math.max(0, pool.length - 1 - back)]!) as [Tensor, Tensor];
    const product = (): Tensor => mul(matmul(x, y), 1 / n);
    const make = [
      product,
      product,
      () => matmul(x, y),
      () => add(matmul(x, y), matmul(y, transpose(x))),
      () => tanh(add(x, y)),
      () => transpose(x),
      () => take(x, ids),
      () => scatterAdd(zeros, ids, x),
      () => concat([slice(x, [0, 0], [n, 5]), slice(y, [0, 5], [n, n])], { axis: 1 }),
    ];
    pool.push(tanh(make[op % make.length]!()));
    if (op % 3 === 0) pool.push(add(pool.at(-1)!, matmul(x, y)));
  }
  return pool.at(-1)!;
}

const instructions = fc.array(
  fc.record({ op: fc.nat({ max: 8 }), a: fc.nat({ max: 6 }), b: fc.nat({ max: 6 }) }),
  { minLength: 3, maxLength: 10, size: "max" },
);

test.each(["mergeTerms", "mergeRows", "mergeProducts", "all"] as const)(
  "random products keep their values: %s",
  (name) => {
    fc.assert(
      fc.property(instructions, instructions, (before, inside) => {
        const pool: Tensor[] = [A, B, C];
        const init = grow(pool, before);
        const { carry, ys } = scan(
          (h: Tensor, x: Tensor) => {
            const next = grow([...pool.slice(-3), x, h], inside);
            return { carry: next, y: [add(h, next), matmul(h, x)] };
          },
          { init, xs: constant(values([3, n, n])) },
        );
        const [s, t] = ys as readonly Tensor[] as [Tensor, Tensor];
        const loss = add(
          sum(square(carry)),
          sum(matmul(reshape(s, [-1, n]), C)),
          sum(matmul(t, D)),
          sum(square(concat([t, s], { axis: 2 }))),
        );
        const tensors = [loss, ...grad(loss, [A, B, C, D])];
        if (name === "all") expectClose(evaluate(rewriteAll(tensors).roots), evaluate(tensors));
        else rewritten(tensors, [name]);
      }),
      runs(10),
    );
  },
);
