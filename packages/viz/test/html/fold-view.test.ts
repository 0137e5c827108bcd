import { ancestors, array, input, mul, type NDArray, square, type Tensor, tanh, withScope } from "@org/core";
import { renderHtml } from "@org/viz";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldView } from "../../src/html/fold-view.ts";
import type { View } from "../../src/html/page-data.ts";
import * as models from "../gallery/models.ts";
import { languageModel } from "../gallery/networks.ts";
import * as networks from "../networks.ts";
import { readSvg } from "../read-svg.ts";
import { problemsOf } from "../structure.ts";
import { drawView } from "./draw-view.ts";
import { readPage } from "./read-page.ts";

const viewOf = async (...[graph, options]: Parameters<typeof renderHtml>): Promise<View> =>
  readPage(await renderHtml(graph, { unroll: 3, gradients: true, ...options })).view;

const views: Record<string, () => Promise<View>> = {
  "an LSTM": () => viewOf(networks.lstm(), { unroll: 2 }),
  "an encoder and a decoder": () => viewOf(networks.encoderDecoder(), { unroll: 1 }),
  "layers, a loss": () => viewOf(languageModel({ steps: 3, layers: 2 }).loss, { folded: [] }),
  "gradients as graphs": () => viewOf(networks.withGradients()),
  "two graphs side by side": () => viewOf({ RNN: networks.rnn(), GRU: networks.gru() }, { unroll: 2 }),
};

/** Some groups folded, some kinds of marks left out. */
const states = ({ groups }: View) =>
  fc.record({
    folded: fc.subarray(groups.map((_, i) => i)).map((some) => new Set(some)),
    parameters: fc.boolean(),
    gradients: fc.boolean(),
  });

