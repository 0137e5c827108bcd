import { findRepeats } from "./repeats.ts";
import type { Arc, Traced, Vertex } from "./vertex.ts";

const isLeaf = ({ inputs, kind }: Vertex): boolean => inputs.length === 0 && kind !== "more";

/** Draws what repeats, piece by piece, as one box that says how often: `⊙ → tanh ×2,500`. */
export function foldRepeats(graph: Traced): Traced {
  const { vertices, roots } = graph;
  const inner = vertices.filter((vertex) => !isLeaf(vertex));
  const members = new Map<Vertex, number>();
  const boxes: { readonly vertices: readonly Vertex[]; readonly label: string }[] = [];
  for (const { from, to, label } of findRepeats(inner, new Set(roots))) {
    const run = inner.slice(from, to);
    // Time columns stay what they are.
    if (run.some(({ step, kind }) => step !== undefined || kind === "more")) continue;
    for (const vertex of run) members.set(vertex, boxes.length);
    boxes.push({ vertices: run, label });
  }
  return boxes.length === 0 ? graph : merged(graph, members, boxes);
}

function merged(
  { vertices, roots, flowing }: Traced,
  members: ReadonlyMap<Vertex, number>,
  boxes: readonly { readonly vertices: readonly Vertex[]; readonly label: string }[],
): Traced {
  const made = new Map<Vertex, Vertex>();
  const flows = new Set<Arc>();
  const kept: Vertex[] = [];
  const copyArcs = (of: readonly Vertex[], own: ReadonlySet<Vertex>): Arc[] => {
    const arcs = new Map<Vertex, Arc>();
    for (const { inputs } of of) {
      for (const arc of inputs) {
        if (own.has(arc.from)) continue;
        const from = made.get(arc.from)!;
        const copy = arcs.get(from) ?? { ...arc, from };
        arcs.set(from, copy);
        if (flowing.has(arc)) flows.add(copy);
      }
    }
    return [...arcs.values()];
  };
  for (const vertex of vertices) {
    const box = members.get(vertex);
    if (box === undefined) {
      const copy = { ...vertex, inputs: copyArcs([vertex], new Set()) };
      if (vertex.carry) copy.carry = { ...vertex.carry };
      made.set(vertex, copy);
      kept.push(copy);
      continue;
    }
    const { vertices: run, label } = boxes[box]!;
    if (vertex !== run.at(-1)) continue;
    const own = new Set(run);
    const copy: Vertex = {
      ...vertex,
      kind: "cell",
      label,
      key: `r${box}`,
      groups: [],
      inputs: copyArcs(run, own),
    };
    for (const each of run) made.set(each, copy);
    kept.push(copy);
  }
  for (const vertex of kept) {
    if (!vertex.carry) continue;
    const carry = { ...vertex.carry, from: made.get(vertex.carry.from)! };
    if (flowing.has(vertex.carry)) flows.add(carry);
    vertex.carry = carry;
  }
  return { vertices: kept, roots: roots.map((root) => made.get(root)!), flowing: flows };
}

/** The last vertices before the outputs, `most` of them, and one mark for all that comes before. */
export function keepLast({ vertices, roots, flowing }: Traced, most: number): Traced {
  const inner = vertices.filter((vertex) => !isLeaf(vertex));
  if (vertices.length <= most) return { vertices, roots, flowing };
  // Half of the marks for what is read beside them.
  const kept = new Set(inner.slice(-Math.max(1, Math.floor(most / 2))));
  const [like] = inner;
  const count = inner.length - kept.size;
  const more: Vertex = {
    ...like!,
    kind: "more",
    label: "⋯",
    caption: `${count.toLocaleString("en")} more`,
    key: "earlier",
    inputs: [],
    node: undefined,
    tensor: undefined,
    stage: 0,
    step: undefined,
    fixed: true,
    groups: [],
  };
  const made = new Map<Vertex, Vertex>();
  const flows = new Set<Arc>();
  const result: Vertex[] = [more];
  let leaves = 0;
  const standsFor = (vertex: Vertex): Vertex => {
    const known = made.get(vertex);
    if (known) return known;
    if (!isLeaf(vertex) || leaves >= most / 2) return more;
    leaves++;
    made.set(vertex, vertex);
    result.push(vertex);
    return vertex;
  };
  for (const vertex of inner) {
    if (!kept.has(vertex)) continue;
    const arcs = new Map<Vertex, Arc>();
    for (const arc of vertex.inputs) {
      const from = standsFor(arc.from);
      const copy = arcs.get(from) ?? { ...arc, from };
      arcs.set(from, copy);
      if (flowing.has(arc)) flows.add(copy);
    }
    const { carry: _, ...rest } = vertex;
    const copy: Vertex = { ...rest, inputs: [...arcs.values()] };
    made.set(vertex, copy);
    result.push(copy);
  }
  const ends = new Set(roots.map(standsFor));
  return { vertices: result, roots: [...ends], flowing: flows };
}
