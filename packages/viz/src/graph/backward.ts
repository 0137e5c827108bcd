import type { Arc, Vertex } from "./vertex.ts";

/**
 * The arcs that a gradient flows along, from `roots` back to the parameters (without any, to everything that is fed):
 * what lies on a path between the two, through floats and differentiable ops alone.
 */
export function gradientArcs(vertices: readonly Vertex[], roots: Iterable<Vertex>): Set<Arc> {
  const parameters = vertices.filter(({ kind }) => kind === "parameter");
  const fed = vertices.filter(({ kind, inputs }) => kind === "variable" && inputs.length === 0);
  const varied = new Set(parameters.length > 0 ? parameters : fed);
  const carries = (vertex: Vertex, { from, float }: Arc): boolean =>
    float && (vertex.node?.op.differentiable ?? true) && varied.has(from);
  for (const vertex of vertices) if (vertex.inputs.some((arc) => carries(vertex, arc))) varied.add(vertex);

  const reached = new Set(roots);
  const arcs = new Set<Arc>();
  for (const vertex of vertices.toReversed()) {
    if (!reached.has(vertex)) continue;
    for (const arc of vertex.inputs) {
      if (!carries(vertex, arc)) continue;
      arcs.add(arc);
      reached.add(arc.from);
    }
  }
  return arcs;
}
