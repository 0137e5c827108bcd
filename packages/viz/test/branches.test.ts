/** `cond` in pictures, and loops that hand nothing on. */
import {
  add,
  cond,
  greater,
  input,
  mean,
  mul,
  named,
  parameter,
  scan,
  sqrt,
  square,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { renderHtml, renderSvg, type SvgPictureOptions, toJson, toMermaid } from "@org/viz";
import { describe, expect, test } from "vitest";
import { readPage } from "./html/read-page.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const labels = (tensor: Tensor, options: SvgPictureOptions = {}): string[] =>
  toJson(tensor, options).nodes.map(({ label }) => label!);

const x = input("x", []);
const w = parameter("w", 2);
const root = cond(
  greater(x, 0),
  () => named(sqrt(mul(x, w)), "root"),
  () => named(mul(w, 3), "other"),
);

/** A state that changes where x is positive. */
const leaky = (steps: number): Tensor => {
  const { ys } = scan(
    (h: Tensor, x_t) => {
      const next = cond(
        greater(sum(x_t), 0),
        () => tanh(add(mul(h, w), x_t)),
        () => h,
      );
      return { carry: next, y: next };
    },
    { init: [0], xs: input("xs", [steps, 1]) },
  );
  return mean(square(ys));
};

describe("cond", () => {
  test("is what its branches compute, with and without columns of time", () => {
    for (const unroll of [0, 2])
      expect(labels(root, { unroll }).sort()).toEqual([
        "0",
        ">",
        "cond",
        "other",
        "output",
        "root",
        "w",
        "x",
        "× 3",
        "√",
        "⊙",
      ]);
  });

  test("is one box in cells and layers, and leads to itself nowhere", async () => {
    for (const detail of ["cell", "layer"] as const) {
      expect(labels(root, { detail })).toEqual(expect.arrayContaining(["cond", ">", "x"]));
      const { edges } = toJson(root, { detail });
      expect(edges.filter(({ from, to }) => from === to)).toEqual([]);
      expect(toMermaid(root, { detail })).not.toMatch(/(n\d+) \S+ \1\n/);
    }
    expect(await renderSvg(root, { detail: "layer" })).toContain(">1 weight<");
  });

  test("stands in the steps of a loop", async () => {
    for (const unroll of [0, 3]) {
      const found = labels(leaky(3), { unroll });
      expect(found.filter((label) => label === "cond")).toHaveLength(unroll || 1);
      expect(found).not.toContain("scan");
      for (const gradients of [false, true])
        expect(problemsOf(readSvg(await renderSvg(leaky(3), { unroll, gradients })))).toEqual([]);
    }
  });

  test("has the values that its branches would give, and no gradient out of the one that does not run", async () => {
    const page = async (at: number) => readPage(await renderHtml(root, { feeds: { x: at } }));
    const taken = await page(8);
    expect(taken.mark("root").values).toMatchObject({ min: 4 });
    expect(taken.mark("w").gradient).toBe(1);
    const other = await page(-8);
    expect(other.mark("root").values).toMatchObject({ bad: 1 });
    expect(other.mark("w").gradient).toBe(3);
    expect(other.mark("x").gradient).toBe(0);
  });
});

test("a loop that hands nothing on has no line back to itself", () => {
  const { ys } = scan((_, x_t: Tensor) => ({ carry: {}, y: tanh(x_t) }), {
    init: {},
    xs: input("xs", [3, 2]),
  });
  expect(toMermaid(ys, { detail: "layer" })).not.toMatch(/(n\d+) \S+ \1\n/);
  expect(toMermaid(leaky(3), { detail: "layer" })).toMatch(/(n\d+) \S+ \1\n/);
});
