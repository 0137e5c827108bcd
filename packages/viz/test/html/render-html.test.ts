import { input, math, mean, mul, named, parameter, scan, square, sum, type Tensor, tanh } from "@org/core";
import { renderHtml } from "@org/viz";
import { describe, expect, test } from "vitest";
import * as networks from "../networks.ts";
import { readPage } from "./read-page.ts";

describe.each([
  ["an RNN", networks.rnn, 4],
  ["an LSTM", networks.lstm, 4],
  ["two directions", networks.bidirectional, 4],
  ["gradients as graphs", networks.withGradients, 4],
  ["an RNN that core wrote out", networks.unrolledRnn, 2],
  ["no loop", networks.awkwardName, 1],
] as const)("%s", (_, draw, count) => {
  const drawn = renderHtml(draw(), { unroll: 2, gradients: true }).then(readPage);

  test("every mark and line of a picture is known to the page, and the other way round", async () => {
    const { html, data } = await drawn;
    expect(data.views).toHaveLength(count);
    for (const { name, marks, edges } of data.views) {
      const picture = html.split(`id="view-${name}"`)[1]!.split("</svg>")[0]!;
      const ids = [...picture.matchAll(/<g class="\w+" id="([^"]*)">/g)].map(([, id]) => id);
      expect(ids.sort()).toEqual(marks.map(({ id }) => id).sort());
      const lines = [...picture.matchAll(/class="edge" data-from="([^"]*)" data-to="([^"]*)"/g)];
      const known = edges.map(([from, to]) => `${marks[from]!.id} ${marks[to]!.id}`);
      expect(lines.map(([, from, to]) => `${from} ${to}`).sort()).toEqual(known.sort());
    }
  });

  test("ids are unique, also those of arrow heads", async () => {
    const ids = [...(await drawn).html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  test("nothing is loaded from elsewhere", async () => {
    const { html } = await drawn;
    expect(html).toContain("default-src 'none'");
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|\bsrc=|<link|@import|url\((?!#)/,
    );
  });
});

test("what a mark is: op, rule, shape, equation, source, time", async () => {
  const { mark, data } = readPage(await renderHtml(networks.rnn(), { unroll: 2 }));
  expect(data.views.map(({ name }) => name)).toEqual(["layers", "cells", "rolled", "unrolled"]);
  expect(mark("tanh")).toMatchObject({
    kind: "operator",
    role: "operation",
    op: "tanh",
    rule: "[...s] → [...s]",
    shape: "[32, 16]",
    dtype: "f32",
    equation: "tanh(x₀ @ U + s₋₁ @ W + b)",
    time: "t = 0",
  });
  expect(mark("tanh").source).toMatch(/^networks\.ts:\d+:\d+$/);
  expect(mark("s₁").equation).toBe("s₁ = tanh(x₁ @ U + s₀ @ W + b)");
  expect(mark("÷ 3200").equation).toBe("Σ((stack @ V − y)²) ÷ 3200".replace("stack", "…"));
  expect(mark("s₁").role).toBe("named result");
  expect(mark("s₋₁").role).toBe("carried state");
  expect(mark("x₀").role).toBe("slice of a sequence");
  expect(mark("U")).toMatchObject({ kind: "parameter", shape: "[10, 16]" });
  expect(mark("U")).not.toHaveProperty("time");
});

const equationOf = async (tensor: Tensor): Promise<string | undefined> => {
  const { view } = readPage(await renderHtml(tensor));
  const readers = new Set(view.edges.map(([from]) => from));
  return view.marks.find((_, i) => !readers.has(i))!.equation;
};

test("equations have the parentheses they need, and no more", async () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => input(name, [2, 2])) as [Tensor, Tensor, Tensor];
  expect(await equationOf(math`${a} - (${b} - ${c})`)).toBe("a − (b − c)");
  expect(await equationOf(math`${a} - ${b} - ${c}`)).toBe("a − b − c");
  expect(await equationOf(math`(${a} + ${b}) ⊙ ${c} @ ${a}`)).toBe("(a + b) ⊙ c @ a");
  expect(await equationOf(math`(1 - ${a}) ⊙ ${b}`)).toBe("(1 − a) ⊙ b");
  expect(await equationOf(square(math`${a} + ${b}ᵀ`))).toBe("(a + bᵀ)²");
  expect(await equationOf(mul(a, a))).toBe("a ⊙ a");
  expect(await equationOf(math`-(${a} + ${b})`)).toBe("−(a + b)");
  expect(await equationOf(named(tanh(math`${a} / 2`), "h"))).toBe("h = tanh(a ÷ 2)");
});

test("names are text, whatever is in them", async () => {
  const names = [
    "</script><script>alert(1)</script>",
    "<!--",
    "שלום \u202e",
    "🧠",
    "\u2028 \u0000 \ud800",
    `"'&`,
  ];
  const tensor = names.reduce<Tensor>(
    (sum, name) => named(mul(sum, parameter(name, 1)), name),
    input("x", []),
  );
  const { html, view } = readPage(await renderHtml(tensor, { title: "</title><script>" }));
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html).not.toContain("<!--");
  expect(html).toContain("<title>&lt;/title&gt;&lt;script&gt;</title>");
  for (const name of names) {
    expect(view.marks.filter(({ label }) => label === name)).toHaveLength(2);
  }
});

test("the same graph gives the same bytes, with values too", async () => {
  const x = Array.from({ length: 6 }, (_, t) => [
    [t, 1, 2],
    [0, -t, 1],
  ]);
  const options = { unroll: 2, gradients: true, feeds: { x } };
  const graph = networks.withGradients();
  const html = await renderHtml(graph, options);
  expect(await renderHtml(graph, options)).toBe(html);
  expect(await renderHtml(networks.withGradients(), options)).toBe(html);
});

test("pictures that are too large, and numbers that are none, are refused", async () => {
  const { ys } = scan((c) => ({ carry: tanh(c), y: c }), { init: input("h", []), length: 4000 });
  await expect(renderHtml(mean(ys), { unroll: 4000 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: renderHtml: the picture has 8003 marks, more than 3000: unroll fewer steps, or raise maxMarks]`,
  );
  let deep: Tensor = input("x", []);
  for (let i = 0; i < 800; i++) deep = tanh(deep);
  await expect(renderHtml(deep)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: renderHtml: one part of the picture has 801 marks, more than 750: draw a part of the graph, or raise maxMarks]`,
  );
  await expect(renderHtml(input("x", []), { unroll: -1 })).rejects.toThrow("unroll: expected");
  await expect(renderHtml(sum(ys), { unroll: -1 })).rejects.toThrow("unroll: expected");
  await expect(renderHtml(sum(ys), { unroll: 1.5 })).rejects.toThrow("unroll: expected");
});
