import {
  array,
  input,
  mul,
  named,
  parameter,
  scan,
  softmax,
  type Tensor,
  tanh,
  unroll,
  withScope,
} from "@org/core";
import { renderSvg, type SvgPictureOptions } from "@org/viz";
import { describe, expect, test } from "vitest";
import { feedsOf, languageModel, lastStep, linearNetwork } from "./gallery/networks.ts";
import * as networks from "./networks.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const labels = (svg: string): string[] => readSvg(svg).shapes.map(({ texts }) => texts[0]?.content ?? "cut");
const standing = (svg: string): string[] => {
  const pale = new Set([...svg.matchAll(/id="(n\d+)" opacity/g)].map(([, id]) => id));
  return readSvg(svg).shapes.flatMap(({ id, texts }) => (pale.has(id) ? [] : texts[0]!.content));
};

describe("detail", () => {
  test("cells and layers have the names of their regions, parameters are in them", async () => {
    const { loss } = languageModel({ kind: "LSTM", layers: 3, steps: 9 });
    const cells = labels(await renderSvg(loss, { unroll: 2, detail: "cell" }));
    for (const layer of ["LSTM 1", "LSTM 2", "LSTM 3", "Embedding", "Linear", "crossEntropy"])
      expect(cells.filter((label) => label === layer)).toHaveLength(2);
    expect(cells).toEqual(expect.arrayContaining(["ids₀", "labels₁", "⋯", "mean", "loss"]));
    for (const shuffling of ["stack", "xᵀ", "take"]) expect(cells).not.toContain(shuffling);
    expect(cells.some((label) => label.startsWith("W_"))).toBe(false);
    const layers = labels(await renderSvg(loss, { detail: "layer" }));
    expect(layers.sort()).toEqual([
      "Embedding",
      "LSTM ×3",
      "Linear",
      "crossEntropy",
      "ids",
      "labels",
      "loss",
    ]);
  });

  test("steps written out by core are cells as well", async () => {
    const rolled = await renderSvg(networks.rnn(undefined, 4), { unroll: 4, detail: "cell" });
    const written = await renderSvg(networks.unrolledRnn(), { detail: "cell" });
    const cells = (svg: string): number => labels(svg).filter((label) => label === "cell").length;
    expect([cells(rolled), cells(written)]).toEqual([4, 4]);
  });

  test("a region that a way leads out of and back into stays open", async () => {
    const x = input("x", [2]);
    const first = withScope("around", () => tanh(x));
    const between = mul(first, 2);
    const last = withScope("inside", () => mul(between, first));
    const shown = labels(
      await renderSvg(
        withScope("around", () => mul(last, between)),
        { detail: "cell" },
      ),
    );
    expect(shown).toContain("x");
    expect(shown.length).toBeGreaterThan(3);
  });
});

describe("functions of several operations", () => {
  const { loss } = languageModel({ steps: 3 });

  test("are one box each, opened by name", async () => {
    const svg = await renderSvg(loss, { unroll: 2, gradients: true });
    expect(labels(svg)).toContain("crossEntropy");
    expect(labels(svg)).not.toContain("log");
    expect(problemsOf(readSvg(svg))).toEqual([]);
    const open = labels(await renderSvg(loss, { unroll: 2, folded: [] }));
    expect(open).toContain("log");
    expect(open).not.toContain("crossEntropy");
    const inner = labels(await renderSvg(loss, { unroll: 2, folded: ["logSoftmax"] }));
    expect(inner).toContain("logSoftmax");
    expect(labels(await renderSvg(loss, { unroll: 2, folded: ["Linear"] }))).toEqual(
      expect.arrayContaining(["Linear", "b", "W", "log"]),
    );
  });

  const attention = (write: typeof unroll): Tensor =>
    write((h, x) => ({ carry: tanh(mul(softmax(h), x)), y: h }), {
      init: input("h", [3]),
      xs: input("x", [4, 3]),
    }).carry;

  test.each([
    ["a loop written out", () => attention(scan), 4],
    ["steps written out by core", () => attention(unroll), 0],
  ] as const)("one box in each column of %s, at the same height", async (_, draw, steps) => {
    const { shapes } = readSvg(await renderSvg(draw(), { unroll: steps, gradients: true }));
    const boxes = shapes.filter(({ texts }) => texts[0]?.content === "softmax");
    expect(boxes).toHaveLength(4);
    expect(new Set(boxes.map(({ texts }) => texts[0]!.y)).size).toBe(1);
  });

  test("a rolled loop keeps its way back to the beginning", async () => {
    const svg = await renderSvg(attention(scan), { gradients: true });
    expect(labels(svg).filter((label) => label === "softmax")).toHaveLength(1);
    const { lines, shapes } = readSvg(svg);
    const id = (label: string): string => shapes.find(({ texts }) => texts[0]?.content === label)!.id;
    expect(lines.filter(({ from, to }) => from === id("tanh") && to === id("hₜ₋₁"))).toHaveLength(2);
  });
});

