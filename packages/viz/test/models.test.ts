import { add, ancestors, input, mul, parameter, scan, sum, type Tensor, tanh, withScope } from "@org/core";
import { renderSvg, type SvgPictureOptions, toJson } from "@org/viz";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import * as models from "./gallery/models.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

interface Row extends SvgPictureOptions {
  readonly draw: () => models.Model;
  /** Steps where every operation is drawn. Default: those of the cells. */
  readonly open?: SvgPictureOptions["unroll"];
}

const rows: Record<string, Row> = {
  "character-lstm": { draw: models.characterLstm, unroll: { first: 3, last: 1 }, open: 2, gradients: true },
  "bidirectional-gru": { draw: models.bidirectionalGru, unroll: 5, open: 2 },
  translation: { draw: models.translation, unroll: 4, open: 2 },
  "video-gru": { draw: models.videoGru, unroll: 4, open: 2 },
  "training-step": { draw: models.trainingStep, unroll: 4, open: 1 },
  "two-hundred-steps": { draw: () => models.characterLstm(200), unroll: 200, gradients: true },
  "scan-in-scan": { draw: models.scanInScan, unroll: 3 },
  "math-cell": { draw: models.mathCell, unroll: 4 },
  "five-thousand-nodes": { draw: models.flatNodes, unroll: 3 },
};

const pictures = Object.entries(rows).flatMap(([name, row]) =>
  (["op", "cell", "layer"] as const).map((detail) => ({ name, detail, row })),
);

describe.each(pictures)("$name, $detail", ({ name, detail, row: { draw, open, ...options } }) => {
  const { tensors, parameters } = draw();
  const unroll = (detail === "op" ? open : undefined) ?? options.unroll!;
  const all = { ...options, unroll, detail, ...(parameters && { parameters }) };

  test("is the picture that was looked at, soundly drawn, its columns in the order of time", async () => {
    const svg = await renderSvg(tensors, all);
    await expect(svg).toMatchFileSnapshot(`figures/models/${name}-${detail}.svg`);
    const drawing = readSvg(svg);
    expect(drawing.shapes.length).toBeGreaterThan(3);
    expect(problemsOf(drawing)).toEqual([]);
    const steps = drawing.frames.filter(({ title }) => title.startsWith("t = "));
    steps.slice(1).forEach((frame, i) => {
      const before = steps[i]!;
      if (Number(frame.title.slice(4)) === 0) return;
      // In rows as a text has them: behind the one before, or first in the next row.
      if (frame.top === before.top) expect(frame.left).toBeGreaterThan(before.right);
      else {
        expect(frame.top).toBeGreaterThan(before.top);
        expect(frame.left).toBe(steps[0]!.left);
      }
    });
    const names = drawing.shapes.flatMap(({ kind, texts }) =>
      kind === "parameter" ? texts[0]!.content : [],
    );
    expect(new Set(names).size).toBe(names.length);
    if (detail === "op") return;
    const labels = drawing.shapes.map(({ texts }) => texts[0]?.content);
    for (const shuffling of ["stack", "xᵀ", "take"]) expect(labels).not.toContain(shuffling);
  });
});

test("layers and parameters have full names; the optimizer is one box, opened by name", async () => {
  const labels = async (model: models.Model, options: SvgPictureOptions): Promise<string[]> =>
    readSvg(await renderSvg(model.tensors, options)).shapes.map(({ texts }) => texts[0]?.content ?? "");
  const gru = await labels(models.bidirectionalGru(), { unroll: 1 });
  for (const name of ["gru.0.forward.W_xz", "gru.1.backward.b_h"]) expect(gru).toContain(name);
  const cells = await labels(models.bidirectionalGru(), { unroll: 1, detail: "cell" });
  expect(cells).toEqual(expect.arrayContaining(["GRU 1, forward", "GRU 2, backward"]));
  const model = models.translation();
  const named = { detail: "layer", ...(model.parameters && { parameters: model.parameters }) } as const;
  expect(await labels(model, named)).toEqual(expect.arrayContaining(["encoder (GRU)", "decoder (GRU)"]));
  const step = models.trainingStep();
  expect(await labels(step, { detail: "layer" })).toContain("Adam ×15");
  const opened = await labels(step, { detail: "op", folded: ["clipByGlobalNorm", "Adam"] });
  expect(opened).toEqual(expect.arrayContaining(["clipByGlobalNorm", "Adam"]));
});

