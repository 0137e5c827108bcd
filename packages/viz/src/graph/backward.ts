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
  // What a step passes on to itself may make its own state vary.
  for (let size = -1; size < varied.size; ) {
    size = varied.size;
    for (const vertex of vertices) {
      const arcs = vertex.carry ? [...vertex.inputs, vertex.carry] : vertex.inputs;
      if (arcs.some((arc) => carries(vertex, arc))) varied.add(vertex);
    }
    if (!vertices.some(({ carry }) => carry)) break;
  }

  const reached = new Set(roots);
  const arcs = new Set<Arc>();
  for (let size = -1; size < reached.size; ) {
    size = reached.size;
    for (const vertex of vertices.toReversed()) {
      if (!reached.has(vertex)) continue;
      for (const arc of vertex.carry ? [...vertex.inputs, vertex.carry] : vertex.inputs) {
        if (!carries(vertex, arc)) continue;
        arcs.add(arc);
        reached.add(arc.from);
      }
    }
    if (!vertices.some(({ carry }) => carry)) break;
  }
  return arcs;
}
