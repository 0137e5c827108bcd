import { type GridEdge, type GridNode, type GridPanel, gridDiagram } from "@org/viz";

/** A network over `steps` steps, reading and writing at some of them. */
function network(
  title: string,
  steps: number,
  reads: readonly number[],
  writes: readonly number[],
): GridPanel {
  const nodes: GridNode[] = [];
  const edges: GridEdge[] = [];
  for (let t = 0; t < steps; t++) {
    nodes.push({ id: `h${t}`, column: t, row: 1, label: "h" });
    if (t > 0) edges.push({ from: `h${t - 1}`, to: `h${t}` });
    if (reads.includes(t)) {
      nodes.push({ id: `x${t}`, column: t, row: 0, label: "x", kind: "variable" });
      edges.push({ from: `x${t}`, to: `h${t}` });
    }
    if (writes.includes(t)) {
      nodes.push({ id: `y${t}`, column: t, row: 2, label: "y", kind: "variable" });
      edges.push({ from: `h${t}`, to: `y${t}` });
    }
  }
  return { title, nodes, edges };
}

/** Source: Karpathy 2015, "The unreasonable effectiveness of recurrent neural networks". */
export const sequenceTypes = (): string =>
  gridDiagram(
    [
      { ...network("one to one", 1, [0], [0]), notes: ["classification"] },
      { ...network("one to many", 3, [0], [0, 1, 2]), notes: ["image captions"] },
      { ...network("many to one", 3, [0, 1, 2], [2]), notes: ["sentiment"] },
      { ...network("many to many", 5, [0, 1, 2], [2, 3, 4]), notes: ["translation"] },
      {
        ...network("many to many, aligned", 3, [0, 1, 2], [0, 1, 2]),
        notes: ["labels of frames, language models"],
      },
    ],
    { pitch: [62, 66] },
  );
