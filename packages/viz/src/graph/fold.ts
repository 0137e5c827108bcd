import type { Arc, Group, Vertex } from "./vertex.ts";

/** How much of a graph is drawn: every operation, steps of loops as cells, or whole loops and layers. */
export type Detail = "op" | "cell" | "layer";

/** A graph on its way to a picture. */
export interface Traced {
  readonly vertices: readonly Vertex[];
  readonly roots: readonly Vertex[];
  /** Arcs that a gradient flows back along. */
  readonly flowing: ReadonlySet<Arc>;
}

/** Functions of several operations that are one box where every operation is drawn. */
export const functionNames: readonly string[] = ["softmax", "logSoftmax", "crossEntropy"];

/**
 * Draws groups as one vertex each: steps of loops, layers, what the user named; at the detail "op" those of the names
 * `folded`. Groups that others run through stay.
 */
export function fold(graph: Traced, detail: Detail, folded: readonly string[]): Traced {
  const cells = detail !== "op";
  const chosen = cells ? chooseGroups(graph.vertices, detail) : chooseNamed(graph.vertices, folded);
  if (chosen.size === 0 && !cells) return graph;
  for (;;) {
    const contracted = contract(graph, chosen, cells);
    if (contracted.open.size === 0)
      return detail === "layer" ? foldRepeated(contracted.graph) : contracted.graph;
    // A way leads out of these groups and back: they cannot be one vertex.
    for (const [vertex, group] of chosen) if (contracted.open.has(group.id)) chosen.delete(vertex);
  }
}

/** The outermost group of those names. */
export const namedGroup = (groups: readonly Group[], names: readonly string[]): Group | undefined =>
  groups.find(({ name, cell }) => !cell && names.includes(name.replace(/^∂ /, "")));

/** Operations in groups of those names, and the numbers and constants that nothing else reads. */
function chooseNamed(vertices: readonly Vertex[], names: readonly string[]): Map<Vertex, Group> {
  const chosen = new Map<Vertex, Group>();
  if (names.length === 0) return chosen;
  for (const vertex of vertices) {
    const group = vertex.inputs.length > 0 ? namedGroup(vertex.groups, names) : undefined;
    if (group && vertex.kind !== "more") chosen.set(vertex, group);
  }
  const counts = new Map<string, number>();
  for (const { id } of chosen.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [vertex, { id }] of chosen) if (counts.get(id) === 1) chosen.delete(vertex);
  return ownLeaves(vertices, chosen, ({ kind }) => kind !== "parameter");
}

/** The group as which a vertex is drawn, where it is. */
function chooseGroups(vertices: readonly Vertex[], detail: Detail): Map<Vertex, Group> {
  const loops = new Map<string, Set<string>>();
  for (const { groups, kind, key } of vertices) {
    const cell = groups.find((group) => group.cell)?.key ?? (kind === "loop" ? key : undefined);
    if (cell === undefined) continue;
    for (const { id } of groups) loops.set(id, (loops.get(id) ?? new Set()).add(cell));
  }
  const chosen = new Map<Vertex, Group>();
  for (const vertex of vertices) {
    const { groups, kind } = vertex;
    if (kind === "more" || vertex.slice) continue;
    const most = detail === "layer" ? 1 : 0;
    const inCell = groups.find((group) => group.cell);
    const group = inCell ?? groups.find(({ id }) => (loops.get(id)?.size ?? 0) <= most);
    const leaf = vertex.inputs.length === 0 && !inCell;
    if (group && !leaf) chosen.set(vertex, group);
    else if (kind === "loop")
      chosen.set(vertex, { id: vertex.key, key: vertex.key, name: "cell", cell: false });
  }
  return ownLeaves(vertices, chosen);
}

/** Parameters and constants that only corresponding groups read belong to them. */
function ownLeaves(
  vertices: readonly Vertex[],
  chosen: Map<Vertex, Group>,
  owned: (leaf: Vertex) => boolean = () => true,
): Map<Vertex, Group> {
  const readers = new Map<Vertex, Set<Group | undefined>>();
  for (const vertex of vertices) {
    for (const { from } of vertex.inputs) {
      if (!isLeaf(from) || !owned(from)) continue;
      readers.set(from, (readers.get(from) ?? new Set()).add(chosen.get(vertex)));
    }
  }
  for (const [leaf, groups] of readers) {
    const [first] = groups;
    if (first && [...groups].every((group) => group?.key === first.key)) chosen.set(leaf, first);
  }
  return chosen;
}

