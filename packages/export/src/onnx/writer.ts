/** Nodes of a graph in the order they are computed, and the constants that all graphs of a model share. */
import type { DType, NDArray, Node, Parameter, Shape } from "@org/core";
import { Names } from "../names.ts";
import { type Attribute, type ElementType, nodeMessage, tensorMessage, valueMessage } from "./model.ts";
import type { Message } from "./protobuf.ts";

/** What a node is told beside its inputs, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** An array that a file holds. */
export interface Literal {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly data: NDArray["data"] | BigInt64Array;
}

/** What the graphs of a model have in common: names, and constants, which inner graphs read from the outermost. */
export class Model {
  readonly names: Names = new Names();
  readonly initializers: Message[] = [];
  /** What is written now. */
  node: Node | undefined;
  readonly #known = new Map<string, string>();

  /** The value of a parameter, under a name of its own. */
  initializer(name: string, { value: { dtype, shape, data } }: Parameter): string {
    this.initializers.push(tensorMessage(name, dtype, shape, bytesOf(data)));
    return name;
  }

  /** An array that the program makes. */
  constant({ dtype, shape, data }: NDArray, wished: string): string {
    return this.share({ type: dtype, shape, data }, wished);
  }

  /** A number, which broadcasts. */
  number(value: number, dtype: DType): string {
    const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array };
    return this.share({ type: dtype, shape: [], data: arrays[dtype].of(value) }, "number");
  }

  /** Axes, sizes, indices: the 64-bit integers of ONNX. A vector unless a shape is given. */
  integers(values: readonly number[], shape: Shape = [values.length]): string {
    return this.share({ type: "i64", shape, data: BigInt64Array.from(values, BigInt) }, "sizes");
  }

  /** The name of an array; short ones are written once. */
  share({ type, shape, data }: Literal, wished: string): string {
    const bytes = bytesOf(data);
    const key = bytes.length <= 64 ? `${type} ${shape} ${bytes}` : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.names.fresh(wished);
    this.initializers.push(tensorMessage(name, type, shape, bytes));
    if (key !== undefined) this.#known.set(key, name);
    return name;
  }

  /** What goes into a graph or comes out of it. */
  value(name: string, type: DType, shape: Shape): Message {
    return valueMessage(name, type, shape);
  }

  /** Hears of every node. */
  made(_operator: string, _names: readonly string[], _attributes: Attributes): void {}
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice();

/** Appends nodes. A value is its name. */
export class Writer {
  readonly nodes: Message[] = [];
  readonly #made = new Set<string>();
  /** What nodes are called that are made now: the user's regions, and what they compute. */
  path = "";

  readonly model: Model;

  constructor(model: Model) {
    this.model = model;
  }

  /** An operator of one result. */
  add(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.addAll(operator, inputs, [operator.toLowerCase()], attributes)[0]!;
  }

  /** An operator of several results, whose names begin as `wished` says. */
  addAll(
    operator: string,
    inputs: readonly string[],
    wished: readonly string[],
    attributes: Attributes = {},
  ): string[] {
    const outputs = wished.map((name) => this.model.names.fresh(name));
    this.model.made(operator, [...inputs, ...outputs], attributes);
    const name = this.path === "" ? outputs[0]! : `${this.path}/${outputs[0]!}`;
    this.nodes.push(nodeMessage(operator, inputs, outputs, attributes, name));
    for (const output of outputs) this.#made.add(output);
    return outputs;
  }

  /** The values under names that nothing else has: what a graph gives has to be made in it, each by a node. */
  results(values: readonly string[]): string[] {
    const taken = new Set<string>();
    return values.map((value) => {
      const own = this.#made.has(value) && !taken.has(value) ? value : this.add("Identity", [value]);
      taken.add(own);
      return own;
    });
  }

  /** A value under a name that the user gave. */
  called(name: string, value: string): void {
    this.nodes.push(nodeMessage("Identity", [value], [name], {}, name));
  }
}
