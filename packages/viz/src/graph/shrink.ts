import type { Traced } from "./fold.ts";
import type { Arc, Vertex } from "./vertex.ts";

/** The longest pattern that is looked for, in pieces. */
const LONGEST = 12;
/** How often a pattern repeats before it is one box. */
const LEAST = 3;

/** Some vertices in a row, behind which nothing but the last of them is read. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly sign: string;
}

const isLeaf = ({ inputs, kind }: Vertex): boolean => inputs.length === 0 && kind !== "more";

/** Draws what repeats, piece by piece, as one box that says how often: `⊙ → tanh ×2,500`. */
export function foldRepeats(graph: Traced): Traced {
  const { vertices, roots } = graph;
  const inner = vertices.filter((vertex) => !isLeaf(vertex));
  const pieces = piecesOf(inner, new Set(roots));
  const members = new Map<Vertex, number>();
  const boxes: { readonly vertices: readonly Vertex[]; readonly label: string }[] = [];
  for (let i = 0; i < pieces.length; ) {
    const { period, count } = repetition(pieces, i);
    if (count < LEAST) {
      i++;
      continue;
    }
    const run = inner.slice(pieces[i]!.from, pieces[i + period * count - 1]!.to + 1);
    // Time columns stay what they are.
    if (run.every(({ step, kind }) => step === undefined && kind !== "more")) {
      for (const vertex of run) members.set(vertex, boxes.length);
      const unit = inner.slice(pieces[i]!.from, pieces[i + period - 1]!.to + 1);
      boxes.push({ vertices: run, label: `${unitLabel(unit)} ×${count.toLocaleString("en")}` });
    }
    i += period * count;
  }
  return boxes.length === 0 ? graph : merged(graph, members, boxes);
}

const unitLabel = (unit: readonly Vertex[]): string => {
  const labels = unit.map(({ label }) => label);
  return labels.length > 3 ? `${labels.slice(0, 2).join(" → ")} → …` : labels.join(" → ");
};

/** Cuts the vertices where only the last one is read by what comes behind. */
function piecesOf(inner: readonly Vertex[], roots: ReadonlySet<Vertex>): Piece[] {
  const places = new Map(inner.map((vertex, i) => [vertex, i]));
  const lastReader = inner.map((vertex) => (roots.has(vertex) ? inner.length : -1));
  inner.forEach((vertex, i) => {
    for (const { from } of vertex.inputs) {
      const at = places.get(from);
      if (at !== undefined) lastReader[at] = Math.max(lastReader[at]!, i);
    }
  });
  const pieces: Piece[] = [];
  let reach = -1;
  let from = 0;
  inner.forEach((_, i) => {
    if (reach <= i) {
      pieces.push({ from, to: i, sign: signOf(inner, from, i, places) });
      from = i + 1;
    }
    reach = Math.max(reach, lastReader[i]!);
  });
  return pieces;
}

const signOf = (
  inner: readonly Vertex[],
  from: number,
  to: number,
  places: ReadonlyMap<Vertex, number>,
): string =>
  inner
    .slice(from, to + 1)
    .map(({ kind, label, caption, inputs }, i) => {
      const reads = inputs.map((arc) => {
        const at = places.get(arc.from);
        return at === undefined ? arc.from.kind : from + i - at;
      });
      return `${kind} ${label} ${caption} ${reads.join(",")}`;
    })
    .join("\n");

/** The pattern at a place that covers most, and how often it comes. */
function repetition(pieces: readonly Piece[], at: number): { period: number; count: number } {
  let best = { period: 1, count: 1 };
  for (let period = 1; period <= LONGEST; period++) {
    let end = at + period;
    while (end < pieces.length && pieces[end]!.sign === pieces[end - period]!.sign) end++;
    const count = Math.floor((end - at) / period);
    if (count >= LEAST && count * period > best.count * best.period) best = { period, count };
  }
  return best;
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
