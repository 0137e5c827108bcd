import { add, constant, evaluate, input, mul, parameter, scan, type Tensor } from "@org/core";
import * as nn from "@org/nn";
import { renderSvg, type SvgPictureOptions, toDot } from "@org/viz";
import { describe, expect, test } from "vitest";
import { longLoops, loopSteps } from "../src/overlay/loop-gradients.ts";
import { palette } from "../src/palette.ts";
import { colorAt, inkOn } from "../src/results/ramps.ts";
import { themeOf } from "../src/theme.ts";
import * as models from "./gallery/models.ts";
import * as networks from "./networks.ts";
import { type Drawing, readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

/** Contrast of two colours, 1 to 21. Source: WCAG 2.1, "contrast ratio" and "relative luminance". */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
  return (high! + 0.05) / (low! + 0.05);
}

const rows: Record<string, SvgPictureOptions & { draw: () => Tensor | Tensor[] }> = {
  "an RNN": { draw: () => networks.rnn(), unroll: 4 },
  "an RNN that core wrote out": { draw: networks.unrolledRnn, unroll: 0 },
  "an LSTM": { draw: networks.lstm, unroll: 4 },
  "a GRU, all steps": { draw: networks.gru, unroll: 8 },
  "two layers": { draw: networks.deepLstm, unroll: 3 },
  "two directions": { draw: networks.bidirectional, unroll: 3 },
  "an encoder and a decoder": { draw: networks.encoderDecoder, unroll: 2 },
  "gradients as graphs": { draw: networks.withGradients, unroll: 3 },
  "loops rolled": { draw: networks.lstm, unroll: 0 },
  "loops rolled, two directions": { draw: networks.bidirectional, unroll: 0 },
  "loops rolled, gradients as graphs": { draw: networks.withGradients, unroll: 0 },
  cells: { draw: networks.deepLstm, unroll: 4, detail: "cell" },
  "cells of two directions": { draw: networks.bidirectional, unroll: 3, detail: "cell" },
  "cells, gradients as graphs": { draw: networks.withGradients, unroll: 3, detail: "cell" },
  layers: { draw: networks.deepLstm, unroll: 0, detail: "layer" },
  "layers behind each other": { draw: networks.encoderDecoder, unroll: 0, detail: "layer" },
  colah: { draw: networks.gru, unroll: 2, preset: "colah" },
  "no loop": { draw: networks.awkwardName, unroll: 0 },
};

describe.each(Object.entries(rows))("%s", (_, { draw, ...options }) => {
  const drawn = renderSvg(draw(), { ...options, gradients: true }).then(readSvg);

  test("marks do not overlap, texts lie in them, lines end at them and touch no other", async () => {
    const drawing = await drawn;
    expect(drawing.lines.length).toBeGreaterThan(0);
    expect(problemsOf(drawing)).toEqual([]);
  });

  test("columns stand side by side in the order of time", async () => {
    const { frames } = await drawn;
    frames.slice(1).forEach((frame, i) => {
      expect(frame.left).toBeGreaterThan(frames[i]!.right);
    });
  });
});

const labels = ({ shapes }: Drawing): string[] => shapes.map(({ texts }) => texts[0]?.content ?? "");

test("an unrolled loop: a column per step, parameters once, the rest as an ellipsis, the loss above", async () => {
  const drawing = readSvg(await renderSvg(networks.rnn(), { unroll: 4 }));
  expect(drawing.frames.map(({ title }) => title)).toEqual(["t = 0", "t = 1", "t = 2", "t = 3"]);
  expect(
    drawing.shapes
      .filter(({ kind }) => kind === "parameter")
      .map(({ texts }) => texts[0]!.content)
      .sort(),
  ).toEqual(["U", "V", "W", "b"]);
  const [more] = drawing.shapes.filter(({ kind }) => kind === "more");
  expect(more!.texts.map(({ content }) => content)).toEqual(["⋯", "t = 4 … 24"]);
  expect(more!.x).toBeGreaterThan(drawing.frames.at(-1)!.right);
  const loss = drawing.shapes.find(({ texts }) => texts[0]!.content === "÷ 3200")!;
  expect(loss.y).toBeLessThan(Math.min(...drawing.frames.map(({ top }) => top)));
  expect(labels(drawing)).toEqual(expect.arrayContaining(["x₀", "x₃", "s₋₁", "s₂", "tanh", "@", "+"]));
});

