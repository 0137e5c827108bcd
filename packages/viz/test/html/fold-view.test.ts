import { renderHtml } from "@org/viz";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldView } from "../../src/html/fold-view.ts";
import type { View } from "../../src/html/page-data.ts";
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
