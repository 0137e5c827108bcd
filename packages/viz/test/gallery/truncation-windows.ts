import { type GridEdge, type GridNode, type GridPanel, gridDiagram } from "@org/viz";

/** States in a row, with borders before some of them. */
function chain(title: string, borders: readonly number[]): GridPanel {
  const steps = Array.from({ length: 8 }, (_, t) => t);
  const nodes = steps.flatMap((t): GridNode[] => [
    { id: `h${t}`, label: `h${"₀₁₂₃₄₅₆₇"[t]}`, column: t, row: 0 },
    { id: `e${t}`, label: `L${"₀₁₂₃₄₅₆₇"[t]}`, kind: "operator", column: t, row: 1 },
  ]);
  const edges = steps.flatMap((t): GridEdge[] => [
    { from: `h${t}`, to: `e${t}`, kind: "both" },
    ...(t > 0
      ? [{ from: `h${t - 1}`, to: `h${t}`, kind: borders.includes(t) ? ("cut" as const) : ("both" as const) }]
      : []),
  ]);
  const starts = [0, ...borders];
  const windows = starts.map((from, i) => {
    const to = (starts[i + 1] ?? steps.length) - 1;
    return { from, to, title: borders.length > 0 ? `window ${i + 1}` : "the whole sequence" };
  });
  return { title, nodes, edges, windows };
}

export const truncationWindows = (): string =>
  gridDiagram(
    [
      chain("through the whole sequence", []),
      {
        ...chain("truncated: windows of 4 steps", [4]),
        notes: ["red: gradients; at the border only the value goes on"],
      },
    ],
    { perRow: 1, pitch: [88, 70] },
  );