test("corresponding marks of all columns lie at the same place of their column", async () => {
  const { shapes, frames } = readSvg(await renderSvg(networks.lstm(), { unroll: 3 }));
  const columns = frames.map(({ left, right, top }) =>
    shapes.flatMap(({ x, y }) =>
      x > left && x < right && y > top ? [`${(x - left).toFixed(1)} ${y.toFixed(1)}`] : [],
    ),
  );
  expect(columns[0]!.length).toBeGreaterThan(20);
  expect(columns[1]).toEqual(columns[0]);
  expect(columns[2]).toEqual(columns[0]);
});

test("layers that read each other step by step share their columns; a decoder stands behind its encoder", async () => {
  const deep = readSvg(await renderSvg(networks.deepLstm(), { unroll: 3 }));
  expect(deep.frames.map(({ title }) => title)).toEqual(["t = 0", "t = 1", "t = 2"]);
  const both = readSvg(await renderSvg(networks.encoderDecoder(), { unroll: 2 }));
  expect(both.frames.map(({ title }) => title)).toEqual(["t = 0", "t = 1", "t = 0", "t = 1"]);
});

test("gradients flow from the loss to parameters, along floats, and not where they are stopped", async () => {
  const drawing = readSvg(await renderSvg(networks.lstm(), { unroll: 2, gradients: true }));
  const name = new Map(drawing.shapes.map(({ id, texts }) => [id, texts[0]?.content ?? "cut"]));
  const back = drawing.lines.filter(({ kind }) => kind === "gradient");
  const reached = new Set(back.map(({ from }) => name.get(from)));
  for (const parameter of ["E", "W_xi", "W_hi", "b_i", "W_hq", "b_q"]) expect(reached).toContain(parameter);
  for (const other of ["ids", "labels", "cut", "max", "isFinite"]) expect(reached).not.toContain(other);
  expect(readSvg(await renderSvg(networks.lstm())).lines.some(({ kind }) => kind === "gradient")).toBe(false);
});

test("names are text, whatever is in them", async () => {
  const svg = await renderSvg(networks.awkwardName());
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("&lt;script&gt;alert(&quot;σ&quot;)&lt;/script&gt;");
  expect(svg).toContain("w &amp; &quot;w&#39;&quot; \\n");
  const control = await renderSvg(mul(input("a\u0000\ud800]]>--", []), parameter("p".repeat(60), 1)));
  expect(control).toContain(">a\ufffd\ufffd]]&gt;--<");
  expect(control).toContain(`<title>${"p".repeat(60)}</title>`);
});

