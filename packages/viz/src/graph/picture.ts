import type { Node, Tensor } from "@org/core";
import { gradientArcs } from "./backward.ts";
import { type Detail, fold } from "./fold.ts";
import { functionNames } from "./functions.ts";
import { joinColumns } from "./join-columns.ts";
import { type FullNames, type Names, namesOf } from "./names.ts";
import { drawInColumns } from "./own-columns.ts";
import { isStack, isTurning, readThrough } from "./read-through.ts";
import { type Region, regionsOf, settle } from "./regions.ts";
import { foldRepeats, keepLast } from "./shrink.ts";
import { addTerminals } from "./terminals.ts";
import { traceGraph } from "./trace.ts";
import type { Arc, Group, Kind, Shown, Vertex } from "./vertex.ts";

/** What every picture of a graph takes. */
export interface PictureOptions {
  /**
   * How many steps of every loop are written out, each in a column: the first ones, or also some of the last. What is
   * done step by step outside of loops, such as an embedding, a read-out, a loss, stands in the same columns. 0 draws
   * one step for all, its state going back to its beginning; at the details "cell" and "layer" a loop is then one box.
   * Default 0.
   */
  readonly unroll?: number | { readonly first: number; readonly last?: number };
  /** Draws the way back of the gradient, from the tensors to the parameters, in red. Default false. */
  readonly gradients?: boolean;
  /**
   * `"op"` draws every operation; `"cell"` a box for each step of a loop and for each layer or region (`withScope`)
   * outside; `"layer"` a box for each loop as well, `×N` where layers of one kind follow each other. Default "op".
   */
  readonly detail?: Detail;
  /**
   * Regions that the detail "op" draws as one box each, by name: functions of several operations. `[]` opens them all;
   * names given to `withScope` can be among them. Default: softmax, the losses, the optimizer, and what solves and factors matrices.
   */
  readonly folded?: readonly string[];
  /**
   * Full names of parameters, as `parameters(model)` of `@org/nn` gives them: parameters of one name are told apart by
   * them, and layers go by them. Default: names made of the layers, such as `gru.0.forward.W_xz`.
   */
  readonly parameters?: FullNames;
}

/** @throws RangeError for steps that are not whole, or below 0 */
export function shownOf(unroll: NonNullable<PictureOptions["unroll"]>): Shown {
  const { first, last = 0 } = typeof unroll === "number" ? { first: unroll } : unroll;
  for (const steps of [first, last]) {
    if (Number.isInteger(steps) && steps >= 0) continue;
    throw new RangeError(`unroll: expected a whole number of steps from 0, received ${steps}`);
  }
  return { first, last };
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
  /** Whether it is an activation that works on what it reads as it is, not on a layer's weighted sums. */
  readonly pointwise?: boolean;
  /** The full name of a parameter. */
  readonly path?: string;
  /** Which rows of its tensor it shows, where the tensor has rows for all steps. */
  readonly part?: readonly [from: number, to: number];
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
  /** Whether it leads to the next column, or the one before, or from what is given to the first column. */
  readonly beside: boolean;
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
  /** For long sequences: which of their steps are shown, of those that were asked for. */
  readonly ends?: Shown;
}

/**
 * Whether an edge goes straight to a column of time: from its neighbour, or as a cell's first state from what stands before
 * its columns, or from the last cell of other columns, an encoder's.
 */
export function areBeside(panels: readonly Pick<Panel, "kind" | "stage">[], from: Mark, to: Mark): boolean {
  const [a, b] = [panels[from.region ?? -1], panels[to.region ?? -1]];
  if (!a || !b || b.kind === "outside") return false;
  const distance = to.region! - from.region!;
  if (a.kind === "outside") return b.kind === "step" && to.kind === "cell" && !to.derived && distance === 1;
  if (a.stage === b.stage || (from.kind === "cell" && to.kind === "cell" && from.key === to.key))
    return Math.abs(distance) === 1;
  const between = panels.slice(from.region! + 1, to.region);
  const given = from.kind === "cell" && to.kind === "cell" && !to.derived;
  return given && between.every(({ kind }) => kind === "outside");
}

export const marksOf = ({ panels, shared }: Picture): Mark[] => [
  ...panels.flatMap(({ marks }) => marks),
  ...shared,
];

/** How a picture is made smaller: what repeats is one box; only so many of the last marks before the outputs. */
export interface Shrinking {
  readonly repeats?: boolean;
  readonly last?: number;
}

/**
 * A graph as a picture: operations, variables and parameters, loops written out.
 * @throws RangeError for a number of steps that is not whole, or below 0, and for an unknown detail
 */
