import { requireFunction } from "../given.ts";
import { firstForeignFrame } from "./own-code.ts";
import type { Node } from "./tensor.ts";

/** A named region of the graph: a layer, a time step. Regions nest. */
export interface Scope {
  readonly label: string;
  /** The time step, for regions that `unroll` writes out. */
  readonly step?: number;
  readonly parent: Scope | undefined;
}

/** Where a node comes from. */
export interface Origin {
  /** Holds the stack of the user's call; its text is made only when somebody asks. */
  readonly trace: Error;
  readonly scope: Scope | undefined;
  /** The forward node this node differentiates. */
  readonly gradientOf: Node | undefined;
}

/** Of the stack: a gate of a cell of a layer lies some thirty calls below the user's line. */
const FRAMES = 40;
let scope: Scope | undefined;
let inherited: Origin | undefined;

/** The origin of a node made now. */
export function captureOrigin(): Origin {
  if (inherited) return inherited;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const trace = new Error();
  Error.stackTraceLimit = limit;
  return { trace, scope, gradientOf: undefined };
}

/**
 * Runs `build` with every node it makes placed in a region of the graph. Pictures group by region, messages name it.
 * @example
 * withScope("encoder", () => square(input("x", []))).node.origin.scope.label; // → "encoder"
 */
export function withScope<T>(label: string, build: () => T, step?: number): T {
  requireFunction("withScope", build);
  const outer = scope;
  scope = step === undefined ? { label, parent: outer } : { label, step, parent: outer };
  try {
    return build();
  } finally {
    scope = outer;
  }
}

/** The origin of a node that is made again: the same, and inside of the region it is made in. */
export function relocate(origin: Origin): Origin {
  if (scope === undefined || lies(origin.scope, scope)) return origin;
  return { ...origin, scope: within(origin.scope, scope) };
}

const lies = (inner: Scope | undefined, outer: Scope): boolean =>
  inner !== undefined && (inner === outer || lies(inner.parent, outer));

const within = (inner: Scope | undefined, outer: Scope): Scope =>
  inner === undefined ? outer : { ...inner, parent: within(inner.parent, outer) };

/**
 * Makes the nodes of one call of the library, in which nobody else's code runs: they come from one place, and its stack is
 * taken down once. For an equation of a cell or a literal that is broadcast, that is most of what drawing them costs.
 */
export const drawnAtOnce = <T>(build: () => T): T =>
  inherited ? build() : inheriting(captureOrigin(), build);

/** Runs a gradient rule: its nodes stand where the forward node stands. */
export const differentiate = <T>(node: Node, rule: () => T): T =>
  inheriting({ ...node.origin, gradientOf: node }, rule);

/** Rewrites nodes one after another: what is made for one of them comes from where that one comes from. */
export function replacingEach(nodes: readonly Node[], build: (node: Node) => void): void {
  const outer = inherited;
  try {
    for (const node of nodes) {
      inherited = node.origin;
      build(node);
    }
  } finally {
    inherited = outer;
  }
}

function inheriting<T>(origin: Origin, build: () => T): T {
  const outer = inherited;
  inherited = origin;
  try {
    return build();
  } finally {
    inherited = outer;
  }
}

/** The line of the user's source that made a node, as `file:line:column`; undefined where the stack does not tell. */
export const sourceLine = (node: Node): string | undefined =>
  firstForeignFrame(node.origin.trace.stack ?? "");