test.each(
  (["d2l", "colah", "plain"] as const).flatMap((preset) => [false, true].map((dark) => ({ preset, dark }))),
)("$preset, dark: $dark: text stands out 4.5 to 1, lines 3 to 1", ({ preset, dark }) => {
  const { colours } = themeOf({ preset, dark });
  const grounds = ["paper", "column", "variable", "state", "operator", "layer", "cell", "parameter"] as const;
  for (const ground of grounds) {
    for (const name of ["ink", "faint"] as const)
      expect(contrast(colours[name], colours[ground]), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
  for (const ground of ["paper", "column"] as const) {
    for (const name of ["line", "light", "frame", "gradient", "lightGradient", "accent"] as const)
      expect(contrast(colours[name], colours[ground]), `${name} on ${ground}`).toBeGreaterThanOrEqual(3);
  }
  // Whatever colour a gradient gives a mark, its text is read on it.
  for (let place = 0; place <= 1; place += 1 / 64) {
    for (const ramp of ["sequential", "diverging"] as const) {
      const fill = colorAt(ramp, place, dark);
      expect(contrast(inkOn(fill), fill), fill).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test("lines of charts stand out 3 to 1 from paper, text 4.5 to 1", () => {
  for (const colour of palette.series)
    expect(contrast(colour, palette.paper), colour).toBeGreaterThanOrEqual(3);
  for (const colour of [palette.ink, palette.faint])
    expect(contrast(colour, palette.paper), colour).toBeGreaterThanOrEqual(4.5);
});

describe("long sequences", () => {
  const numbers = (steps: number): number[][] =>
    Array.from({ length: steps }, (_, t) => [0, 1, 2, 3].map((b) => (t * 7 + b * 3) % 8));

  test.each([
    [60, false],
    [200, true],
    [1000, true],
  ])("of %i steps are a strip below their first and last ones", async (steps, coloured) => {
    const feeds = { ids: numbers(steps), labels: numbers(steps) };
    const { tensors } = models.characterLstm(steps);
    const svg = await renderSvg(tensors, { unroll: steps, detail: "cell", ...(coloured && { feeds }) });
    const drawing = readSvg(svg);
    expect(problemsOf(drawing)).toEqual([]);
    expect(drawing.frames.map(({ title }) => title)).toHaveLength(10);
    expect(svg).toContain(`Of ${steps} steps, the first 6 and the last 4.`);
    expect(svg.length).toBeLessThan(150_000);
    const strip = /<g class="time-strip">([\s\S]*?)<\/g>/.exec(svg)![1]!;
    const rects = [
      ...strip.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="(\S+)"/g),
    ].map(([, x, y, width, height, fill]) => ({
      x: Number(x),
      y: Number(y),
      width: Number(width),
      height: Number(height),
      fill,
    }));
    // Below all marks, above the note; its columns fill it from one end to the other; brackets around what is drawn.
    for (const { y } of rects)
      for (const shape of drawing.shapes) expect(y).toBeGreaterThan(shape.y + shape.height / 2);
    const around = rects.find(({ fill, height }) => fill === "none" && height === 22)!;
    const columns = rects.filter(({ fill }) => fill !== "none");
    expect(columns.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(around.width, -1);
    expect(columns.length > 50).toBe(coloured);
    const brackets = rects
      .filter(({ height }) => height === 26)
      .map(({ width }) => (width / around.width) * steps);
    expect(brackets.map(Math.round)).toEqual([6, 4]);
    expect(around.x + around.width).toBeLessThan(drawing.width);
  });

  test("the norm of every step is that of the gradient of its states", () => {
    const steps = 40;
    const model = {
      embedding: new nn.Embedding({ count: 8, size: 6, seed: 1 }),
      lstm: new nn.LSTM({ inputSize: 6, hiddenSize: 10, layers: 2, bidirectional: true, seed: 2 }),
      head: new nn.Linear({ inputSize: 20, outputSize: 8, seed: 3 }),
    };
    const ids = input("ids", [steps, 4], "i32");
    const { outputs, state } = model.lstm.apply(model.embedding.apply(ids));
    const loss = nn.crossEntropy(model.head.apply(outputs), ids);
    const feeds = { ids: numbers(steps) };
    const found = loopSteps([loss], longLoops([loss], 32), feeds);
    expect(found.map(({ name }) => name)).toEqual([
      "LSTM 1, forward",
      "LSTM 1, backward",
      "LSTM 2, forward",
      "LSTM 2, backward",
    ]);
    const expected = evaluate(nn.stateGradients(loss, state), feeds);
    expected.forEach(({ h, c }, i) => {
      const norms = Array.from({ length: steps }, (_, t) =>
        Math.hypot(...[h, c].flatMap(({ data }) => [...data.subarray(t * 40, t * 40 + 40)])),
      );
      found[i]!.norms!.forEach((norm, t) => {
        expect(norm / norms[t]!).toBeCloseTo(1, 4);
      });
    });
    expect(loopSteps([loss], longLoops([loss], 32), undefined)[0]!.norms).toBeUndefined();
    expect(longLoops([loss], 41)).toEqual([]);
  });
});

test("the same graph gives the same bytes", async () => {
  const [first, second] = [networks.lstm(), networks.lstm()];
  const options = { unroll: 4, gradients: true };
  const svg = await renderSvg(first, options);
  expect(await renderSvg(first, options)).toBe(svg);
  expect(await renderSvg(second, options)).toBe(svg);
  expect(toDot(second, options)).toBe(toDot(first, options));
});

test("more steps than there are, none at all, literals, and nothing", async () => {
  const steps = async (length: number) => {
    const { carry, ys } = scan((c) => ({ carry: add(c, 1), y: c }), { init: 0, length });
    return readSvg(await renderSvg([carry, ys], { unroll: 5 })).frames.length;
  };
  expect(await steps(2)).toBe(2);
  expect(await steps(0)).toBe(0);
  expect(labels(readSvg(await renderSvg(add(constant(2), 3))))).toEqual(["+", "output", "2", "3"]);
  expect(readSvg(await renderSvg([])).shapes).toEqual([]);
  await expect(renderSvg(constant(1), { unroll: 1.5 })).rejects.toThrow(RangeError);
});

test.each([
  ["rnn", networks.rnn, { unroll: 3, gradients: true }],
  ["gru", networks.gru, { unroll: 2 }],
] as const)("figure %s", async (name, draw, options) => {
  await expect(await renderSvg(draw(), options)).toMatchFileSnapshot(`figures/${name}.svg`);
});
