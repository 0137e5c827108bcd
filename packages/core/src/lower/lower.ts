import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { sizeOf } from "../shape.ts";
import { dropDeadStores } from "./dead-stores.ts";
import { delayMaps } from "./delay.ts";
import { type FusionLog, fuse } from "./fuse.ts";
import { inlineIntoReductions } from "./inline.ts";
import type { Buffer, Kernel, LoopCounter, View } from "./kernel.ts";
import { lowerNodes } from "./nodes.ts";
import { recomputeLightResults } from "./recompute.ts";
import { type Literals, type Program, Scope } from "./scope.ts";
import { isDense, wholeView } from "./view.ts";

export interface LowerOptions {
  /** Bound from outside at each call. */
  readonly inputs: readonly Tensor[];
  /** Computed and handed out. */
  readonly outputs: readonly Tensor[];
  /** Parameters and their next values. */
  readonly updates: readonly { readonly parameter: Tensor; readonly value: Tensor }[];
  /** Watch every op's result for NaN and infinity, each op by itself. */
  readonly watch: boolean;
  /** Make one kernel of several. */
  readonly fuse: boolean;
}

/** A graph as kernels, before they have places in memory. */
export interface Lowered {
  readonly kernels: readonly Kernel[];
  readonly inputs: readonly View[];
  /** Dense. */
  readonly outputs: readonly View[];
  readonly parameters: ReadonlyMap<Node, Buffer>;
  readonly literals: Literals;
  /** The loops around the scope that each buffer was made in. */
  readonly owners: ReadonlyMap<Buffer, readonly LoopCounter[]>;
  /** Maps that became part of another kernel. */
  readonly fused: number;
}

/** Graph → kernels. Parameters change at the end, after everything that may fail. */
export function lower({ inputs, outputs, updates, watch, fuse: fusing }: LowerOptions): Lowered {
  const program: Program = {
    literals: new Map(),
    parameters: new Map(),
    owners: new Map(),
    watch,
    buffers: 0,
    counters: 0,
  };
  const scope = new Scope(program, []);
  const bound = inputs.map((tensor) => {
    const view = wholeView(
      scope.buffer(tensor.dtype, sizeOf(tensor.shape), tensor.name ?? "input", "input"),
      tensor.shape,
    );
    scope.values.set(tensor, view);
    if (watch) scope.watch(view, tensor.node, []);
    return view;
  });
  const roots = [...outputs, ...updates.map(({ value }) => value)];
  const nodes = ancestors(roots).filter((node) => !scope.values.has(node.result()));
  lowerNodes(nodes, roots, scope);
  const results = outputs.map((tensor) => output(scope.value(tensor), tensor, scope));
  // what would be overwritten before it is read goes through a copy
  const next = updates.map(({ parameter, value }) => {
    const view = scope.value(value);
    return view.buffer.home === "parameter" ? copied(view, parameter, scope) : view;
  });
  updates.forEach(({ parameter }, i) => {
    lowerNodes([parameter.node], [], scope);
    scope.copy(next[i]!, scope.value(parameter), [parameter.node]);
  });
  const kept = new Set([...bound, ...results].map(({ buffer }) => buffer));
  const log = { fused: 0 };
  const fused = fusing ? fuseAll(scope.kernels, kept, log) : scope.kernels;
  return {
    kernels: fused,
    inputs: bound,
    outputs: results,
    parameters: program.parameters,
    literals: program.literals,
    owners: program.owners,
    fused: log.fused,
  };
}

/** Maps into maps, what is left of their results into what reads them. */
function fuseAll(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>, log: FusionLog): Kernel[] {
  const live = (list: readonly Kernel[]): Kernel[] => dropDeadStores(list, kept);
  const fused = live(recomputeLightResults(live(fuse(kernels, log)), kept));
  return live(inlineIntoReductions(live(delayMaps(fused, kept)), kept));
}

/** Where an output is read by the caller: dense, and not overwritten by updates. */
function output(view: View, tensor: Tensor, scope: Scope): View {
  return isDense(view) && view.buffer.home === "arena" ? view : copied(view, tensor, scope);
}

function copied(view: View, tensor: Tensor, scope: Scope): View {
  const copy = scope.fresh(tensor, "a copy");
  scope.copy(view, copy, [tensor.node]);
  return copy;
}