interface Contracted {
  readonly graph: Traced;
  /** Groups that a way leads out of and back into. */
  readonly open: ReadonlySet<string>;
}

/** `cells` is whether vertices of steps become cells: then places where gradients are cut are told by lines. */
function contract(
  { vertices, roots, flowing }: Traced,
  chosen: ReadonlyMap<Vertex, Group>,
  cells: boolean,
): Contracted {
  const members = new Map<string, Vertex[]>();
  for (const [vertex, { id, cell }] of chosen) {
    const of = members.get(id) ?? [];
    // What every step has is drawn in none of them.
    if (!cell || !isLeaf(vertex)) of.push(vertex);
    members.set(id, of);
  }
  const made = new Map<Vertex, Vertex>();
  const arcs = new Map<Vertex, Arc[]>();
  const add = (of: readonly Vertex[], like: Omit<Vertex, "inputs">): void => {
    const inputs: Arc[] = [];
    const vertex: Vertex = { ...like, inputs };
    arcs.set(vertex, inputs);
    for (const each of of) made.set(each, vertex);
  };
  const inGroups = new Set<string>();
  const places = new Map(vertices.map((vertex, i) => [vertex, i]));
  for (const vertex of vertices) {
    const group = chosen.get(vertex);
    if (!group)
      add(
        [vertex],
        cells && vertex.kind === "more" ? { ...vertex, key: vertex.key.replace(/ more$/, "") } : vertex,
      );
    else if (!inGroups.has(group.id)) {
      inGroups.add(group.id);
      const of = members.get(group.id)!;
      if (of.length > 0)
        add(
          of,
          groupVertex(
            group,
            [...of].sort((a, b) => places.get(a)! - places.get(b)!),
          ),
        );
    }
  }
  const cut = cells ? cutStates(vertices) : new Set<Vertex>();
  const flows = new Set<Arc>();
  const joins = new Map<Vertex, Map<Vertex, Arc>>();
  for (const vertex of vertices) {
    const to = made.get(vertex);
    if (!to) continue;
    const known = arcs.get(to)!;
    const joined = joins.get(to) ?? new Map<Vertex, Arc>();
    joins.set(to, joined);
    const join = (arc: Arc): void => {
      if (cells && vertex.kind === "more" && isLeaf(arc.from)) return;
      const from = made.get(arc.from);
      if (!from || from === to) return;
      const same = joined.get(from);
      const one = same ?? { from, float: arc.float, ...(cut.has(vertex) && { cut: true }) };
      if (!same) known.push(one);
      joined.set(from, one);
      if (flowing.has(arc)) flows.add(one);
    };
    vertex.inputs.forEach(join);
    const from = vertex.carry && made.get(vertex.carry.from);
    if (!from) continue;
    to.carry = { ...vertex.carry!, from };
    if (flowing.has(vertex.carry!)) flows.add(to.carry);
  }
  const { sorted, open } = inTopologicalOrder([...new Set(made.values())]);
  const names = new Set([...chosen.values()].filter(({ id }) => open.has(id)).map(({ id }) => id));
  return {
    graph: {
      vertices: cells || open.size > 0 ? sorted : inOldOrder(vertices, made),
      roots: roots.map((root) => made.get(root)!),
      flowing: flows,
    },
    open: names,
  };
}

const isLeaf = ({ kind, inputs, node }: Vertex): boolean =>
  kind === "literal" || (inputs.length === 0 && node !== undefined && node.op.name !== "input");

/** States that only go on through a place where gradients are cut. */
function cutStates(vertices: readonly Vertex[]): Set<Vertex> {
  const readers = new Map<Vertex, boolean>();
  for (const { kind, inputs } of vertices) {
    for (const { from } of inputs) readers.set(from, (readers.get(from) ?? true) && kind === "cut");
  }
  return new Set([...readers].flatMap(([vertex, all]) => (all ? [vertex] : [])));
}

