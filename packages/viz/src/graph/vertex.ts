import type { Node, Tensor } from "@org/core";

/**
 * What a vertex stands for: an operation (a circle), a variable (a square), a parameter (a shaded square), a literal,
 * a group drawn as one box (a cell, a layer), a loop that is not written out, the steps of a loop that are not shown,
 * or a place where gradients are cut.
 */
export type Kind = "operator" | "variable" | "parameter" | "literal" | "cell" | "loop" | "more" | "cut";

/** Vertices that belong together: a step of a loop, a region that the user or a layer named. */
export interface Group {
  /** Of this group alone. */
  readonly id: string;
  /** The same for corresponding groups of all columns. */
  readonly key: string;
  readonly name: string;
  /** Whether it is a step of a loop. */
  readonly cell: boolean;
  /** For one step of a group that lies outside of loops: the id of the group. */
  readonly whole?: string;
}

/** Where a vertex lies in time. */
export interface Place {
  /** Even: outside of loops. Odd: in the columns of loops that run together. In the order of data flow. */
  stage: number;
  /** The time step, in a column. */
  readonly step: number | undefined;
  /** Whether the stage is given, by a loop that has been written out. */
  readonly fixed: boolean;
  /** Its groups, from the outermost. */
  readonly groups: readonly Group[];
  /** For what stands for every step of a loop: how many these are. */
  readonly times?: number;
  /** In a loop that runs in a step of another one: its own step. */
  readonly inner?: number;
  /** For steps that are not shown: the first of them. */
  readonly after?: number;
}

/** One thing to draw. */
export interface Vertex extends Place {
  readonly kind: Kind;
  readonly label: string;
  /** The shape, below the label. */
  readonly caption: string;
  /** The same for corresponding vertices of all columns. */
  readonly key: string;
  inputs: readonly Arc[];
  /** The tensors' node, for a vertex that is one. */
  readonly node: Node | undefined;
  /** What it shows the value of, a tensor of a loop's body standing for its value at the vertex's step. */
  readonly tensor: Tensor | undefined;
  /** Whether differentiation made it. */
  readonly derived: boolean;
  /** For a stack of what each step gave: those steps' vertices, undefined where one is not shown. */
  readonly rows?: readonly (Vertex | undefined)[];
  /** For such a stack: the steps that are not shown. */
  readonly rest?: Vertex;
  /** For a loop that hands nothing on from step to step: no line leads back to it. */
  readonly stateless?: boolean;
  /** A step's part of a sequence. */
  readonly slice?: boolean;
  /** Which rows of its tensor it shows, where the tensor has rows for all steps. */
  readonly part?: readonly [from: number, to: number];
  /** For an output of the graph that is drawn as one. */
  readonly terminal?: boolean;
  /** Where a step's state goes on to the next step, in the only column of a loop: what becomes this vertex. */
  carry?: Arc;
  /** For a sequence: the parts that steps read, by stage, step and label. */
  slices?: Map<string, Vertex>;
}

/** What comes into a vertex. */
export interface Arc {
  readonly from: Vertex;
  /** Whether the value is a float, which a gradient can flow along. */
  readonly float: boolean;
  /** Whether no gradient flows along it, though a value does. */
  readonly cut?: boolean;
}

/** Which steps of a loop are written out: so many from the beginning, so many at the end. */
export interface Shown {
  readonly first: number;
  readonly last: number;
}

/** The numbers of the steps that are written out of so many; all in order of time. */
export function stepsShown({ first, last }: Shown, length: number): number[] {
  const all = Array.from({ length }, (_, t) => t);
  return first + last >= length ? all : all.filter((t) => t < first || t >= length - last);
}

/** Which vertex stands for a tensor: in the whole graph, or within one time step of a loop. */
export type Values = Map<Tensor, Vertex>;

/** A graph on its way to a picture. */
export interface Traced {
  readonly vertices: readonly Vertex[];
  readonly roots: readonly Vertex[];
  /** Arcs that a gradient flows back along. */
  readonly flowing: ReadonlySet<Arc>;
}
