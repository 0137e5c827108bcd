import type { Vertex } from "./vertex.ts";

/**
 * Puts the steps of a gradient's loop into the columns of the steps that they are the gradients of: what a step keeps for
 * its gradient then stays in its column, and gradients go from column to column against time.
 */
export function joinColumns(vertices: readonly Vertex[]): void {
  const stages = new Map<number, Vertex[]>();
  for (const vertex of vertices) {
    if (vertex.stage % 2 === 0) continue;
    const known = stages.get(vertex.stage);
    if (known) known.push(vertex);
    else stages.set(vertex.stage, [vertex]);
  }
  for (const [stage, inside] of [...stages].sort(([a], [b]) => a - b)) {
    if (!inside.every(({ derived }) => derived)) continue;
    const forward = stageRead(inside);
    if (forward === undefined) continue;
    const steps = new Set(stages.get(forward)!.map(placeOf));
    if (!inside.every((vertex) => steps.has(placeOf(vertex)))) continue;
    for (const vertex of inside) vertex.stage = forward;
    stages.set(forward, [...stages.get(forward)!, ...inside]);
    stages.delete(stage);
  }
}

/** Which columns of the forward pass are read most by those of the same step. */
function stageRead(inside: readonly Vertex[]): number | undefined {
  const counts = new Map<number, number>();
  for (const vertex of inside) {
    for (const { from } of vertex.inputs) {
      if (from.derived || from.stage % 2 === 0 || placeOf(from) !== placeOf(vertex)) continue;
      counts.set(from.stage, (counts.get(from.stage) ?? 0) + 1);
    }
  }
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/** The column of a vertex: its step, the first of the steps it stands for, or the one that stands for all. */
const placeOf = ({ step, after, times }: Vertex): string => `${step} ${after} ${times}`;
