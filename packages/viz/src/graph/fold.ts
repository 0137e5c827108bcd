import { contract, isLeaf } from "./contract.ts";
import { functionNames, namedGroup } from "./functions.ts";
import { containers } from "./in-time.ts";
import type { Arc, Group, Traced, Vertex } from "./vertex.ts";

/** How much of a graph is drawn: every operation, steps of loops as cells, or whole loops and layers. */
export type Detail = "op" | "cell" | "layer";

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
  return ownLeaves(vertices, chosen, ({ kind }, { name }) => kind !== "parameter" || name === "optimizer");
}

/** The group as which a vertex is drawn, where it is. */
function chooseGroups(vertices: readonly Vertex[], detail: Detail): Map<Vertex, Group> {
  const loops = new Map<string, Set<string>>();
  for (const { groups, kind, key } of vertices) {
    const cell =
      groups.find((group) => group.cell)?.key ??
      (kind === "loop" && !namedGroup(groups, functionNames) ? key : undefined);
    if (cell === undefined) continue;
    for (const { id, whole = id } of groups) loops.set(whole, (loops.get(whole) ?? new Set()).add(cell));
  }
  const chosen = new Map<Vertex, Group>();
  for (const vertex of vertices) {
    const { groups, kind } = vertex;
    if (vertex.inner === undefined && (kind === "more" || vertex.slice || vertex.terminal)) continue;
    const most = detail === "layer" ? 1 : 0;
    const inCell = groups.find((group) => group.cell);
    const group =
      inCell ??
      ofLayer(vertex, loops) ??
      groups.find(
        ({ id, whole = id, name }) => (loops.get(whole)?.size ?? 0) <= most && !containers.has(name),
      );
    const leaf = vertex.inputs.length === 0 && !inCell;
    if (group && !leaf) chosen.set(vertex, group);
    else if (kind === "loop") {
      const name = groups.at(-1)?.name ?? "cell";
      chosen.set(vertex, { id: vertex.key, key: vertex.key, name, cell: false });
    }
  }
  return ownLeaves(vertices, chosen);
}

/** What is left outside of a loop of a layer's gradient: sums over all steps. */
function ofLayer(
  { derived, groups, kind }: Vertex,
  loops: ReadonlyMap<string, ReadonlySet<string>>,
): Group | undefined {
  const [outer] = groups;
  if (!derived || !outer || !loops.has(outer.id) || kind === "loop" || containers.has(outer.name.slice(2)))
    return undefined;
  return { ...outer, id: `${outer.id} sums`, key: `${outer.key} sums` };
}

/**
 * Parameters and constants that only corresponding groups read belong to them; a parameter belongs to its layer, though
 * the layer's gradient and the optimizer read it too.
 */
function ownLeaves(
  vertices: readonly Vertex[],
  chosen: Map<Vertex, Group>,
  owned: (leaf: Vertex, group: Group) => boolean = () => true,
): Map<Vertex, Group> {
  const readers = new Map<Vertex, Set<Group | undefined>>();
  for (const vertex of vertices) {
    if (vertex.kind === "more") continue;
    for (const { from } of vertex.inputs) {
      if (isLeaf(from)) readers.set(from, (readers.get(from) ?? new Set()).add(chosen.get(vertex)));
    }
  }
  for (const [leaf, groups] of readers) {
    const forward = [...groups].filter((group) => !group || !isLater(group));
    const [first, ...others] = forward.length > 0 && leaf.kind === "parameter" ? forward : groups;
    if (first && owned(leaf, first) && others.every((group) => group?.key === first.key))
      chosen.set(leaf, first);
  }
  return chosen;
}

/** Whether a group comes after the forward pass. */
const isLater = ({ name }: Group): boolean => name === "optimizer" || name.startsWith("∂ ");

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
    const alike = before && isGroup(before) && isGroup(vertex) && baseOf(vertex) === baseOf(before);
    const repeats = alike && sizeOf(vertex) === sizeOf(before) && others.length === 0;
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
    const copy = count
      ? { ...vertex, inputs, label: `${baseOf(vertex)} ×${count}`, caption: sizeOf(vertex) }
      : { ...vertex, inputs };
    made.set(vertex, copy);
    return [copy];
  });
  return { vertices: kept, roots: roots.map((root) => made.get(root)!), flowing: flows };
}

/** A layer's name without the number it has among others. */
const baseOf = ({ label }: Vertex): string => label.replace(/ \d+(?=,|$)/, "");
/** A caption without the number of weights. */
const sizeOf = ({ caption }: Vertex): string => caption.split(" · ")[0]!;

const isGroup = ({ kind }: Vertex): boolean => kind === "cell" || kind === "loop";
