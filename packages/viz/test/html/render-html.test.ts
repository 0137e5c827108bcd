import {
  input,
  math,
  mean,
  mul,
  named,
  parameter,
  scan,
  softmax,
  square,
  type Tensor,
  tanh,
} from "@org/core";
import { renderHtml, renderSvg } from "@org/viz";
import { describe, expect, test } from "vitest";
import { shownFirst } from "../../src/html/page-views.ts";
import { feedsOf, languageModel } from "../gallery/networks.ts";
import * as networks from "../networks.ts";
import { drawView } from "./draw-view.ts";
import { type Page, readPage } from "./read-page.ts";

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
    const { data } = await drawn;
    expect(data.views).toHaveLength(count);
    for (const view of data.views) {
      const { marks, edges } = view;
      const picture = drawView(view);
      const ids = [...picture.matchAll(/<g class="\w+" id="([^"]*)">/g)].map(([, id]) => id);
      expect(ids.sort()).toEqual(marks.map(({ id }) => id).sort());
      const lines = [...picture.matchAll(/class="edge" data-from="([^"]*)" data-to="([^"]*)"/g)];
      const known = edges.map(([from, to]) => `${marks[from]!.id} ${marks[to]!.id}`);
      expect(lines.map(([, from, to]) => `${from} ${to}`).sort()).toEqual(known.sort());
    }
  });

  test("ids are unique, also those of arrow heads", async () => {
    const { html, data } = await drawn;
    const pictures = data.views.map((view) => drawView(view));
    // One picture is in the page at a time.
    const ids = pictures.flatMap((picture, i) =>
      [...(html + picture).matchAll(/\sid="([^"]*)"/g)].map(([, id]) => `${i} ${id}`),
    );
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  test("nothing is loaded from elsewhere", async () => {
    const { html } = await drawn;
    expect(html).toContain("default-src 'none'");
    const elsewhere = /https?:|\bsrc=|<link|@import|url\((?!#)/;
    // Strings of the script go on behind a backslash at the end of a line.
    const whole = html.replaceAll("\\\n", "").replaceAll("http://www.w3.org/2000/svg", "");
    expect(whole.match(elsewhere)).toBeNull();
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
  expect(mark("÷ 3200").equation).toBe("Σ((s₀ @ V − y₀)², (s₁ @ V − y₁)², ⋯) ÷ 3200");
  expect(mark("output").role).toBe("output");
  expect(mark("s₁").role).toBe("named result");
  expect(mark("s₋₁").role).toBe("carried state");
  expect(mark("x₀").role).toBe("slice of a sequence");
  expect(mark("U")).toMatchObject({ kind: "parameter", shape: "[10, 16]" });
  expect(mark("U")).not.toHaveProperty("time");
});

const equationOf = async (tensor: Tensor): Promise<string | undefined> => {
  const { view } = readPage(await renderHtml(tensor));
  const readers = new Set(view.edges.map(([from]) => from));
  return view.marks.find((_, i) => !readers.has(i))!.equation?.replace(/^output = /, "");
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

describe("too large", () => {
  const tanhs = (steps: number): Tensor =>
    mean(scan((c) => ({ carry: tanh(c), y: c }), { init: input("h", []), length: steps }).ys);
  const names = ({ data }: Page): string[] => data.views.map(({ name }) => name);

  test("cells, and a note in the page", async () => {
    const page = readPage(await renderHtml(networks.deepLstm(), { unroll: 10, maxMarks: 300 }));
    expect(names(page)).toEqual(["layers", "cells", "rolled"]);
    expect(page.data.shown).toBe("cells");
    expect(page.data.note).toBe("Too large for every operation of 10 steps: drawn as cells.");
    expect(page.html).toContain(`<p id="note" role="note">${page.data.note}</p>`);
    expect(page.html.split("Too large")).toHaveLength(3);
  });

  test("thousands of steps: the first of them as cells, with values", async () => {
    const page = readPage(await renderHtml(tanhs(4000), { unroll: 4000, maxMarks: 200, feeds: { h: 0.5 } }));
    expect(page.data.note).toBe(
      "Too large for every operation of 4000 steps: drawn as cells, its first steps alone.",
    );
    expect(page.data.shown).toBe("cells");
    expect(page.data.views.find(({ name }) => name === "cells")!.marks.length).toBeLessThanOrEqual(200);
    expect(page.data.views.some(({ panels }) => panels.some(({ norm }) => norm !== undefined))).toBe(true);
  });

  test("layers where cells are too many; rolled where there is nothing else", async () => {
    const { loss } = languageModel({ layers: 12, steps: 4 });
    const layers = readPage(await renderHtml(loss, { unroll: 4, maxMarks: 32 }));
    expect(layers.data.shown).toBe("layers");
    expect(layers.data.note).toMatch(/drawn as layers\.$/);
    expect(shownFirst([{ name: "rolled" }])).toBe("rolled");
    expect(shownFirst([{ name: "layers" }, { name: "rolled" }])).toBe("layers");
  });

  test("what does not fit even as layers is folded, and numbers that are none are refused", async () => {
    let deep: Tensor = input("x", []);
    for (let i = 0; i < 2001; i++) deep = tanh(deep);
    const { data } = readPage(await renderHtml(deep));
    expect(data.note).toContain("what repeats is one box");
    expect(data.views.flatMap(({ marks }) => marks.map(({ label }) => label))).toContain("tanh ×2,000");
    await expect(renderHtml(input("x", []), { unroll: -1 })).rejects.toThrow("unroll: expected");
    await expect(renderHtml(tanhs(5), { unroll: -1 })).rejects.toThrow("unroll: expected");
    await expect(renderHtml(tanhs(5), { unroll: 1.5 })).rejects.toThrow("unroll: expected");
  });
});

describe("above the columns", () => {
  const { loss, losses } = languageModel({ steps: 4 });
  const drawn = ({ data }: Page, name: string): string =>
    drawView(data.views.find((view) => view.name === name)!);
  const strips = (page: Page, view: string): number[] => {
    const picture = drawn(page, view);
    return [...picture.matchAll(/class="strip" data-norm="([^"]*)"/g)].map(([, norm]) => Number(norm));
  };

  test("the gradient norm and the loss of every step, as in the picture alone", async () => {
    const feeds = feedsOf([loss]);
    const page = readPage(await renderHtml(loss, { unroll: 3, feeds, losses }));
    const [unrolled, cells] = ["unrolled", "cells"].map((view) => strips(page, view)) as [number[], number[]];
    expect(unrolled).toHaveLength(3);
    expect(cells).toHaveLength(3);
    expect(Math.min(...unrolled, ...cells)).toBeGreaterThan(0);
    expect(strips(page, "rolled").length).toBeLessThanOrEqual(1);
    expect(strips(page, "layers")).toEqual([]);
    const alone = await renderSvg(loss, { unroll: 3, feeds, losses, detail: "cell" });
    const written = (text: string): string[] =>
      [...text.matchAll(/>(loss [^<]+)</g)].map(([, loss]) => loss!);
    expect(written(drawn(page, "cells"))).toEqual(written(alone));
    expect(written(alone)).toHaveLength(3);
    expect(written(drawn(page, "rolled"))).toEqual([]);
  });

  test("nothing without values", async () => {
    const page = readPage(await renderHtml(loss, { unroll: 2, losses }));
    expect(drawn(page, "unrolled")).not.toMatch(/class="strip"|>loss \d/);
    expect(page.html).not.toContain('id="player"');
  });
});

test("functions are groups that the page opens with folded, in their cells", async () => {
  const { loss } = languageModel({ steps: 4 });
  const { view } = readPage(await renderHtml(loss, { unroll: 2 }));
  const folded = view.groups.filter(({ folded }) => folded);
  // One in each column, and what it makes of all steps.
  expect(folded.map(({ name }) => name)).toEqual(["crossEntropy", "crossEntropy", "crossEntropy"]);
  expect(view.marks.filter(({ group }) => view.groups[group!]?.folded).length).toBeGreaterThan(20);
  const states = scan((h, x) => ({ carry: tanh(mul(softmax(h), x)), y: h }), {
    init: input("h", [3]),
    xs: input("x", [4, 3]),
  }).ys;
  const { groups } = readPage(await renderHtml(mean(states), { unroll: 3 })).view;
  const inner = groups.filter(({ name }) => name === "softmax");
  expect(inner.map(({ parent }) => groups[parent!]!.title)).toEqual(["t = 0", "t = 1", "t = 2"]);
  expect(new Set(inner.map(({ layer }) => layer)).size).toBe(1);
  const opened = readPage(await renderHtml(loss, { unroll: 2, folded: [] }));
  expect(opened.view.groups.some(({ folded }) => folded)).toBe(false);
});
