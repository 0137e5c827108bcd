import type { Node, Tensor } from "@org/core";
import { gradientArcs } from "./backward.ts";
import { type Detail, fold, functionNames } from "./fold.ts";
import { type Region, regionsOf, settle } from "./regions.ts";
import { traceGraph } from "./trace.ts";
import type { Arc, Group, Kind, Vertex } from "./vertex.ts";

export interface PictureOptions {
  /**
   * How many steps of every loop are written out, each in a column. 0 draws one step for all, its state going back to
   * its beginning; at the details "cell" and "layer" a loop is then one box. Default 0.
   */
  readonly unroll?: number;
  /** Draws the way back of the gradient, from the tensors to the parameters, in red. Default false. */
  readonly gradients?: boolean;
  /**
   * `"op"` draws every operation; `"cell"` a box for each step of a loop and for each layer or region (`withScope`)
   * outside; `"layer"` a box for each loop as well, `×N` where layers of one kind follow each other. Default "op".
   */
  readonly detail?: Detail;
  /**
   * Regions that the detail "op" draws as one box each, by name: functions of several operations. `[]` opens them all;
   * names given to `withScope` can be among them. Default `["softmax", "logSoftmax", "crossEntropy"]`.
   */
  readonly folded?: readonly string[];
}

/** A vertex as it is drawn. */
export interface Mark {
  /** Unique, and the same each time the picture is drawn. */
  readonly id: string;
  readonly kind: Kind;
  readonly label: string;
  readonly caption: string;
  /** The same for corresponding marks of all columns. */
  readonly key: string;
  /** Index of its region; undefined for what all regions share. */
  readonly region: number | undefined;
  /** Whether differentiation made it. */
  readonly derived: boolean;
  /** The tensors' node, for a mark that is one. */
  readonly node: Node | undefined;
  /** What it shows the value of: at `step`, for a tensor of a loop's body. */
  readonly tensor: Tensor | undefined;
  /** The step of the loop that it was written out from. */
  readonly step: number | undefined;
  readonly groups: readonly Group[];
  /** Its op's name, where it is one operation. */
  readonly op: string | undefined;
}

export interface Edge {
  readonly from: Mark;
  readonly to: Mark;
  /** Whether a gradient flows back along it. */
  readonly gradient: boolean;
  /** Whether it leads from the end of a step to its beginning, in a column that stands for all steps. */
  readonly carry: boolean;
  /** Whether gradients are cut on it. */
  readonly cut: boolean;
}

/** A part of the picture: a time column, the steps that are not shown, or what lies outside of loops. */
export interface Panel extends Omit<Region, "vertices"> {
  /** Columns of one stage are laid out alike where this is the same: which of their marks are folded. */
  readonly variant?: string;
  readonly marks: readonly Mark[];
}

/** What is drawn, before anything has a place. */
export interface Picture {
  /** From left to right. */
  readonly panels: readonly Panel[];
  /** Parameters, and whatever else is fed, that several panels use: drawn once. */
  readonly shared: readonly Mark[];
  readonly edges: readonly Edge[];
  /** What the picture leaves out, in words. */
  readonly note?: string;
}

export const marksOf = ({ panels, shared }: Picture): Mark[] => [
  ...panels.flatMap(({ marks }) => marks),
  ...shared,
];

/**
 * A graph as a picture: operations, variables and parameters, loops written out.
 * @throws RangeError for a number of steps that is not whole, or below 0, and for an unknown detail
 */
export function drawPicture(tensors: readonly Tensor[], options: PictureOptions): Picture {
  const { unroll = 0, gradients = false, detail = "op", folded = functionNames } = options;
  if (!Number.isInteger(unroll) || unroll < 0) {
    throw new RangeError(`unroll: expected a whole number of steps from 0, received ${unroll}`);
  }
  if (!["op", "cell", "layer"].includes(detail)) {
    throw new RangeError(`detail: expected "op", "cell" or "layer", received ${JSON.stringify(detail)}`);
  }
  const boxes = detail === "layer" || (detail === "cell" && unroll === 0);
  const traced = traceGraph(tensors, boxes ? undefined : unroll);
  settle(traced.vertices, new Set(traced.roots));
  const flowing = gradients ? gradientArcs(traced.vertices, traced.roots) : new Set<Arc>();
  const { vertices, roots, flowing: flows } = fold({ ...traced, flowing }, detail, folded);
  return arrange(vertices, new Set(roots), flows);
}

function arrange(
  vertices: readonly Vertex[],
  roots: ReadonlySet<Vertex>,
  flowing: ReadonlySet<Arc>,
): Picture {
  const shared = sharedLeaves(vertices);
  const literals = (vertex: Vertex): boolean => vertex.kind === "literal" && !roots.has(vertex);
  const regions = regionsOf(vertices.filter((vertex) => !shared.has(vertex) && !literals(vertex)));

  const marks = new Map<Vertex, Mark>();
  let count = 0;
  const mark = (vertex: Vertex, region: number | undefined): Mark => {
    const { kind, label, caption, key, derived, node, tensor, groups } = vertex;
    const step = vertex.fixed && vertex.times === undefined ? vertex.step : undefined;
    const op = kind === "operator" ? node?.op.name : undefined;
    const id = `n${count++}`;
    return { id, kind, label, caption, key, region, derived, node, tensor, step, groups, op };
  };
  const panels = regions.map(({ vertices, ...region }, i) => {
    const own = vertices.map((vertex) => {
      const made = mark(vertex, i);
      marks.set(vertex, made);
      return made;
    });
    return { ...region, marks: own };
  });
  for (const vertex of shared) marks.set(vertex, mark(vertex, undefined));

  const edges: Edge[] = [];
  for (const vertex of vertices) {
    const to = marks.get(vertex);
    if (!to) continue;
    const seen = new Set<Vertex>();
    for (const [i, arc] of vertex.inputs.entries()) {
      const { from } = arc;
      if (seen.has(from)) continue;
      seen.add(from);
      let source = marks.get(from);
      if (!source) {
        // A number stands beside each of its readers.
        source = { ...mark(from, to.region), key: `${to.key} ${i}`, groups: to.groups };
        (panels[to.region!]!.marks as Mark[]).push(source);
      }
      edges.push({ from: source, to, gradient: flowing.has(arc), carry: false, cut: arc.cut ?? false });
    }
    const again = vertex.carry && marks.get(vertex.carry.from);
    if (again) edges.push({ from: again, to, gradient: flowing.has(vertex.carry!), carry: true, cut: false });
    if (vertex.kind === "loop") edges.push({ from: to, to, gradient: false, carry: true, cut: false });
  }
  return { panels, shared: [...shared].map((vertex) => marks.get(vertex)!), edges };
}

/** Leaves that are read in several regions, and parameters that a time column or a loop reads. */
function sharedLeaves(vertices: readonly Vertex[]): Set<Vertex> {
  const readers = new Map<Vertex, Set<string>>();
  const inLoops = new Set<Vertex>();
  for (const vertex of vertices) {
    for (const { from } of vertex.inputs) {
      if (
        from.inputs.length > 0 ||
        from.kind === "literal" ||
        from.kind === "more" ||
        from.step !== undefined
      )
        continue;
      readers.set(from, (readers.get(from) ?? new Set()).add(`${vertex.stage} ${vertex.step}`));
      const inLoop = vertex.step !== undefined || vertex.kind === "loop";
      if (inLoop && from.kind === "parameter") inLoops.add(from);
    }
  }
  return new Set([...readers].flatMap(([leaf, { size }]) => (size > 1 || inLoops.has(leaf) ? [leaf] : [])));
}
