import { layerOf } from "./step-by-step.ts";
import type { Arc, Vertex } from "./vertex.ts";

/**
 * Takes out what only gathers or arranges: whatever reads it reads what it reads. Vertices stand behind those they read,
 * and stay so.
 */
export function readThrough(
  vertices: readonly Vertex[],
  roots: readonly Vertex[],
  passed: (vertex: Vertex) => boolean,
): Vertex[] {
  const kept = new Set(roots);
  const through = new Set(vertices.filter((vertex) => !kept.has(vertex) && passed(vertex)));
  if (through.size === 0) return [...vertices];
  const arcsOf = new Map<Vertex, readonly Arc[]>();
  for (const vertex of vertices) {
    if (vertex.inputs.some(({ from }) => through.has(from))) {
      const seen = new Set<Vertex>();
      vertex.inputs = vertex.inputs
        .flatMap((arc) =>
          (arcsOf.get(arc.from) ?? [arc]).map((each) => ({ ...each, float: arc.float && each.float })),
        )
        .filter(({ from }) => !seen.has(from) && seen.add(from));
    }
    if (vertex.carry && through.has(vertex.carry.from)) {
      const [only] = arcsOf.get(vertex.carry.from) ?? vertex.carry.from.inputs;
      if (only) vertex.carry = { ...vertex.carry, from: only.from };
    }
    if (through.has(vertex)) arcsOf.set(vertex, vertex.inputs);
  }
  return vertices.filter((vertex) => !through.has(vertex));
}

/** Whether a vertex stands for all steps of something that is drawn step by step. */
export const isStack = ({ kind, node, rows }: Vertex): boolean =>
  kind === "operator" && node === undefined && rows !== undefined;

/** Whether a vertex only turns or picks, outside of any layer. */
export const isTurning = ({ node, groups, inputs, step }: Vertex): boolean => {
  if (!node || step !== undefined) return false;
  if (node.op.name === "transpose" && (!layerOf(groups) || inputs[0]?.from.kind === "parameter")) return true;
  if (layerOf(groups)) return false;
  return node.op.name === "take" && inputs[1]?.from.kind === "literal" && node.inputs[1]!.shape.length === 0;
};