export function drawPicture(
  tensors: readonly Tensor[],
  options: PictureOptions,
  { repeats = false, last }: Shrinking = {},
): Picture {
  const { unroll = 0, gradients = false, detail = "op", folded = functionNames } = options;
  const shown = shownOf(unroll);
  if (!["op", "cell", "layer"].includes(detail)) {
    throw new RangeError(`detail: expected "op", "cell" or "layer", received ${JSON.stringify(detail)}`);
  }
  const boxes = detail === "layer" || (detail === "cell" && shown.first + shown.last === 0);
  const traced = traceGraph(tensors, boxes ? undefined : shown, detail === "op" ? folded : functionNames);
  const ended = addTerminals(traced.vertices, traced.roots, tensors, gradients);
  const through = readThrough(
    ended.vertices,
    ended.roots,
    (vertex) => isStack(vertex) || (detail !== "op" && isTurning(vertex)),
  );
  settle(through, new Set(ended.roots));
  const all = drawInColumns(through, ended.roots);
  const flowing = gradients ? gradientArcs(all, ended.roots) : new Set<Arc>();
  const names = namesOf(all, options.parameters);
  const whole = fold({ vertices: all, roots: ended.roots, flowing }, detail, folded);
  if (detail !== "op") settle(whole.vertices, new Set(whole.roots));
  joinColumns(whole.vertices);
  const shorter = repeats ? foldRepeats(whole) : whole;
  const { vertices, roots, flowing: flows } = last === undefined ? shorter : keepLast(shorter, last);
  return arrange(vertices, new Set(roots), flows, names);
}

function arrange(
  vertices: readonly Vertex[],
  roots: ReadonlySet<Vertex>,
  flowing: ReadonlySet<Arc>,
  names: Names,
): Picture {
  const shared = sharedLeaves(vertices);
  const literals = (vertex: Vertex): boolean => vertex.kind === "literal" && !roots.has(vertex);
  const regions = regionsOf(vertices.filter((vertex) => !shared.has(vertex) && !literals(vertex)));

  const marks = new Map<Vertex, Mark>();
  let count = 0;
  const mark = (vertex: Vertex, region: number | undefined): Mark => {
    const { caption, key, derived, node, tensor, groups, fixed, times, terminal, part, stateless } = vertex;
    const kind = stateless ? "cell" : vertex.kind;
    const step = fixed && times === undefined && !terminal ? vertex.step : undefined;
    const op = kind === "operator" ? node?.op.name : undefined;
    const path = kind === "parameter" ? names.pathOf(vertex) : undefined;
    return {
      id: `n${count++}`,
      kind,
      label:
        kind === "parameter" || kind === "cell" || kind === "loop" ? names.labelOf(vertex) : vertex.label,
      caption: [gateOf(vertex), caption].filter(Boolean).join("  "),
      key,
      region,
      derived,
      node,
      tensor,
      step,
      groups,
      op,
      ...(op !== undefined && isPointwise(vertex) && { pointwise: true }),
      ...(path !== undefined && { path }),
      ...(part && times === undefined && { part }),
    };
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
      const beside = areBeside(panels, source, to);
      edges.push({
        from: source,
        to,
        gradient: flowing.has(arc),
        carry: false,
        cut: arc.cut ?? false,
        beside,
      });
    }
    const again = vertex.carry && marks.get(vertex.carry.from);
    const back = { carry: true, cut: false, beside: false };
    if (again) edges.push({ from: again, to, gradient: flowing.has(vertex.carry!), ...back });
    if (vertex.kind === "loop" && !vertex.stateless) edges.push({ from: to, to, gradient: false, ...back });
  }
  return { panels, shared: [...shared].map((vertex) => marks.get(vertex)!), edges };
}

/** The letter of the gate that an activation is: `f`, of the region `forget gate f`. */
function gateOf({ kind, node, groups }: Vertex): string | undefined {
  if (kind !== "operator" || !["sigmoid", "tanh", "exp"].includes(node?.op.name ?? "")) return undefined;
  return /^(?:[a-z]+ gate|candidate) (\S+)$/.exec(groups.at(-1)?.name ?? "")?.[1];
}

/** How many sums may lie between a weighted sum and the activation of it. */
const SUMS = 4;

/** Whether what a function of one operand works on is no weighted sum. */
const isPointwise = ({ inputs }: Vertex): boolean =>
  inputs.length !== 1 || !isWeighted(inputs[0]!.from, SUMS);

const isWeighted = ({ node, kind, inputs }: Vertex, depth: number): boolean => {
  if (kind !== "operator" || depth === 0) return false;
  if (node?.op.name === "matmul" || node?.op.name === "patches") return true;
  const sums = node?.op.name === "add" || node?.op.name === "transpose";
  return sums && inputs.some(({ from }) => isWeighted(from, depth - 1));
};

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