describe.each(Object.entries(views))("%s", (_, make) => {
  test("nothing overlaps, lines end at their marks and touch no others, in any state of folding", async () => {
    const view = await make();
    expect(view.groups.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(states(view), ({ folded, parameters, gradients }) => {
        const hidden = ({ kind, derived }: View["marks"][number]): boolean =>
          (!parameters && kind === "parameter") || (!gradients && derived === true);
        expect(problemsOf(readSvg(drawView(view, { folded, hidden, gradients })))).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  test("what depends on what is the same, folded or open", async () => {
    const view = await make();
    fc.assert(
      fc.property(states(view), ({ folded }) => {
        const { pictures, boxes } = foldView(view, { folded });
        const lines = new Set(
          pictures.flatMap(({ edges }) => edges.map(({ from, to }) => `${from.id} ${to.id}`)),
        );
        const idOf = (mark: number): string =>
          boxes[mark] === undefined ? view.marks[mark]!.id : `${view.name}-g${boxes[mark]}`;
        const drawn = new Set(
          pictures.flatMap(({ panels, shared }) =>
            [...panels.flatMap(({ marks }) => marks), ...shared].map(({ id }) => id),
          ),
        );
        for (const [from, to] of view.edges) {
          const [a, b] = [idOf(from), idOf(to)];
          // A parameter that only boxes of one layer read is in them.
          if (!drawn.has(a)) expect(view.marks[from]!.kind).toBe("parameter");
          else if (a !== b) expect(lines).toContain(`${a} ${b}`);
        }
      }),
      { numRuns: 12 },
    );
  });
});

test("columns that are folded alike are laid out alike, others keep their places", async () => {
  const view = await viewOf(networks.rnn(), { gradients: false });
  const cells = view.groups.flatMap(({ title }, i) => (title ? [i] : []));
  const places = (folded: readonly number[]) => {
    const { shapes, frames } = readSvg(drawView(view, { folded: new Set(folded) }));
    const at = (t: number): [number, number] => {
      const s = shapes.find(({ id }) => view.marks.find((mark) => mark.id === id)?.label === `s${"₀₁₂"[t]}`)!;
      return [s.x - frames[t]!.left, s.y];
    };
    return { at, shapes };
  };
  expect(cells).toHaveLength(3);
  const [open, one] = [places([]), places([cells[1]!])];
  expect(one.at(0)).toEqual(open.at(0));
  const boxes = places(cells).shapes.filter(({ id }) => id.includes("-g"));
  expect(boxes.map(({ y }) => y)).toEqual(boxes.map(() => boxes[0]!.y));
  // U, W and b are in the boxes, V is not.
  const names = (shapes: readonly (typeof boxes)[number][]): (string | undefined)[] =>
    shapes.flatMap(
      ({ id }) => view.marks.find((mark) => mark.id === id && mark.kind === "parameter")?.label ?? [],
    );
  expect(names(open.shapes).sort()).toEqual(["U", "V", "W", "b"]);
  expect(names(places(cells).shapes)).toEqual(["V"]);
});

test("what repeats outside of loops is a box on demand, also within a region", async () => {
  const chain = (from: Tensor, times: number): Tensor => {
    let at = from;
    for (let i = 0; i < times; i++) at = tanh(mul(at, at));
    return at;
  };
  const x = input("x", [3]);
  const view = await viewOf(
    chain(
      withScope("Block", () => chain(square(x), 9)),
      40,
    ),
  );
  const named = view.groups.map(({ name, parent }) => [
    name,
    parent === undefined ? "" : view.groups[parent]!.name,
  ]);
  // The first product outside of the block reads something else than the others do.
  expect(named.filter(([name]) => name?.includes("×"))).toEqual([
    ["⊙ → tanh ×9", "Block"],
    ["tanh → ⊙ ×39", ""],
  ]);
  const folded = new Set(view.groups.map((_, i) => i));
  // x, the block, its reader, the box, the last tanh, the output.
  expect(readSvg(drawView(view, { folded })).shapes.length).toBe(6);
});

test("names of graphs side by side, and what stands above their columns, keep apart", async () => {
  const [rnn, lstm] = [networks.rnn(), networks.lstm()];
  const feeds: Record<string, NDArray> = {};
  for (const { op, name, results } of ancestors([rnn, lstm])) {
    const { shape, dtype } = results[0]!;
    const size = shape.reduce((product, length) => product * length, 1);
    if (op.name === "input") feeds[name!] = array(new Array(size).fill(1), { shape, dtype });
  }
  const view = await viewOf({ RNN: rnn, LSTM: lstm }, { unroll: 2, feeds });
  const svg = drawView(view, { folded: new Set(view.groups.map((_, i) => i)) });
  const { frames, shapes } = readSvg(svg);
  const texts = [
    ...svg.matchAll(/^<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"[^>]*>([^<]*)</gm),
  ].map(([, x, y, size, content]) => ({ x: Number(x), y: Number(y), size: Number(size), content: content! }));
  const strips = [...svg.matchAll(/<g class="strip"[^>]*><rect x="([\d.]+)" y="([\d.]+)"/g)].map(
    ([, x, y]) => ({
      x: Number(x),
      y: Number(y),
    }),
  );
  expect(strips).toHaveLength(4);
  for (const name of ["RNN", "LSTM"]) {
    const heading = texts.find(({ content }) => content === name)!;
    const label = texts.filter(({ content }) => content.includes("every step"))[name === "RNN" ? 0 : 1]!;
    // The name ends above the words, these above the boxes, these above all marks of their columns.
    expect(heading.y + 4).toBeLessThan(label.y - label.size);
    for (const [i, { x, y }] of strips.entries()) {
      if (i < 2 !== (name === "RNN")) continue;
      expect(label.y).toBeLessThan(y);
      const { left, right, top } = frames.find((frame) => Math.abs(frame.left - x) < 1)!;
      expect(top).toBeGreaterThan(y + 20);
      for (const shape of shapes)
        if (shape.x > left && shape.x < right) expect(shape.y - shape.height / 2).toBeGreaterThan(y + 20);
    }
  }
});

test("marks know what they are for colours: the loss, and activations of states", async () => {
  const { marks } = await viewOf(networks.lstm(), { unroll: 1 });
  const losses = marks.filter(({ loss }) => loss);
  // The output, and the operation that makes it.
  expect(losses.map(({ label }) => label)).toEqual(["−", "loss"]);
  const activations = marks.filter(({ op, panel }) => op === "tanh" && panel !== undefined);
  expect(activations.map(({ pointwise = false }) => pointwise).sort()).toEqual([false, true]);
});

test("without the optimizer its state is left out too, parameters of the network stay", async () => {
  const view = await viewOf([...[models.trainingStep().tensors].flat()], { unroll: 2 });
  const folded = new Set(view.groups.flatMap(({ folded }, i) => (folded ? [i] : [])));
  const { boxes, pictures } = foldView(view, { folded, hidden: ({ optimizer }) => optimizer === true });
  expect(boxes).toHaveLength(view.marks.length);
  const drawn = pictures.flatMap(({ panels, shared }) => [
    ...panels.flatMap(({ marks }) => marks),
    ...shared,
  ]);
  const names = drawn.flatMap(({ kind, label }) => (kind === "parameter" ? label : [])).sort();
  expect(names).toEqual(
    [
      "E",
      "W",
      "b",
      ...["c", "f", "i", "o"].flatMap((gate) => [`W_h${gate}`, `W_x${gate}`, `b_${gate}`]),
    ].sort(),
  );
});
