import { Parameter } from "../graph/leaves.ts";
import { type Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { NDArray } from "../ndarray.ts";
import type { Draft } from "../runtime.ts";

/** A graph as text and numbers: two with the same description compute the same, in the same order. */
export interface Description {
  readonly parts: readonly (string | Uint8Array)[];
  /** The parameters, in the order of their nodes. */
  readonly parameters: readonly Parameter[];
}

/** Says that something has no description. */
class Indescribable extends Error {}

/**
 * Describes what is to be compiled: nodes in the order in which they were made, with their ops, attributes, types and
 * operands. Names and source lines say nothing of what is computed, and stay out. Undefined where an attribute holds
 * what cannot be compared, such as a function.
 */
export function describe(draft: Draft): Description | undefined {
  try {
    return new Writer().draft(draft);
  } catch (error) {
    if (error instanceof Indescribable) return undefined;
    throw error;
  }
}

class Writer {
  readonly #parts: (string | Uint8Array)[] = [];
  readonly #numbers = new Map<Node, number>();
  readonly #parameters: Parameter[] = [];

  draft({ drawn, rewrites }: Draft): Description {
    const { inputs, outputs, updates, checkNumerics, disabled } = drawn;
    const values = updates.map(({ value }) => value);
    const changed = updates.map(({ parameter }) => parameter);
    this.#nodes([...inputs, ...outputs, ...values, ...changed]);
    this.#value({
      inputs,
      outputs,
      values,
      changed,
      checkNumerics,
      disabled: [...disabled].sort(),
      rewrites,
    });
    return { parts: this.#parts, parameters: this.#parameters };
  }

  #nodes(roots: readonly Tensor[]): void {
    for (const node of ancestors(roots)) {
      if (this.#numbers.has(node)) continue;
      for (const { inputs, outputs } of node.op.bodies?.(node.attributes) ?? [])
        this.#nodes([...inputs, ...outputs]);
      this.#numbers.set(node, this.#numbers.size);
      this.#write(`\n${node.op.name} `);
      this.#value(node.inputs);
      this.#value(node.results.map(({ dtype, shape }) => [dtype, shape]));
      this.#attributes(node);
    }
  }

  #attributes(node: Node): void {
    const { name } = node.op;
    const result = node.result();
    if (result instanceof Parameter) this.#parameters.push(result);
    // The rule of a function's own gradient has done its work; the name of an input is for people.
    else if (name !== "customGradient" && name !== "input") this.#value(node.attributes);
  }

  #value(value: unknown): void {
    if (value instanceof Tensor) this.#tensor(value);
    else if (value instanceof NDArray) {
      this.#value([value.dtype, value.shape]);
      const { buffer, byteOffset, byteLength } = value.data;
      this.#parts.push(new Uint8Array(buffer, byteOffset, byteLength));
    } else if (Array.isArray(value)) {
      this.#write("[");
      for (const each of value) this.#value(each);
      this.#write("]");
    } else if (typeof value === "object" && value !== null) this.#record(value);
    else if (typeof value === "number") this.#write(Object.is(value, -0) ? "-0 " : `${value} `);
    else if (typeof value === "string") this.#write(JSON.stringify(value));
    else if (typeof value === "boolean" || value === undefined || value === null) this.#write(`${value} `);
    else throw new Indescribable();
  }

  #tensor({ node, index }: Tensor): void {
    const number = this.#numbers.get(node);
    if (number === undefined) throw new Indescribable();
    this.#write(`#${number}.${index} `);
  }

  #record(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new Indescribable();
    this.#write("{");
    for (const [key, each] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      this.#write(`${JSON.stringify(key)}:`);
      this.#value(each);
    }
    this.#write("}");
  }

  /** Texts behind one another are one part. */
  #write(text: string): void {
    const last = this.#parts.at(-1);
    if (typeof last === "string") this.#parts[this.#parts.length - 1] = last + text;
    else this.#parts.push(text);
  }
}
