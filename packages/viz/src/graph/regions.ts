import type { Vertex } from "./vertex.ts";

/** A part of the picture from left to right: a time column, the steps not shown, or what lies outside of loops. */
export interface Region {
  readonly kind: "outside" | "step" | "more";
  readonly title: string;
  readonly stage: number;
  /** The time step, for the column of one step that is not made of gradients alone. */
  readonly step?: number;
  /** For a column that stands for all steps of loops: how many these are. */
  readonly times?: readonly number[];
  readonly vertices: readonly Vertex[];
}

/**
 * Parts of a graph in the order they are drawn: in each stage of loops the columns by time, then the steps that are not
 * shown. Loops of nothing but gradients run backwards, from the last step.
 */
export function regionsOf(vertices: readonly Vertex[]): Region[] {
  const parts = new Map<string, { stage: number; order: number; vertices: Vertex[] }>();
  for (const vertex of vertices) {
    const { stage } = vertex;
    const order = orderOf(vertex);
    const name = `${stage} ${order}`;
    const part = parts.get(name) ?? { stage, order, vertices: [] };
    part.vertices.push(vertex);
    parts.set(name, part);
  }
  const backwards = new Set<number>();
  const byStage = new Map<number, Vertex[]>();
  for (const vertex of vertices) {
    const inside = byStage.get(vertex.stage);
    if (inside) inside.push(vertex);
    else byStage.set(vertex.stage, [vertex]);
  }
  for (const [stage, inside] of byStage) {
    if (stage % 2 === 1 && inside.every(({ derived }) => derived)) backwards.add(stage);
  }
  return [...parts.values()]
    .sort((a, b) => a.stage - b.stage || (backwards.has(a.stage) ? b.order - a.order : a.order - b.order))
    .map(({ stage, order, vertices }) => ({ stage, vertices, ...heading(stage, order, vertices) }));
}

/** Steps that are not shown stand behind the one before them. */
const orderOf = ({ after, step }: Vertex): number => (after === undefined ? (step ?? 0) : after - 0.5);

function heading(
  stage: number,
  order: number,
  vertices: readonly Vertex[],
): Pick<Region, "kind" | "title" | "step" | "times"> {
  if (stage % 2 === 0) return { kind: "outside", title: "" };
  const derived = vertices.every((vertex) => vertex.derived);
  const times = new Set(vertices.flatMap(({ times }) => times ?? []));
  if (times.size > 0)
    return { kind: "step", title: `${derived ? "∂ of " : ""}${onceOrEach([...times])}`, times: [...times] };
  if (Number.isInteger(order)) {
    const title = `${derived ? "∂ at " : ""}t = ${order}`;
    return { kind: "step", title, ...(!derived && { step: order }) };
  }
  const captions = vertices.flatMap(({ kind, caption }) => (kind === "more" ? caption : []));
  return { kind: "more", title: [...new Set(captions)].join(", ") };
}

const onceOrEach = (times: readonly number[]): string =>
  times.length === 1 && times[0] === 1 ? "one step" : `each of ${times.join(", ")} steps`;

/** Moves what is not bound to a column as late as its readers allow: next to them. */
export function settle(vertices: readonly Vertex[], roots: ReadonlySet<Vertex>): void {
  const latest = new Map<Vertex, number>();
  for (const vertex of vertices.toReversed()) {
    const stage = latest.get(vertex);
    if (stage !== undefined && !vertex.fixed && !roots.has(vertex))
      vertex.stage = Math.max(vertex.stage, stage);
    for (const { from } of vertex.inputs) {
      latest.set(from, Math.min(latest.get(from) ?? Infinity, latestBefore(vertex, from)));
    }
  }
}

/** The latest stage of a vertex that `reader` reads. */
function latestBefore(reader: Vertex, from: Vertex): number {
  const { stage, step, after } = reader;
  const column = from.step !== undefined || from.after !== undefined;
  if (stage % 2 === 0) return column ? stage - 1 : stage;
  if (!column) return stage - 1;
  if (from.after !== undefined || after !== undefined) return stage;
  return step !== undefined && Math.abs(from.step! - step) <= 1 ? stage : stage - 2;
}
