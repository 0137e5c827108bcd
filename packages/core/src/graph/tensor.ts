import type { DType } from "../dtype.ts";
import { GraphError, ShapeError } from "../errors.ts";
import { Printed } from "../inspection.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import type { Op } from "./op.ts";
import { captureOrigin, type Origin } from "./provenance.ts";

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Elements that a tensor has at most, and steps of a loop: numbers of either are `i32`. */
export const MOST_ELEMENTS: number = 2 ** 31 - 1;

/** @throws ShapeError for a shape with more elements than can be counted */
export function checkElements(op: string, { shape }: TensorType): void {
  const size = sizeOf(shape);
  const longest = Math.max(size, ...shape);
  if (!(longest > MOST_ELEMENTS)) return;
  const problem = `${showShape(shape)} has ${size > MOST_ELEMENTS ? `${size} elements` : `an axis of ${longest}`}`;
  throw new ShapeError({ op, problem, rule: `at most ${MOST_ELEMENTS} elements` });
}

let created = 0;
let walks = 0;

/** The number of a walk over nodes: see `Node.enters`. */
export const beginWalk = (): number => ++walks;

/**
 * One application of an op. A node is made after its operands, so ascending `id` is a topological order.
 * Most ops have one result; a loop has several.
 */
export class Node {
  readonly id: number = created++;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly results: readonly TensorType[];
  readonly name: string | undefined;
  readonly origin: Origin;

  constructor(
    op: Op,
    inputs: readonly Tensor[],
    attributes: unknown,
    results: readonly TensorType[],
    name?: string,
    origin: Origin = captureOrigin(),
  ) {
    for (const type of results) checkElements(op.name, type);
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.results = results;
    this.name = name;
    this.origin = origin;
  }

  readonly #tensors: Tensor[] = [];
  #walk = 0;

  /** Whether a walk comes by for the first time. Of two walks at a time, the later one ends before the other goes on. */
  enters(walk: number): boolean {
    if (this.#walk === walk) return false;
    this.#walk = walk;
    return true;
  }

  /** The tensor that stands for a result: always the same object. */
  result(index = 0): Tensor {
    this.#tensors[index] ??= new Tensor(this, index);
    return this.#tensors[index];
  }

  /** Makes a tensor of a subclass (a parameter) the one that stands for the only result. */
  adopt(tensor: Tensor): void {
    this.#tensors[0] = tensor;
  }
}

/** One result of a node: an immutable value yet to be computed, of known shape and dtype. */
export class Tensor extends Printed implements TensorType {
  readonly node: Node;
  /** Which result of the node. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(node: Node, index = 0) {
    super();
    this.node = node;
    this.index = index;
    const { shape, dtype } = node.results[index]!;
    this.shape = shape;
    this.dtype = dtype;
  }

  get op(): Op {
    return this.node.op;
  }

  get inputs(): readonly Tensor[] {
    return this.node.inputs;
  }

  get name(): string | undefined {
    return this.node.name;
  }

  /** `tensor > 0` and `tensor + 1` have no value while a graph is built; JavaScript would go on with NaN, or with a text. */
  [Symbol.toPrimitive](wanted: string): string {
    if (wanted === "string") return this.toString();
    const hint = "greater, where, add and the like make tensors of it; evaluate gives its value";
    throw new GraphError({ op: this.op.name, problem: "a tensor is no number for JavaScript", hint });
  }

  /** Dtype, shape, name and op, in one line. */
  override toString(): string {
    const { results } = this.node;
    const which = results.length > 1 ? `, result ${this.index} of ${results.length}` : "";
    return `Tensor ${this.dtype} ${showShape(this.shape)}${showName(this)} = ${this.op.name}${which}`;
  }
}

export const showName = ({ name }: { readonly name: string | undefined }): string =>
  name === undefined ? "" : ` ${JSON.stringify(name)}`;