test("a step's gradient stands in the step's column, and what it reads of parameters too", async () => {
  const { tensors, parameters } = models.trainingStep();
  const all = { unroll: 4, ...(parameters && { parameters }) };
  const { shapes, frames } = readSvg(await renderSvg(tensors, { ...all, detail: "cell" }));
  expect(frames.map(({ title }) => title)).toEqual(["t = 0", "t = 1", "t = 2", "t = 3"]);
  for (const { left, right } of frames) {
    const inside = shapes.filter(({ x }) => x > left && x < right);
    const names = inside.map(({ texts }) => texts[0]?.content);
    expect(names).toEqual(
      expect.arrayContaining(["LSTM", "crossEntropy", "∂ crossEntropy", "∂ Linear", "∂ LSTM"]),
    );
  }
  // The gradient goes from column to column against time, past nothing.
  const { nodes, edges } = toJson(tensors, { ...all, detail: "cell" });
  const columns = new Map(nodes.map(({ id, label, column }) => [id, { label, column }]));
  const steps = edges.flatMap(({ from, to }) => {
    const [a, b] = [columns.get(from)!, columns.get(to)!];
    return a.label === "∂ LSTM" && b.label === "∂ LSTM" && a.column! < 4 && b.column! < 4
      ? [[a.column, b.column]]
      : [];
  });
  expect(steps.sort()).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ]);
  // In op views a parameter's transpose stands in each column that reads it: its line leads to parameters alone.
  const op = toJson(tensors, { ...all, unroll: 2 });
  const places = new Map(op.nodes.map((node) => [node.id, node]));
  const turned = op.edges.filter(
    ({ from, to }) => places.get(from)!.kind === "parameter" && places.get(to)!.label === "xᵀ",
  );
  expect(turned.length).toBeGreaterThan(8);
  for (const { to } of turned) expect(op.columns![places.get(to)!.column!]!.kind).toBe("step");
});

test("a first state goes straight to its cell, and an encoder's to the decoder's", async () => {
  const rises = async ({ tensors, parameters }: models.Model, source: string, reader: string) => {
    const all = { detail: "cell", unroll: 4, ...(parameters && { parameters }) } as const;
    const { shapes, lines } = readSvg(await renderSvg(tensors, all));
    const named = (name: string) =>
      new Set(shapes.filter(({ texts }) => texts[0]?.content === name).map(({ id }) => id));
    const [sources, readers] = [named(source), named(reader)];
    const between = lines.filter(({ from, to }) => sources.has(from) && readers.has(to));
    return between.map(({ points }) => Math.max(...points.map(([, y]) => Math.abs(y - points[0]![1]))));
  };
  expect(await rises(models.mathCell(), "h0", "cell")).toEqual([0]);
  expect(await rises(models.translation(), "encoder (GRU)", "decoder (GRU)")).toEqual([0]);
});

test("layers that are not written out go by their names in cells too", async () => {
  const { tensors, parameters } = models.translation();
  const { nodes } = toJson(tensors, { detail: "cell", ...(parameters && { parameters }) });
  expect(nodes.map(({ label }) => label)).toEqual(expect.arrayContaining(["encoder (GRU)", "decoder (GRU)"]));
});

test("ten thousand operations are drawn", async () => {
  const { tensors } = models.flatNodes(10_000);
  const labels = readSvg(await renderSvg(tensors)).shapes.map(({ texts }) => texts[0]?.content);
  expect(labels).toContainEqual(expect.stringMatching(/×4,99\d$/));
});

/** Random graphs of two loops with what is done step by step around them. */
const graphs = fc.record({
  steps: fc.integer({ min: 1, max: 5 }),
  before: fc.boolean(),
  after: fc.boolean(),
  reverse: fc.boolean(),
  second: fc.boolean(),
  region: fc.boolean(),
  first: fc.integer({ min: 0, max: 3 }),
  last: fc.integer({ min: 0, max: 2 }),
  detail: fc.constantFrom("op", "cell", "layer") as fc.Arbitrary<"op" | "cell" | "layer">,
});

test("whatever an output depends on, it depends on in the picture", async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      async ({ steps, before, after, reverse, second, region, first, last, detail }) => {
        const within = <T>(name: string, build: () => T): T => (region ? withScope(name, build) : build());
        const [x, h0] = [input("x", [steps, 2]), input("h0", [2])];
        const [w, u] = [parameter("w", [1, 2]), parameter("u", [3, 4])];
        const run = (xs: Tensor, reverse: boolean): Tensor =>
          within("Cell", () =>
            scan(
              (h, x_t) => {
                const next = tanh(add(mul(h, w), x_t));
                return { carry: next, y: mul(next, 2) };
              },
              { init: h0, xs, reverse },
            ),
          ).ys;
        const fed = before ? within("Embedding", () => tanh(mul(x, 3))) : x;
        const ys = second ? run(run(fed, reverse), !reverse) : run(fed, reverse);
        const y = sum(after ? within("Head", () => tanh(mul(ys, u))) : ys);
        const { nodes, edges } = toJson(y, { unroll: { first, last }, detail });
        const reads = new Map<string, string[]>();
        for (const { from, to } of edges) reads.set(to, [...(reads.get(to) ?? []), from]);
        const end = nodes.find(({ label }) => label === "output")!;
        const seen = new Set([end.id]);
        for (const id of seen) for (const from of reads.get(id) ?? []) seen.add(from);
        // Everything drawn is there because the output needs it, and it is seen to.
        expect(nodes.filter(({ id }) => !seen.has(id)).map(({ label }) => label)).toEqual([]);
        const drawn = nodes.map(({ label }) => label ?? "");
        const leaves = ancestors([y]).flatMap(({ op, name }) => (op.name === "parameter" ? name! : []));
        if (detail === "op") for (const leaf of leaves) expect(drawn).toContain(leaf);
        const svg = readSvg(await renderSvg(y, { unroll: { first, last }, detail }));
        expect(problemsOf(svg)).toEqual([]);
      },
    ),
    runs(25),
  );
});