/** The vertex of a group: of the last of its members, which is what others read of it. */
function groupVertex(group: Group, of: readonly Vertex[]): Omit<Vertex, "inputs"> {
  const last = of.findLast(({ tensor, kind }) => tensor && kind !== "parameter") ?? of.at(-1)!;
  const loop = of.find(({ kind }) => kind === "loop");
  const { inputs: _, rows: __, rest: ___, carry: ____, slice: _____, ...rest } = last;
  return {
    ...rest,
    stage: of.reduce((stage, vertex) => Math.max(stage, vertex.stage), 0),
    step: of.find(({ step }) => step !== undefined)?.step,
    fixed: of.some(({ fixed }) => fixed),
    kind: loop ? "loop" : "cell",
    label: group.name,
    caption: loop ? loop.caption : last.caption,
    key: group.key,
    groups: [group],
    derived: of.every(({ derived }) => derived),
  };
}

/** As the vertices that they were made of stood, a group where its last one stood or where it is first read. */
function inOldOrder(vertices: readonly Vertex[], made: ReadonlyMap<Vertex, Vertex>): Vertex[] {
  const wanted = [...new Set(vertices.toReversed().flatMap((vertex) => made.get(vertex) ?? []))];
  const placed = new Set<Vertex>();
  // The last of the stack comes next, after what it reads.
  for (let next = wanted.at(-1); next; next = wanted.at(-1)) {
    const missing = placed.has(next) ? [] : next.inputs.flatMap(({ from }) => (placed.has(from) ? [] : from));
    if (missing.length > 0) wanted.push(...missing.reverse());
    else placed.add(wanted.pop()!);
  }
  return [...placed];
}

/** Vertices behind those they read; where that cannot be, the ids of groups on the way around. */
function inTopologicalOrder(vertices: readonly Vertex[]): { sorted: Vertex[]; open: Set<string> } {
  const missing = new Map(vertices.map((vertex) => [vertex, vertex.inputs.length]));
  const readers = new Map<Vertex, Vertex[]>();
  for (const vertex of vertices) {
    for (const { from } of vertex.inputs) {
      const known = readers.get(from);
      if (known) known.push(vertex);
      else readers.set(from, [vertex]);
    }
  }
  const sorted = vertices.filter((vertex) => vertex.inputs.length === 0);
  for (const vertex of sorted) {
    for (const reader of readers.get(vertex) ?? []) {
      const left = missing.get(reader)! - 1;
      missing.set(reader, left);
      if (left === 0) sorted.push(reader);
    }
  }
  const placed = new Set(sorted);
  const stuck = vertices.filter((vertex) => !placed.has(vertex));
  const open = stuck.flatMap(({ kind, groups }) => (kind === "cell" || kind === "loop" ? groups : []));
  return { sorted, open: new Set(open.map(({ id }) => id)) };
}

/** Layers of one kind in a row, each reading only the one before, become one that says how many they are. */
function foldRepeated({ vertices, roots, flowing }: Traced): Traced {
  const readers = new Map<Vertex, number>();
  for (const { inputs } of vertices) {
    for (const { from } of inputs) readers.set(from, (readers.get(from) ?? 0) + 1);
  }
  const heads = new Map<Vertex, Vertex>();
  const counts = new Map<Vertex, number>();
  for (const vertex of vertices) {
    const [only, ...others] = vertex.inputs;
    const before = only?.from;
    const alike = before && isGroup(before) && isGroup(vertex) && vertex.label === before.label;
    const repeats = alike && vertex.caption === before.caption && others.length === 0;
    if (!repeats || readers.get(before) !== 1 || roots.includes(before)) continue;
    const head = heads.get(before) ?? before;
    heads.set(vertex, head);
    counts.set(head, (counts.get(head) ?? 1) + 1);
  }
  const made = new Map<Vertex, Vertex>();
  const flows = new Set<Arc>();
  const kept = vertices.flatMap((vertex) => {
    const head = heads.get(vertex);
    if (head) {
      made.set(vertex, made.get(head)!);
      return [];
    }
    const count = counts.get(vertex);
    const inputs = vertex.inputs.map((arc) => {
      const arcMade = { ...arc, from: made.get(arc.from)! };
      if (flowing.has(arc)) flows.add(arcMade);
      return arcMade;
    });
    const label = count ? `${vertex.label} ×${count}` : vertex.label;
    const copy = { ...vertex, inputs, label };
    made.set(vertex, copy);
    return [copy];
  });
  return { vertices: kept, roots: roots.map((root) => made.get(root)!), flowing: flows };
}

const isGroup = ({ kind }: Vertex): boolean => kind === "cell" || kind === "loop";
