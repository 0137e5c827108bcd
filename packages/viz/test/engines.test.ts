import { type GraphvizEngine, renderSvg, type SvgPictureOptions } from "@org/viz";
import { instance } from "@viz-js/viz";
import graphvizWasm from "graphviz-wasm";
import { describe, expect, test } from "vitest";
import * as networks from "./networks.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const engines: Record<string, () => Promise<GraphvizEngine | undefined>> = {
  "@hpcc-js/wasm-graphviz, the default": async () => undefined,
  "graphviz-wasm": async () => {
    await graphvizWasm.loadWASM();
    return (dot) => graphvizWasm.layout(dot, "json", "dot");
  },
  "@viz-js/viz": async () => {
    const viz = await instance();
    return (dot) => viz.renderString(dot, { format: "json", engine: "dot" });
  },
};

const pictures: Record<string, SvgPictureOptions & { draw: typeof networks.lstm }> = {
  "every operation": { draw: networks.lstm, unroll: 3, gradients: true },
  rolled: { draw: () => networks.rnn(), gradients: true },
  cells: { draw: networks.deepLstm, unroll: 3, detail: "cell" },
  layers: { draw: networks.deepLstm, detail: "layer" },
};

describe.each(Object.entries(engines))("%s", (_, load) => {
  test.each(Object.entries(pictures))("%s", async (_, { draw, ...options }) => {
    const engine = await load();
    const all = { ...options, ...(engine && { engine }) };
    const svg = await renderSvg(draw(), all);
    expect(await renderSvg(draw(), all)).toBe(svg);
    const drawing = readSvg(svg);
    expect(drawing.shapes.length).toBeGreaterThan(8);
    expect(problemsOf(drawing)).toEqual([]);
    const lefts = drawing.frames.map(({ left }) => left);
    expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
  });
});
