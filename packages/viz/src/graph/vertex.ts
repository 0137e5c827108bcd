import type { Node, Tensor } from "@org/core";

/**
 * What a vertex stands for: an operation (a circle), a variable (a square), a parameter (a shaded square), a literal,
 * a loop that is not written out, or the steps of a loop that are not shown.
 */
export type Kind = "operator" | "variable" | "parameter" | "literal" | "loop" | "more";

/** Where a vertex lies in time. */
export interface Place {
  /** Even: outside of loops. Odd: in the columns of loops that run together. In the order of data flow. */
  stage: number;
  /** The time step, in a column. */
  readonly step: number | undefined;
  /** Whether the stage is given, by a loop that has been written out. */
  readonly fixed: boolean;
}

/** One thing to draw. */
export interface Vertex extends Place {
  readonly kind: Kind;
  readonly label: string;
  /** The shape, below the label. */
  readonly caption: string;
  /** The same for corresponding vertices of all columns. */
  readonly key: string;
  readonly inputs: readonly Arc[];
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
}

/** What comes into a vertex. */
export interface Arc {
  readonly from: Vertex;
  /** Whether the value is a float, which a gradient can flow along. */
  readonly float: boolean;
}

/** Which vertex stands for a tensor: in the whole graph, or within one time step of a loop. */
export type Values = Map<Tensor, Vertex>;
