import { functionNames, namedGroup } from "./functions.ts";
import { several } from "./labels.ts";
import type { Arc, Group, Traced, Vertex } from "./vertex.ts";

export interface Contracted {
  readonly graph: Traced;
  /** Groups that a way leads out of and back into. */
  readonly open: ReadonlySet<string>;
}

/** `cells` is whether vertices of steps become cells: then places where gradients are cut are told by lines. */
export function contract(
  { vertices, roots, flowing }: Traced,
  chosen: ReadonlyMap<Vertex, Group>,
  cells: boolean,
): Contracted {
  const members = new Map<string, Vertex[]>();
  for (const [vertex, { id, cell, whole }] of chosen) {
    const of = members.get(id) ?? [];
    // What every step has is drawn in none of them.
    if (!(cell || whole !== undefined) || !isLeaf(vertex)) of.push(vertex);
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
  const weights = weightsOf(chosen);
  const timedKeys = new Set(
    [...chosen.values()].flatMap(({ whole, key }) => (whole === undefined ? [] : key)),
  );
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
            weights.get(group.key) ?? 0,
            timedKeys.has(group.key),
          ),
        );
    }
  }
  const cut = cells ? cutStates(vertices) : new Set<Vertex>();
  const flows = new Set<Arc>();
  const joins = new Map<Vertex, Map<Vertex, Arc & { cut: boolean }>>();
  for (const vertex of vertices) {
    const to = made.get(vertex);
    if (!to) continue;
    const known = arcs.get(to)!;
    const joined = joins.get(to) ?? new Map<Vertex, Arc & { cut: boolean }>();
    joins.set(to, joined);
    const join = (arc: Arc): void => {
      if (cells && vertex.kind === "more" && isLeaf(arc.from)) return;
      const from = made.get(arc.from);
      if (!from || from === to) return;
      const isCut = cut.has(vertex) || arc.cut === true;
      const one = joined.get(from) ?? { from, float: arc.float, cut: isCut };
      if (!joined.has(from)) known.push(one);
      joined.set(from, one);
      // It is cut where nothing goes around the cut.
      one.cut &&= isCut;
      if (flowing.has(arc)) flows.add(one);
    };
    vertex.inputs.forEach(join);
    const from = vertex.carry && made.get(vertex.carry.from);
    if (!from) continue;
    to.carry = { ...vertex.carry!, from };
    if (flowing.has(vertex.carry!)) flows.add(to.carry);
  }
  const { sorted, open } = inTopologicalOrder([...new Set(made.values())]);
  for (const vertex of sorted) if (inGroups.size > 0) lift(vertex);
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

export const isLeaf = ({ kind, inputs, node }: Vertex): boolean =>
  kind === "literal" || (inputs.length === 0 && node !== undefined && node.op.name !== "input");

/** States that only go on through a place where gradients are cut. */
function cutStates(vertices: readonly Vertex[]): Set<Vertex> {
  const readers = new Map<Vertex, boolean>();
  for (const { kind, inputs } of vertices) {
    for (const { from } of inputs) readers.set(from, (readers.get(from) ?? true) && kind === "cut");
  }
  return new Set([...readers].flatMap(([vertex, all]) => (all ? [vertex] : [])));
}

/** How many numbers the parameters of each layer have. */
function weightsOf(chosen: ReadonlyMap<Vertex, Group>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [{ kind, tensor }, { key }] of chosen) {
    if (kind !== "parameter") continue;
    const size = tensor!.shape.reduce((product, length) => product * length, 1);
    counts.set(key, (counts.get(key) ?? 0) + size);
  }
  return counts;
}

function boxTexts(
  { name, whole, cell }: Group,
  of: readonly Vertex[],
  last: Vertex,
  loop: Vertex | undefined,
  weights: number,
  timed: boolean,
): Pick<Vertex, "label" | "caption"> {
  if (name === "optimizer") return optimizerTexts(of);
  const step = cell || whole !== undefined;
  const after = of.filter(({ inputs }) => inputs.length > 0);
  // What is left of a loss whose parts stand in the columns of time.
  const totals =
    timed && !step && after.length > 0 && after.every(({ node }) => totalling.has(node?.op.name ?? ""));
  const total = after.some(({ node }) => node?.op.name === "div") ? "mean" : "sum";
  const label = totals ? (name.startsWith("∂ ") ? `∂ ${total}` : total) : name;
  const size = loop ? loop.caption : last.caption;
  const count = weights > 0 && !step ? several(weights, "weight") : "";
  return { label, caption: [size, count].filter(Boolean).join(" · ") };
}

