/** Rows that maps look up themselves: indices and rows in any order. */
import { afterAll, describe, expect, test } from "vitest";
import {
  add,
  array,
  broadcastTo,
  compile,
  constant,
  evaluate,
  flip,
  input,
  mul,
  parameter,
  reshape,
  scan,
  slice,
  type Tensor,
  take,
  tanh,
  transpose,
} from "../../src/index.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";
import { expectRounded } from "../compiled/rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

const [V, W] = [3, 8];
const wide = parameter(
  "wide",
  array(
    Float64Array.from({ length: 4 * V * W * 2 }, (_, i) => Math.sin(i)),
    { shape: [2 * V, 4 * W] },
  ),
);
const ids = input("ids", [12, 2], "i32");
const feeds = {
  ids: array(
    Int32Array.from({ length: 24 }, (_, i) => ((i * i) % (2 * V)) - V),
    { shape: [12, 2] },
  ),
};

const indices: Record<string, Tensor> = {
  "in their order": ids,
  "of one column": reshape(slice(ids, [0, 1], [12, 2]), [12]),
  "every second": slice(ids, [1, 0], [12, 2], [2, 1]),
  "from the last to the first": flip(ids),
  "of each row again": broadcastTo(slice(ids, [3, 0], [4, 2]), [9, 2]),
};
const tables: Record<string, Tensor> = {
  "a table": slice(wide, [0, 0], [V, W]),
  "rows of a table": reshape(slice(wide, [2, 0], [2 + V, 4 * W]), [V, 4, W]),
  "columns of a table": slice(wide, [1, W], [1 + V, 2 * W]),
  "every second row of a table": slice(wide, [0, 8], [2 * V, 16], [2, 1]),
};
const readings: Record<string, (rows: Tensor) => Tensor> = {
  "as they are": (rows) => tanh(rows),
  transposed: (rows) => tanh(transpose(rows)),
  "some columns": (rows) =>
    tanh(
      slice(
        rows,
        rows.shape.map((_, i) => (i === rows.shape.length - 1 ? 3 : 0)),
        [...rows.shape],
      ),
    ),
  "some of them": (rows) =>
    mul(
      tanh(
        slice(
          rows,
          rows.shape.map((_, i) => (i === 0 ? 2 : 0)),
          [...rows.shape],
        ),
      ),
      2,
    ),
  "from the last to the first": (rows) => tanh(flip(rows, { axis: 0 })),
  "as rows of a loop": (rows) => {
    const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(h, x)), y: mul(h, x) });
    const init = broadcastTo(constant(0.5, "f64"), rows.shape.slice(1));
    const { carry, ys } = scan(step, { init, xs: rows, reverse: true });
    return add(ys, carry);
  },
};

const fired = new Map<string, number>();

describe.each(Object.entries(tables))("of %s", (tableName, table) => {
  describe.each(Object.entries(indices))("by indices %s", (indexName, index) => {
    test.each(Object.entries(readings))("read %s", (readingName, read) => {
      const y = read(take(table, index));
      const run = compile({ inputs: { ids }, outputs: { y }, runtime });
      expectRounded([run(feeds).y], [evaluate(y, feeds)], 100);
      const count = run.report().rewrites.fuseLookups.fired;
      for (const name of [tableName, indexName, readingName]) fired.set(name, (fired.get(name) ?? 0) + count);
      run.dispose();
    });
  });
});

test("none of these ways is empty: rows are looked up where they are read", () => {
  const never = [...fired].filter(([, count]) => count === 0).map(([name]) => name);
  expect(never).toEqual([]);
});
