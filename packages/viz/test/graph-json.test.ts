import { type GraphJson, renderSvg, toJson } from "@org/viz";
import { describe, expect, test } from "vitest";
import * as networks from "./networks.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

describe.each([
  ["every operation", networks.lstm, { unroll: 3, gradients: true }],
  ["rolled", networks.gru, {}],
  ["cells", networks.bidirectional, { unroll: 3, detail: "cell" }],
  ["layers", networks.deepLstm, { detail: "layer" }],
  ["gradients as graphs", networks.withGradients, { unroll: 2 }],
] as const)("%s", (_, draw, options) => {
  test("comes back as the same picture, through text too", async () => {
    const json = JSON.stringify(toJson(draw(), options));
    expect(JSON.stringify(toJson(draw(), options))).toBe(json);
    expect(await renderSvg(JSON.parse(json) as GraphJson, options)).toBe(await renderSvg(draw(), options));
  });
});

test("nodes have what the user knows them by", () => {
  const { nodes, columns, edges } = toJson(networks.rnn(), { unroll: 1 });
  const state = nodes.find(({ label }) => label === "s₀")!;
  expect(state).toMatchObject({ kind: "variable", shape: [32, 16], dtype: "f32", caption: "32×16" });
  expect(state.source).toMatch(/^networks\.ts:\d+/);
  expect(columns!.map(({ title }) => title)).toContain("t = 0");
  expect(edges.some(({ to }) => to === state.id)).toBe(true);
});

test("a graph written by hand, with whatever names", async () => {
  const names = [
    "<script>alert(1)</script>",
    'a "quoted" & \\ name',
    "שלום עולם",
    "👩‍👩‍👧 emoji",
    "\u0000\ud800",
    "x".repeat(300),
  ];
  const nodes = names.map((id, i) => ({ id, kind: "variable" as const, column: i % 3 }));
  const edges = names.slice(1).map((to, i) => ({ from: names[i]!, to }));
  const columns = [0, 1, 2].map((i) => ({ title: `<b>${i}</b>` }));
  const svg = await renderSvg({ nodes, edges, columns }, { gradients: true });
  expect(svg).not.toMatch(/<script|<b>/);
  expect(svg).toContain("&lt;script&gt;");
  expect(svg).toContain("שלום עולם");
  const drawing = readSvg(svg);
  expect(drawing.shapes).toHaveLength(names.length);
  expect(drawing.frames).toHaveLength(3);
  expect(problemsOf(drawing).filter((problem) => !problem.startsWith("a text leaves"))).toEqual([]);
});

test.each<[string, unknown, RegExp]>([
  [
    "a circle",
    { nodes: ["a", "b", "c"], edges: ["a b", "b c", "c b"] },
    /a circle, "b" → "c" → "b"; .* carry: true/,
  ],
  ["a node that reads itself", { nodes: ["a"], edges: ["a a"] }, /a circle, "a" → "a"/],
  ["an unknown name", { nodes: ["a"], edges: ["a nobody"] }, /an unknown node: "nobody"/],
  ["two of one name", { nodes: ["a", "a"], edges: [] }, /two nodes have the id "a"/],
])("%s is refused", async (_, graph, problem) => {
  const { nodes, edges } = graph as { nodes: string[]; edges: string[] };
  const given = {
    nodes: nodes.map((id) => ({ id })),
    edges: edges.map((ends) => ({ from: ends.split(" ")[0]!, to: ends.split(" ")[1]! })),
  };
  await expect(renderSvg(given)).rejects.toThrow(RangeError);
  await expect(renderSvg(given)).rejects.toThrow(problem);
});

test("other bad data is refused", async () => {
  const refused = (graph: unknown, problem: RegExp) =>
    expect(renderSvg(graph as GraphJson)).rejects.toThrow(problem);
  await refused(
    { nodes: [{ id: "a", column: 9_999 }], edges: [] },
    /10000 columns are too many to draw; at most 2000/,
  );
  await refused({ nodes: [{ id: "a", column: -1 }], edges: [] }, /no column of that number: -1/);
  await refused({ nodes: [{ id: 7 }], edges: [] }, /a node needs an id/);
  await refused({ nodes: [{ id: "a", kind: "evil" }], edges: [] }, /unknown kind "evil"/);
  await refused({ nodes: {}, edges: [] }, /expected \{ nodes: \[\.\.\.\], edges: \[\.\.\.\] \}/);
  await refused(
    {
      nodes: [
        { id: "a", key: "k" },
        { id: "b", key: "k" },
      ],
      edges: [],
    },
    /two nodes of column 0 have the key "k"/,
  );
});

test("a state may go back to its beginning", async () => {
  const nodes = [
    { id: "before", kind: "variable" as const },
    { id: "after", kind: "variable" as const },
  ];
  const edges = [
    { from: "before", to: "after" },
    { from: "after", to: "before", carry: true },
  ];
  expect(readSvg(await renderSvg({ nodes, edges })).lines).toHaveLength(2);
});

test("what lists carry beside their elements is passed over", async () => {
  const list = <T>(...elements: T[]): T[] =>
    Object.assign(elements, { constructor: {}, map: 1, reduce: "x" });
  const [nodes, edges] = [list({ id: "a" }, { id: "b" }), list({ from: "a", to: "b" })];
  const columns = list({ title: "t" });
  const plain = { nodes: [...nodes], edges: [...edges], columns: [...columns] };
  expect(await renderSvg({ nodes, edges, columns })).toBe(await renderSvg(plain));
});
