import { type GridEdge, type GridNode, type GridPanel, gridDiagram } from "@org/viz";

const sizes = [3, 4, 2];
const names = ["input", "hidden", "output"];

/** Units in columns, every one joined to all of the next layer. */
function units(joined: boolean): { nodes: GridNode[]; edges: GridEdge[] } {
  const nodes = sizes.flatMap((size, layer) =>
    Array.from({ length: size }, (_, i): GridNode => {
      const row = i + (4 - size) / 2;
      return { id: `${layer} ${i}`, kind: "operator", column: layer, row };
    }),
  );
  const edges = nodes.flatMap(({ id, column }) =>
    nodes.filter((to) => joined && to.column === column + 1).map((to): GridEdge => ({ from: id, to: to.id })),
  );
  return { nodes, edges };
}

const boxes = (place: (i: number) => { column: number; row: number }): GridNode[] =>
  names.map((label, i) => ({ id: label, label, ...place(i) }));

const line: readonly GridEdge[] = [
  { from: "input", to: "hidden" },
  { from: "hidden", to: "output" },
];

function unrolled(): { nodes: GridNode[]; edges: GridEdge[] } {
  const steps = [0, 1, 2];
  return {
    nodes: steps.flatMap((t) =>
      ["x", "h", "y"].map((name, row): GridNode => {
        const label = `${name}${"₀₁₂"[t]}`;
        return { id: label, label, column: t, row, kind: name === "h" ? "cell" : "variable" };
      }),
    ),
    edges: steps.flatMap((t): GridEdge[] => {
      const at = "₀₁₂"[t]!;
      const before = t > 0 ? [{ from: `h${"₀₁₂"[t - 1]}`, to: `h${at}` }] : [];
      return [{ from: `x${at}`, to: `h${at}` }, { from: `h${at}`, to: `y${at}` }, ...before];
    }),
  };
}

/** Six steps from a network of units to one over time. Source: SuperDataScience, "Recurrent neural networks". */
export function annToRnn(): string {
  const upwards = (i: number): { column: number; row: number } => ({ column: 0, row: i });
  const panels: GridPanel[] = [
    { title: "1. a feed-forward network", ...units(true) },
    { title: "2. squash its layers", nodes: boxes((i) => ({ column: i, row: 0 })), edges: line },
    { title: "3. turn it", nodes: boxes(upwards), edges: line },
    {
      title: "4. let time run: a loop",
      nodes: boxes(upwards),
      edges: [...line, { from: "hidden", to: "hidden", label: "t − 1" }],
    },
    { title: "5. unroll the loop", ...unrolled() },
    {
      title: "6. what one step is",
      nodes: [
        { id: "before", label: "hₜ₋₁", kind: "variable", column: 0, row: 1 },
        { id: "x", label: "xₜ", kind: "variable", column: 1, row: 0 },
        { id: "h", label: "tanh", column: 1, row: 1 },
        { id: "after", label: "hₜ", kind: "variable", column: 2, row: 1 },
        { id: "y", label: "yₜ", kind: "variable", column: 1, row: 2 },
      ],
      edges: [
        { from: "before", to: "h" },
        { from: "x", to: "h" },
        { from: "h", to: "after" },
        { from: "h", to: "y" },
      ],
    },
  ];
  return gridDiagram(panels, { perRow: 3, pitch: [84, 62] });
}
