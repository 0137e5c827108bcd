import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import type { Pieces } from "../pieces.ts";
import type { RewriteReport } from "../rewrite/rewrite.ts";
import { sizeOf } from "../shape.ts";
import type { Buffer, Kernel, LoopCounter, View } from "./kernel.ts";
import { lowerNodes } from "./nodes.ts";
import { type PassName, passNames, runPasses } from "./passes.ts";
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
  /** Passes over kernels that are left out. None runs while numbers are watched. */
  readonly disabled: ReadonlySet<string>;
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
  readonly reports: Readonly<Record<PassName, RewriteReport>>;
}

/** Graph → kernels. Parameters change at the end, after everything that may fail. */
export function* lower({ inputs, outputs, updates, watch, disabled }: LowerOptions): Pieces<Lowered> {
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
  yield;
  lowerNodes(nodes, roots, scope);
  yield;
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
  return {
    ...(yield* runPasses(
      scope.kernels,
      {
        kept,
        owners: program.owners,
        newBuffer: (dtype, size, label) => scope.buffer(dtype, size, label),
        newCounter: () => program.counters++,
      },
      watch ? new Set(passNames) : disabled,
    )),
    inputs: bound,
    outputs: results,
    parameters: program.parameters,
    literals: program.literals,
    owners: program.owners,
  };
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
