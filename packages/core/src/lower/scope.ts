import { type DType, isFloat } from "../dtype.ts";
import type { Node, Tensor, TensorType } from "../graph/tensor.ts";
import type { NDArray } from "../ndarray.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import { load } from "./expressions.ts";
import type { Buffer, Kernel, LoopCounter, View } from "./kernel.ts";
import { isDense, reshapedView, wholeView, withLayout } from "./view.ts";

/** Values of literals, by the buffer that holds them. */
export type Literals = Map<Buffer, NDArray>;

/** What all scopes of one program share. */
export interface Program {
  readonly literals: Literals;
  /** Buffers of parameters, by node. */
  readonly parameters: Map<Node, Buffer>;
  /** The loops around the scope that a buffer was made in; outermost first. */
  readonly owners: Map<Buffer, readonly LoopCounter[]>;
  /** Whether each op keeps a kernel of its own, watched for numbers that are not finite. */
  readonly watch: boolean;
  buffers: number;
  counters: number;
}

/** Where the nodes of one body become kernels: a program, or the body of a loop. */
export class Scope {
  readonly program: Program;
  readonly loops: readonly LoopCounter[];
  readonly kernels: Kernel[];
  /** Where each tensor is found. */
  readonly values: Map<Tensor, View> = new Map();
  /** Where tensors are wanted; the first place is the one they are computed in. */
  readonly wanted: Map<Tensor, View[]> = new Map();

  constructor(program: Program, loops: readonly LoopCounter[], kernels: Kernel[] = []) {
    this.program = program;
    this.loops = loops;
    this.kernels = kernels;
  }

  /** A scope of the same kernels with tensors of its own: a body that runs once. */
  inside(): Scope {
    return new Scope(this.program, this.loops, this.kernels);
  }

  buffer(dtype: DType, size: number, label: string, home: Buffer["home"] = "arena"): Buffer {
    const buffer: Buffer = { id: this.program.buffers++, dtype, size, home, label };
    this.program.owners.set(buffer, this.loops);
    return buffer;
  }

  /** A new dense array. */
  fresh({ dtype, shape }: TensorType, label: string): View {
    return wholeView(this.buffer(dtype, sizeOf(shape), label), shape);
  }

  value(tensor: Tensor): View {
    const view = this.values.get(tensor);
    if (!view) throw new Error(`${tensor.op.name} was not lowered before it is read`);
    return view;
  }

  /** Where the node's result goes: where it is wanted, or a new array. */
  place(tensor: Tensor): View {
    const view = this.wanted.get(tensor)?.[0] ?? this.fresh(tensor, labelOf(tensor.node));
    this.values.set(tensor, view);
    return view;
  }

  want(tensor: Tensor, view: View): void {
    this.wanted.set(tensor, [...(this.wanted.get(tensor) ?? []), view]);
  }

  /** Element by element from one view to another of the same shape. */
  copy(from: View, to: View, nodes: readonly Node[]): void {
    this.kernels.push(...copied(from, to, nodes));
  }

  fill(to: View, value: number, nodes: readonly Node[]): void {
    this.kernels.push(...filled(to, value, nodes));
  }

  /** Watches for numbers that are not finite, unless an operand has such a number already. */
  watch(view: View, node: Node, operands: readonly View[]): void {
    const watched = ({ buffer, shape }: View): boolean => isFloat(buffer.dtype) && sizeOf(shape) > 0;
    if (!watched(view)) return;
    this.kernels.push({ kind: "watch", view, unless: operands.filter(watched), nodes: [node] });
  }

  /** The same elements, one after another. */
  dense(view: View, node: Node): View {
    if (isDense(view)) return view;
    const copied = this.fresh({ dtype: view.buffer.dtype, shape: view.shape }, `${labelOf(node)} (copy)`);
    this.copy(view, copied, [node]);
    return copied;
  }

  /** Another shape of the same elements, copied where strides cannot say it. */
  reshaped(view: View, shape: Shape, node: Node): View {
    return (
      reshapedView(view, shape) ??
      withLayout(this.dense(view, node), { offset: 0, shape, strides: stridesOf(shape) })
    );
  }
}

/** What messages call a tensor. */
export const labelOf = (node: Node, fallback?: Node): string =>
  node.name ?? (fallback ? (fallback.name ?? fallback.op.name) : node.op.name);

/** The kernel that copies element by element, where there are any. */
export const copied = (from: View, to: View, nodes: readonly Node[]): Kernel[] =>
  sizeOf(to.shape) === 0
    ? []
    : [{ kind: "map", shape: to.shape, stores: [{ view: to, value: load(from) }], nodes }];

/** The kernel that writes one number everywhere. */
export const filled = (to: View, value: number, nodes: readonly Node[]): Kernel[] => {
  const constant = { kind: "constant", value, dtype: to.buffer.dtype } as const;
  return sizeOf(to.shape) === 0
    ? []
    : [{ kind: "map", shape: to.shape, stores: [{ view: to, value: constant }], nodes }];
};