test("a rolled loop is one step, whose state goes back to its beginning", async () => {
  const svg = await renderSvg(networks.rnn(), { gradients: true });
  const { frames, lines, shapes } = readSvg(svg);
  expect(frames.map(({ title }) => title)).toEqual(["each of 25 steps"]);
  expect(labels(svg)).toEqual(expect.arrayContaining(["xₜ", "sₜ", "sₜ₋₁"]));
  const id = (label: string): string => shapes.find(({ texts }) => texts[0]?.content === label)!.id;
  const carried = lines.filter(({ from, to }) => from === id("sₜ") && to === id("sₜ₋₁"));
  expect(carried.map(({ kind }) => kind).sort()).toEqual(["edge", "gradient"]);
});

describe("gradients as colours", () => {
  test("a legend, and the norm of every step", async () => {
    const { loss } = lastStep("RNN", 6);
    const svg = await renderSvg(loss, { unroll: 6, detail: "cell", feeds: feedsOf([loss]) });
    const strip = [...svg.matchAll(/class="strip".*?<text[^>]*>([^<]*)</g)].map(([, norm]) =>
      Number(norm!.replace("−", "-")),
    );
    expect(strip).toHaveLength(6);
    expect(strip).toEqual([...strip].sort((a, b) => a - b));
    expect(svg).toContain("log scale");
    expect(problemsOf(readSvg(svg))).toEqual([]);
  });

  test("NaN and infinity are black, and the legend says so; nothing is drawn wrong where all is", async () => {
    const [x, w] = [input("x", [2]), parameter("w", [1, 2])];
    const norm = (values: number[]): Promise<string> =>
      renderSvg(networks.total(mul(x, w)), { feeds: { x: array(new Float32Array(values)) } });
    const bad = await norm([1, Number.NaN]);
    expect(bad).toContain("NaN or ∞");
    expect(bad.match(/fill="#000000"/g)!.length).toBeGreaterThan(1);
    expect(await norm([1, 2])).not.toContain("NaN or ∞");
    expect(await norm([0, 0])).not.toContain("Infinity");
  });

  test("each step's loss stands above its column", async () => {
    const { loss, losses } = languageModel({ steps: 3 });
    const svg = await renderSvg(loss, { unroll: 3, detail: "cell", feeds: feedsOf([loss]), losses });
    expect(svg.match(/>loss \d\.\d+</g)).toHaveLength(3);
    const scalar = { unroll: 3, feeds: feedsOf([loss]), losses: loss };
    await expect(renderSvg(loss, scalar)).rejects.toThrow(/one for each step/);
  });
});

test("gradients are cut where they are stopped, by the borders of windows", async () => {
  const { loss } = languageModel({ steps: 6, truncate: 2 });
  const cells = await renderSvg(loss, { unroll: 6, detail: "cell", gradients: true });
  expect(cells.match(/stroke-dasharray="4 3"/g)).toHaveLength(2);
  const ops = labels(await renderSvg(loss, { unroll: 6, gradients: true }));
  expect(ops.filter((label) => label === "cut").length).toBeGreaterThanOrEqual(2);
});

describe("ways", () => {
  const options: SvgPictureOptions = { unroll: 3 };

  test("how h₂ depends on x₁", async () => {
    const svg = await renderSvg(linearNetwork(3), { ...options, path: ["x1", "h_2"] });
    expect(standing(svg).sort()).toEqual(["+", "+", "@", "@", "h₁", "h₁", "h₂", "x₁"]);
  });

  test("everything that h₀ depends on, and marks by name", async () => {
    const svg = await renderSvg(linearNetwork(3), { ...options, ancestors: "h₀" });
    expect(standing(svg)).toEqual(expect.arrayContaining(["W_hx", "W_hh", "x₀", "h₀"]));
    expect(standing(svg)).not.toContain("x₁");
    expect(standing(await renderSvg(linearNetwork(3), { highlight: ["W_hx"] }))).toEqual(["W_hx"]);
  });

  test("unknown names, and what does not depend, are refused", async () => {
    const path = (from: string, to: string) => renderSvg(linearNetwork(3), { ...options, path: [from, to] });
    await expect(path("nobody", "h₀")).rejects.toThrow(/the picture shows no "nobody"; names in it: .*W_hx/);
    await expect(path("x₁", "h₀")).rejects.toThrow(/"h₀" does not depend on "x₁"/);
  });
});

