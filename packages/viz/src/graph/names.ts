import type { Tensor } from "@org/core";
import { layerOf } from "./step-by-step.ts";
import type { Group, Vertex } from "./vertex.ts";

/** Parameters by their full names, as `parameters(model)` of `@org/nn` gives them. */
export type FullNames = Readonly<Record<string, Tensor>>;

/** How parameters and layers are called in a picture. */
export interface Names {
  /** What is written in a mark. */
  labelOf(vertex: Vertex): string;
  /** The full name of a parameter. */
  pathOf(vertex: Vertex): string | undefined;
}

/**
 * A parameter goes by its own name where no other has it, else by as much of its full name as tells them apart:
 * `gru.0.forward.W_xz`. Full names are those given, or are made of the layers that read a parameter. A layer that has a
 * name of its own among those given goes by it: `encoder (GRU)`.
 */
export function namesOf(vertices: readonly Vertex[], given: FullNames = {}): Names {
  const known = new Map(Object.entries(given).map(([path, tensor]) => [tensor, path]));
  const layers = new LayerNames();
  const paths = new Map<Vertex, string>();
  const owners = new Map<string, Set<string>>();
  for (const vertex of vertices) {
    for (const group of vertex.groups) layers.add(group, vertex.groups);
    for (const { from } of vertex.inputs) {
      if (from.kind !== "parameter") continue;
      const full = from.tensor && known.get(from.tensor);
      const layer = layerOf(vertex.groups);
      if (full !== undefined && layer && !vertex.derived && layer.name !== "optimizer") {
        // A step of the layer's loop goes by the layer's name, and so does what stands for all of them.
        const cell = vertex.groups.find((group) => group.cell) ?? (vertex.kind === "loop" && vertex);
        for (const { key } of cell ? [layer, cell] : [layer])
          owners.set(key, (owners.get(key) ?? new Set()).add(full.split(".")[0]!));
      }
      if (paths.has(from)) continue;
      const own = [...layers.pathOf(vertex.groups), from.label].join(".");
      paths.set(from, full ?? own);
    }
  }
  const parameters = vertices.filter(({ kind }) => kind === "parameter");
  const full = new Map<Tensor, string>();
  const taken = new Map<string, number>();
  for (const vertex of parameters) {
    const path = paths.get(vertex) ?? vertex.label;
    const count = (taken.get(path) ?? 0) + 1;
    taken.set(path, count);
    full.set(vertex.tensor!, count === 1 ? path : `${path} (${count})`);
  }
  const labels = shortest(parameters, full);
  return {
    labelOf: (vertex) => labels.get(vertex.tensor) ?? boxLabel(vertex, owners, layers),
    pathOf: ({ tensor }) => tensor && full.get(tensor),
  };
}

/** What is written in parameters: their own names where these tell them apart, else the full ones. */
function shortest(
  parameters: readonly Vertex[],
  full: ReadonlyMap<Tensor, string>,
): Map<Tensor | undefined, string> {
  const counts = new Map<string, number>();
  for (const { label } of parameters) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map(
    parameters.map(({ label, tensor }) => [tensor, counts.get(label) === 1 ? label : full.get(tensor!)!]),
  );
}

function boxLabel(
  { kind, label, groups, derived }: Vertex,
  owners: ReadonlyMap<string, Set<string>>,
  layers: LayerNames,
): string {
  const [layer] = groups;
  if ((kind !== "cell" && kind !== "loop") || !layer || derived || !label.startsWith(layer.name))
    return label;
  const [owner, ...others] = owners.get(layer.key) ?? owners.get(layers.outerKey(layer) ?? "") ?? [];
  if (owner === undefined || others.length > 0 || /^\d+$/.test(owner)) return label;
  return label.toLowerCase().startsWith(owner.toLowerCase()) ? label : `${owner} (${label})`;
}

/** Layers by paths, as models name them: `GRU 2, backward` in `GRU` is `gru.1.backward`. */
class LayerNames {
  readonly #paths = new Map<string, string>();
  readonly #outer = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  add(group: Group, chain: readonly Group[]): void {
    const key = group.whole ?? group.id;
    if (group.cell || this.#paths.has(key)) return;
    const plain = chain.filter(({ cell, name }) => !cell && !name.startsWith("∂ "));
    const at = plain.indexOf(group);
    if (at < 0) return;
    const outer = plain[at - 1];
    if (outer) this.#outer.set(group.key, outer.key);
    const within = outer && group.name.startsWith(`${outer.name}`);
    const name = within ? group.name.slice(outer.name.length) : group.name;
    const parts = name
      .split(/[ ,]+/)
      .filter(Boolean)
      .map((part) => (/^\d+$/.test(part) ? String(Number(part) - 1) : part.toLowerCase()));
    const path = /\bgate\b|candidate/.test(name) ? "" : parts.join(".");
    const scoped = `${outer?.key ?? ""} ${path}`;
    const count = (this.#counts.get(scoped) ?? 0) + 1;
    this.#counts.set(scoped, count);
    this.#paths.set(key, count === 1 || path === "" || within ? path : `${path}${count}`);
  }

  outerKey({ key }: Group): string | undefined {
    return this.#outer.get(key);
  }

  pathOf(groups: readonly Group[]): string[] {
    return groups.flatMap((group) => this.#paths.get(group.whole ?? group.id) || []);
  }
}
