import type { Op } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { NDArray } from "../ndarray.ts";
import { onOperands } from "./transform.ts";

const LONGEST = 256;

/** Numbers for what counts as itself only. */
const numbers = new WeakMap<object, number>();
let numbered = 0;

/** Attributes as text. They do not change, but for arrays, which hold what somebody may write to. */
const texts = new WeakMap<object, string>();

/** Finds nodes that compute the same: one op with equal attributes on the same operands. */
export class Sharing {
  readonly #known = new Map<Op, Map<string, Node>>();

  /** The node that was the first to compute what this op on these operands computes: this node, where there was none. */
  first(node: Node, inputs: readonly Tensor[]): { readonly node: Node; readonly isNew: boolean } {
    const { op, attributes } = node;
    const known = this.#known.get(op) ?? new Map<string, Node>();
    this.#known.set(op, known);
    const key = keyOf(inputs, attributes);
    const earlier = known.get(key);
    if (earlier) return { node: earlier, isNew: false };
    const made = onOperands(node, inputs);
    known.set(key, made);
    return { node: made, isNew: true };
  }
}

function keyOf(inputs: readonly Tensor[], attributes: unknown): string {
  let key = "";
  for (const { node, index } of inputs) key += index === 0 ? `${node.id},` : `${node.id}.${index},`;
  return attributes === undefined ? key : `${key}|${textOf(attributes)}`;
}

function textOf(attributes: unknown): string {
  if (typeof attributes !== "object" || attributes === null) return JSON.stringify(plain(attributes));
  const known = texts.get(attributes);
  if (known !== undefined) return known;
  let lasting = true;
  const text = JSON.stringify(attributes, (_, value) => {
    lasting &&= !(value instanceof NDArray);
    return plain(value);
  });
  if (lasting) texts.set(attributes, text);
  return text;
}

/** Attributes as JSON sees them; what is not plain data, and long arrays, count as themselves only. */
function plain(value: unknown): unknown {
  if (typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value)))
    return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof NDArray && value.data.length <= LONGEST)
    return [value.dtype, value.shape, Array.from(value.data, plain)];
  const isPlain = value === null || typeof value !== "object" || Array.isArray(value) || isRecord(value);
  if (isPlain && typeof value !== "function") return value;
  return `#${numberOf(value as object)}`;
}

function numberOf(value: object): number {
  const number = numbers.get(value) ?? numbered++;
  numbers.set(value, number);
  return number;
}

const isRecord = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;
