import type { Op } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { NDArray } from "../ndarray.ts";

const LONGEST = 256;

/** Finds nodes that compute the same: one op with equal attributes on the same operands. */
export class Sharing {
  readonly #known = new Map<Op, Map<string, Node>>();
  readonly #numbers = new Map<object, number>();

  /** An earlier node that computes what this op on these operands computes; else `node` is remembered. */
  find({ op, attributes }: Node, inputs: readonly Tensor[], node: () => Node): Node | undefined {
    const key = this.#key(inputs, attributes);
    const known = this.#known.get(op) ?? new Map<string, Node>();
    this.#known.set(op, known);
    const earlier = known.get(key);
    if (earlier) return earlier;
    known.set(key, node());
    return undefined;
  }

  #key(inputs: readonly Tensor[], attributes: unknown): string {
    const operands = inputs.map(({ node, index }) => `${node.id}.${index}`);
    if (attributes === undefined) return operands.join();
    return `${operands.join()}|${JSON.stringify(attributes, (_, value) => this.#plain(value))}`;
  }

  /** Attributes as JSON sees them; what is not plain data, and long arrays, count as themselves only. */
  #plain(value: unknown): unknown {
    if (typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value))) {
      return Object.is(value, -0) ? "-0" : String(value);
    }
    if (value instanceof NDArray && value.data.length <= LONGEST) {
      return [value.dtype, value.shape, Array.from(value.data, (element) => this.#plain(element))];
    }
    const plain = value === null || typeof value !== "object" || Array.isArray(value) || isRecord(value);
    if (plain && typeof value !== "function") return value;
    return `#${this.#numberOf(value as object)}`;
  }

  #numberOf(value: object): number {
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return number;
  }
}

const isRecord = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;