const totalling: ReadonlySet<string> = new Set(["sum", "div", "mul", "stack"]);

/** `Adam ×15`: the last of the transforms, and how many parameters it changes; those before it below. */
function optimizerTexts(of: readonly Vertex[]): Pick<Vertex, "label" | "caption"> {
  const names = [
    ...new Set(of.flatMap(({ groups }) => groups[groups.findIndex(isOptimizer) + 1]?.name ?? [])),
  ];
  const changed = of.filter(({ groups }) => groups.at(-1)?.name === "optimizer" && groups.length > 0);
  const count = changed.filter(({ kind, node }) => kind !== "parameter" && node?.op.name === "add").length;
  const label = names.at(-1) ?? "optimizer";
  return { label: count > 1 ? `${label} ×${count}` : label, caption: names.slice(0, -1).join(" → ") };
}

const isOptimizer = ({ name }: Group): boolean => name === "optimizer";

/** A box outside of columns lies behind all it reads, as early as that is. */
function lift(vertex: Vertex): void {
  const { kind, step, after, inputs, stage } = vertex;
  if ((kind !== "cell" && kind !== "loop") || step !== undefined || after !== undefined || stage % 2 === 1)
    return;
  vertex.stage = inputs.reduce(
    (least, { from }) => Math.max(least, from.stage % 2 === 1 ? from.stage + 1 : from.stage),
    stage,
  );
}

/** The vertex of a group: of the last of its members, which is what others read of it. */
function groupVertex(
  group: Group,
  of: readonly Vertex[],
  weights: number,
  timed: boolean,
): Omit<Vertex, "inputs"> {
  const last = of.findLast(({ tensor, kind }) => tensor && kind !== "parameter") ?? of.at(-1)!;
  // A function is what it computes, whatever loops it needs.
  const loops = namedGroup([group], functionNames) ? [] : of.filter(({ kind }) => kind === "loop");
  const stateless = loops.every((loop) => loop.stateless);
  const step = of.find(({ step }) => step !== undefined)?.step;
  const { inputs: _, rows: __, rest: ___, carry: ____, slice: _____, stateless: ______, ...rest } = last;
  return {
    ...rest,
    stage: of.reduce(
      (stage, vertex) => (step === undefined ? Math.min : Math.max)(stage, vertex.stage),
      last.stage,
    ),
    step,
    fixed: of.some(({ fixed }) => fixed),
    kind: stateless ? "cell" : "loop",
    ...boxTexts(group, of, last, loops[0], weights, timed),
    key: group.whole === undefined && !group.cell && timed ? `${group.key} whole` : group.key,
    groups: [group],
    derived: of.every(({ derived }) => derived),
  };
}

/** As the vertices that they were made of stood, a group where its last one stood or where it is first read. */
function inOldOrder(vertices: readonly Vertex[], made: ReadonlyMap<Vertex, Vertex>): Vertex[] {
  const wanted = [...new Set(vertices.toReversed().flatMap((vertex) => made.get(vertex) ?? []))];
  const placed = new Set<Vertex>();
  const open = new Set<Vertex>();
  // The last of the stack comes next, after what it reads.
  for (let next = wanted.at(-1); next; next = wanted.at(-1)) {
    const missing =
      placed.has(next) || open.has(next)
        ? []
        : next.inputs.flatMap(({ from }) => (placed.has(from) ? [] : from));
    open.add(next);
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
  const stuck = onCircles(vertices.filter((vertex) => !placed.has(vertex)));
  const open = stuck.flatMap(({ kind, groups }) => (kind === "cell" || kind === "loop" ? groups : []));
  return { sorted, open: new Set(open.map(({ id }) => id)) };
}

/** Those that are read by others of them: what only comes behind a circle is none of it. */
function onCircles(stuck: readonly Vertex[]): Vertex[] {
  const left = new Set(stuck);
  const readers = new Map(stuck.map((vertex) => [vertex, 0]));
  for (const { inputs } of stuck) {
    for (const { from } of inputs) if (left.has(from)) readers.set(from, readers.get(from)! + 1);
  }
  const ends = stuck.filter((vertex) => readers.get(vertex) === 0);
  for (const end of ends) {
    left.delete(end);
    for (const { from } of end.inputs) {
      if (!left.has(from)) continue;
      readers.set(from, readers.get(from)! - 1);
      if (readers.get(from) === 0) ends.push(from);
    }
  }
  return [...left];
}
