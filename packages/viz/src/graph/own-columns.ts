import type { Vertex } from "./vertex.ts";

/**
 * A parameter's transpose that columns of time read is drawn in each of them, though it is computed once: its line would
 * lead along all of them. Steps that are not shown read the parameter.
 */
export function drawInColumns(vertices: readonly Vertex[], roots: readonly Vertex[]): Vertex[] {
  const kept = new Set(roots);
  const turned = new Set(vertices.filter((vertex) => !kept.has(vertex) && isTurnedParameter(vertex)));
  if (turned.size === 0) return [...vertices];
  const copies = new Map<string, Vertex>();
  const still = new Set<Vertex>();
  const result = vertices.flatMap((vertex): Vertex[] => {
    if (turned.has(vertex)) return [vertex];
    const made: Vertex[] = [];
    vertex.inputs = vertex.inputs.map((arc) => {
      const { from } = arc;
      if (!turned.has(from)) return arc;
      if (vertex.kind === "more") return { ...arc, from: from.inputs[0]!.from };
      if (vertex.step === undefined) {
        still.add(from);
        return arc;
      }
      const name = `${vertex.stage} ${vertex.step} ${from.key}`;
      const known = copies.get(name);
      if (known) return { ...arc, from: known };
      const { stage, step, times, groups } = vertex;
      const own = { stage, step, fixed: true, key: `${stage} ${from.key}`, groups };
      const copy: Vertex = { ...from, ...own, ...(times !== undefined && { times }) };
      copies.set(name, copy);
      made.push(copy);
      return { ...arc, from: copy };
    });
    return [...made, vertex];
  });
  return result.filter((vertex) => !turned.has(vertex) || still.has(vertex));
}

const isTurnedParameter = ({ node, step, after, inputs }: Vertex): boolean =>
  node?.op.name === "transpose" &&
  step === undefined &&
  after === undefined &&
  inputs[0]?.from.kind === "parameter";