test.each([
  ["d2l", false],
  ["d2l", true],
  ["colah", false],
  ["colah", true],
  ["plain", false],
  ["plain", true],
] as const)("preset %s, dark: %s: drawn soundly, text readable", async (preset, dark) => {
  const svg = await renderSvg(networks.gru(), { unroll: 2, preset, dark, gradients: true });
  expect(problemsOf(readSvg(svg))).toEqual([]);
  const light = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05;
  };
  const marks = /<(?:rect|ellipse)[^>]* fill="(#\w+)"[^>]*\/><text[^>]* fill="(#\w+)"/g;
  const contrasts = [...svg.matchAll(marks)].map(([, fill, ink]) => {
    const [a, b] = [light(fill!), light(ink!)];
    return Math.max(a, b) / Math.min(a, b);
  });
  expect(contrasts.length).toBeGreaterThan(30);
  expect(Math.min(...contrasts)).toBeGreaterThan(3);
});

test("what is asked for wrongly is refused", async () => {
  const draw = (options: object) => renderSvg(networks.rnn(), options);
  await expect(draw({ preset: "pretty" })).rejects.toThrow(/preset: expected one of d2l, colah, plain/);
  await expect(draw({ detail: "atom" })).rejects.toThrow(/detail: expected "op", "cell" or "layer"/);
});

describe("too large", () => {
  test("fewer details, with a note", async () => {
    const { loss } = languageModel({ kind: "LSTM", steps: 30 });
    const svg = await renderSvg(loss, { unroll: 30, maxMarks: 400 });
    expect(svg).toContain("Too large for every operation of 30 steps: drawn as cells.");
    expect(labels(svg)).toContain("LSTM");
    expect(problemsOf(readSvg(svg))).toEqual([]);
  });

  test("ten thousand steps: the first and the last of them", async () => {
    const { loss } = languageModel({ steps: 10_000 });
    const svg = await renderSvg(loss, { unroll: 10_000, detail: "cell", maxMarks: 400 });
    expect(svg).toContain("Of 10000 steps, the first 6 and the last 4.");
    expect(readSvg(svg).frames.length).toBeLessThanOrEqual(200);
  });

  test("every operation of many steps: three columns are as wide as ten by cells", async () => {
    const { loss } = languageModel({ kind: "LSTM", steps: 200 });
    const svg = await renderSvg(loss, { unroll: 200 });
    expect(svg).toContain("Of 200 steps, the first 2 and the last.");
    expect(readSvg(svg).frames.map(({ title }) => title)).toEqual(["t = 0", "t = 1", "t = 199"]);
    expect(problemsOf(readSvg(svg))).toEqual([]);
  });

  test("nothing is refused: what repeats is one box, and what is left is drawn from its end", async () => {
    let chain: Tensor = input("x", [2]);
    for (let i = 0; i < 2500; i++) chain = tanh(mul(chain, 2));
    const repeated = await renderSvg(chain);
    expect(labels(repeated)).toEqual(
      expect.arrayContaining(["x", "output", expect.stringMatching(/×2,\d{3}$/)]),
    );
    expect(repeated).toContain("what repeats is one box");
    const few = await renderSvg(networks.lstm(), { maxMarks: 8 });
    expect(few).toContain("marks before the outputs");
    expect(labels(few)).toEqual(expect.arrayContaining(["⋯", "loss"].slice(0, 1)));
    expect(problemsOf(readSvg(few))).toEqual([]);
  });

  test("Graphviz is given up in time, and a note says so", async () => {
    let x: Tensor = input("x", [2]);
    for (let i = 0; i < 160; i++) x = i % 2 === 0 ? tanh(x) : mul(x, i);
    const svg = await renderSvg(x, { timeLimit: 0.001 });
    expect(svg).toContain("Laid out in rows: Graphviz took longer than timeLimit.");
    expect(problemsOf(readSvg(svg))).toEqual([]);
    expect(problemsOf(readSvg(await renderSvg(x, { timeLimit: 50 }))).length).toBe(0);
  });

  test("a tensor of a hundred readers is drawn along rails, every reader of it", async () => {
    const shared = named(tanh(input("x", [2])), "shared");
    let y: Tensor = shared;
    for (let i = 0; i < 110; i++) y = withScope(`box ${i}`, () => tanh(mul(y, shared)));
    const svg = readSvg(await renderSvg(y, { detail: "cell" }));
    expect(problemsOf(svg)).toEqual([]);
    const id = svg.shapes.find(({ texts }) => texts[0]!.content === "shared")!.id;
    expect(svg.lines.filter(({ from }) => from === id)).toHaveLength(110);
  });
});
