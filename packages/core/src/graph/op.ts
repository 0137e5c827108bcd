import type { NDArray } from "../ndarray.ts";
import type { KernelRule } from "./kernel-rule.ts";
import { Node, type Tensor, type TensorType } from "./tensor.ts";

/** A closed piece of graph: its outputs depend on its inputs and on constants, on nothing else. */
export interface Body {
  readonly inputs: readonly Tensor[];
  /** May grow at the end (see `loops/scan.ts`); what is there never changes. */
  readonly outputs: readonly Tensor[];
}

/** What the interpreter hands to an op that has a body: runs it for the outputs that are wanted. */
export interface EvaluateContext {
  /** Result types, with the dtypes this run computes in. */
  readonly types: readonly TensorType[];
  /** Which results anybody reads. */
  readonly wanted: readonly number[];
  /** Runs a body for some of its outputs; prepared once, called once per time step, or without one. */
  prepare(body: Body, outputs: readonly number[]): (inputs: readonly NDArray[], step?: number) => NDArray[];
}

/** The reverse pass, handed to rules of ops that have a body. */
export type Pullback = (
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
) => (Tensor | undefined)[];

/** Cotangents of a node's results; undefined stands for zero. */
export type Cotangents = readonly (Tensor | undefined)[];

export interface PullContext {
  readonly pullback: Pullback;
  /** Which operands anybody needs the gradient of. */
  readonly needed: readonly boolean[];
}

/** Handed to batching rules. Operands and results that differ from example to example have one more axis, in front. */
export interface BatchContext {
  /** How many examples. */
  readonly size: number;
  /** Which operands have the axis of examples. */
  readonly batched: readonly boolean[];
  /** A tensor that is the same for every example, repeated: `[...s]` → `[size, ...s]`. */
  spread(x: Tensor): Tensor;
  /** A piece of graph for all examples at once, where some tensors are replaced, with the axis of examples or without. */
  batch(outputs: readonly Tensor[], replaced: ReadonlyMap<Tensor, Tensor>): Tensor[];
}

/** Whether a tensor that stands for another has the axis of examples. */
export const isBatched = (tensor: Tensor, original: Tensor): boolean =>
  tensor.shape.length > original.shape.length;

/** Everything an operation means, in one record. Passes ask the record; they never look at its name. */
export interface Op {
  readonly name: string;
  /** The shape rule as a person reads it. */
  readonly rule: string;
  /** Result types from operands; throws ShapeError or DTypeError. */
  infer(operands: readonly Tensor[], attributes: unknown): readonly TensorType[];
  /** Gradients of the operands from those of the results; undefined where there is none. */
  pull(cotangents: Cotangents, node: Node, context: PullContext): readonly (Tensor | undefined)[];
  /**
   * The results of all examples at once, from operands in the place of the node's own. A result that is the same for
   * every example may come without the axis.
   */
  batch(operands: readonly Tensor[], node: Node, context: BatchContext): readonly Tensor[];
  /** The reference: plain and obvious. */
  evaluate(values: readonly NDArray[], attributes: unknown, context: EvaluateContext): NDArray[];
  /** The same for targets: what they compile. */
  readonly kernel: KernelRule;
  /** What the op decides where it has a kink (a side taken, an index chosen): derivatives hold while it stays the same. */
  decide?(values: readonly NDArray[], result: NDArray, attributes: unknown): ArrayLike<number>;
  /** Zero where a rule has no derivative to give (integers, comparisons, floor). */
  readonly differentiable: boolean;
  /** Whether recomputing a result is cheaper than keeping it: a view, or one plain arithmetic step. */
  readonly cheap: boolean;
  /** Bodies inside the attributes. */
  bodies?(attributes: unknown): readonly Body[];
}

/** A gradient rule: `g` the incoming gradient, `y` the result, then the operands and the attributes. */
export type Vjp<Operands extends readonly Tensor[], Attributes> = (
  g: Tensor,
  y: Tensor,
  operands: Operands,
  attributes: Attributes,
) => readonly (Tensor | null)[];

/** How an op with one result computes all examples at once; at least one operand has their axis, which is in front. */
export type BatchRule<Operands extends readonly Tensor[], Attributes> =
  /** The same op, every operand with the axis. */
  | "together"
  /** The same op with other attributes, every operand with the axis. */
  | { attributes(attributes: Attributes, size: number): Attributes }
  /** From operands of which `batched` says whether they have the axis. */
  | ((operands: Operands, attributes: Attributes, context: BatchContext) => Tensor);

/** The record of an op with one result, as families write it. */
export interface OpRecord<Operands extends readonly Tensor[], Attributes> {
  readonly name: string;
  readonly rule: string;
  type(operands: Operands, attributes: Attributes): TensorType;
  evaluate(values: readonly NDArray[], attributes: Attributes, type: TensorType): NDArray;
  readonly kernel: KernelRule<Attributes>;
  /** `"none"` for results that have no derivative. */
  readonly vjp: Vjp<Operands, Attributes> | "none";
  readonly batch: BatchRule<Operands, Attributes>;
  readonly decide?: (
    values: readonly NDArray[],
    result: NDArray,
    attributes: Attributes,
  ) => ArrayLike<number>;
  readonly cheap?: boolean;
}

/** An op with one result. */
export function defineOp<Operands extends readonly Tensor[], Attributes = undefined>(
  record: OpRecord<Operands, Attributes>,
): Op & { readonly record: OpRecord<Operands, Attributes> } {
  const { name, rule, kernel, vjp, batch, decide, cheap = false } = record;
  return {
    name,
    rule,
    record,
    kernel,
    cheap,
    differentiable: vjp !== "none",
    infer: (operands, attributes) => [record.type(operands as unknown as Operands, attributes as Attributes)],
    evaluate: (values, attributes, { types }) => [
      record.evaluate(values, attributes as Attributes, types[0]!),
    ],
    pull: ([g], node) => {
      if (!g || vjp === "none") return [];
      const gradients = vjp(
        g,
        node.result(),
        node.inputs as unknown as Operands,
        node.attributes as Attributes,
      );
      return gradients.map((gradient) => gradient ?? undefined);
    },
    batch(operands, node, context) {
      const attributes = node.attributes as Attributes;
      if (typeof batch === "function") return [batch(operands as unknown as Operands, attributes, context)];
      const all = operands.map((x, i) => (context.batched[i] ? x : context.spread(x)));
      const given = batch === "together" ? attributes : batch.attributes(attributes, context.size);
      return [applyNode(node.op, all, given, node.name).result()];
    },
    ...(decide && {
      decide: (values, result, attributes) => decide(values, result, attributes as Attributes),
    }),
  };
}

/** Applies an op: infers the types (throwing where operands don't fit) and makes the node. */
export function applyNode(op: Op, operands: readonly Tensor[], attributes: unknown, name?: string): Node {
  return new Node(op, operands, attributes, op.infer(operands, attributes), name);
}

/** Applies an op with one result. */
export const apply = (op: Op, operands: readonly Tensor[], attributes?: unknown): Tensor =>
  applyNode(op, operands, attributes).result();
