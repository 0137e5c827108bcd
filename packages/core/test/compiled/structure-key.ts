/** What graphs have in common whose values differ. */
import { type Node, Tensor } from "../../src/graph/tensor.ts";
import { ancestors } from "../../src/graph/walk.ts";
import { NDArray } from "../../src/ndarray.ts";

/** What is not plain data counts as itself only. */
const identities = new WeakMap<object, number>();
let identified = 0;
function identityOf(value: object): number {
  const known = identities.get(value) ?? ++identified;
  identities.set(value, known);
  return known;
}

/** Equal for graphs that a target compiles to one program: the same ops and attributes on operands alike. */
export function structureKey(roots: readonly Tensor[], leaves: readonly Tensor[]): string {
  const parts: string[] = [];
  const numbers = new Map<Node, number>();
  const number = (node: Node): number => {
    const known = numbers.get(node) ?? numbers.size;
    numbers.set(node, known);
    return known;
  };
  const write = (tensors: readonly Tensor[]): void => {
    for (const node of ancestors(tensors)) {
      const { op, inputs, attributes, results, name } = node;
      for (const body of op.bodies?.(attributes) ?? []) write([...body.inputs, ...body.outputs]);
      const types = results.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`);
      const operands = inputs.map((input) => `${number(input.node)}.${input.index}`);
      parts.push(
        `${number(node)}=${identityOf(op)}${JSON.stringify(name)}(${operands.join()})${types.join("+")}${plain(attributes)}`,
      );
    }
  };
  const plain = (attributes: unknown): string =>
    JSON.stringify(attributes, (_, value: unknown) => {
      if (value instanceof Tensor) return `%${number(value.node)}.${value.index}`;
      if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
      if (value instanceof NDArray) return [value.dtype, value.shape, Array.from(value.data, String)];
      const data = value === null || typeof value !== "object" || Array.isArray(value) || isRecord(value);
      return data && typeof value !== "function" ? value : `#${identityOf(value as object)}`;
    });
  for (const leaf of leaves) number(leaf.node);
  write(roots);
  return `${parts.join(";")}>${roots.map(({ node, index }) => `${number(node)}.${index}`).join()}`;
}

const isRecord = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;
