import { type CellName, cellDiagram, gridDiagram } from "@org/viz";
import { describe, expect, test } from "vitest";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const kindsOf = (svg: string): Record<string, string[]> => {
  const { shapes } = readSvg(svg);
  const of = (kind: string): string[] =>
    shapes.flatMap((shape) => (shape.kind === kind ? (shape.texts[0]?.content ?? "") : []));
  return Object.fromEntries(["layer", "operator", "variable"].map((kind) => [kind, of(kind)]));
};

describe.each(["rnn", "lstm", "gru"] as const)("%s", (cell) => {
  test.each(["colah", "d2l", "plain"] as const)("%s, light and dark", (preset) => {
    for (const dark of [false, true]) {
      expect(problemsOf(readSvg(cellDiagram(cell, { preset, dark })))).toEqual([]);
      expect(problemsOf(readSvg(cellDiagram(cell, { preset, dark, focus: "all" })))).toEqual([]);
    }
  });
});

test("an LSTM has three gates, a candidate and two paths of state", () => {
  const { layer, operator, variable } = kindsOf(cellDiagram("lstm"));
  expect(layer!.sort()).toEqual(["tanh", "σ", "σ", "σ"]);
  expect(operator!.sort()).toEqual(["+", "tanh", "×", "×", "×"]);
  expect(variable!.sort()).toEqual(["Cₜ", "Cₜ₋₁", "hₜ", "hₜ", "hₜ₋₁", "xₜ"]);
});

test("frames point out their part: what does not belong to it is pale", () => {
  const frame = cellDiagram("lstm", { focus: "f" });
  const clear = [...frame.matchAll(/<g class="layer" id="[\w-]+">/g)];
  expect(clear).toHaveLength(1);
  expect(frame).toContain("fₜ = σ(xₜ W_xf + hₜ₋₁ W_hf + b_f)");
  const stages = cellDiagram("lstm", { focus: "grow" }).split('class="cell-frame"').slice(1);
  const shown = stages.map((stage) => stage.match(/<g class="(?:layer|operator)" id="[\w-]+">/g)?.length);
  expect(shown).toEqual([3, 4, 7, 9]);
});

test("grids draw what they are given, and refuse what cannot be drawn", () => {
  const nodes = [
    { id: "a", label: "<a>", column: 0, row: 0 },
    { id: "b", column: 1, row: 0, values: [1.25, -3] },
  ];
  const svg = gridDiagram([{ nodes, edges: [{ from: "a", to: "b", kind: "both" }] }]);
  expect(svg).toContain("&lt;a&gt;");
  expect(problemsOf(readSvg(svg))).toEqual([]);
  expect(() => gridDiagram([])).toThrow(/no panels/);
  expect(() => gridDiagram([{ nodes, edges: [{ from: "a", to: "c" }] }])).toThrow(/unknown box: "c"/);
  expect(() => gridDiagram([{ nodes: [...nodes, nodes[0]!], edges: [] }])).toThrow(
    /two boxes have the id "a"/,
  );
  expect(() => cellDiagram("lstm", { focus: "z" })).toThrow(/no focus "z"; known: f, i, C, o/);
  expect(() => cellDiagram("rmm" as CellName)).toThrow(RangeError);
});
