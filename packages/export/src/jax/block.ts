/** The lines of a function's body: every tensor that its results need, operands first. */
import type { Node, Tensor } from "@org/core";
import { type AttributesOf, type Body, type Loop, nameOf, type OpName, ops } from "@org/core/ops";
import { untranslatable } from "../errors.ts";
import type { Names } from "../names.ts";
import { effectiveOperands, reachable, regionsOf } from "../reading.ts";
import { atom, binding, type Expression } from "./expression.ts";
import { jaxType, number, tuple, writtenArray } from "./literals.ts";
import { operations } from "./operations.ts";

/** Longer expressions get a name of their own, even where they are read once. */
const LONGEST_INLINE = 48;

/** What a program has in common: names, and arrays that are too long to be written out. */
export interface Shared {
  readonly names: Names;
  /** A long constant, as the program reads it. */
  constantOf(node: Node): string;
}

/** What tensors are called that a block is given. */
export type Bound = ReadonlyMap<Tensor, Expression>;

/** Prints what `outputs` need; `results` are their expressions, typed and without side effects. */
export function printBlock(
  outputs: readonly Tensor[],
  bound: Bound,
  shared: Shared,
): { lines: string[]; results: string[] } {
  const block = new Block(bound, shared, countUses(outputs, bound));
  for (const node of reachable(outputs, bound)) block.add(node);
  return { lines: block.lines, results: outputs.map((tensor) => block.typed(tensor).text) };
}

function countUses(outputs: readonly Tensor[], bound: Bound): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const use = (tensor: Tensor): void => {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  };
  outputs.forEach(use);
  for (const node of reachable(outputs, bound)) effectiveOperands(node).forEach(use);
  return uses;
}

class Block {
  readonly lines: string[] = [];
  readonly #values: Map<Tensor, Expression>;
  readonly #shared: Shared;
  readonly #uses: ReadonlyMap<Tensor, number>;
  #heading = "";

  constructor(bound: Bound, shared: Shared, uses: ReadonlyMap<Tensor, number>) {
    this.#values = new Map(bound);
    this.#shared = shared;
    this.#uses = uses;
  }

  add(node: Node): void {
    const name = nameOf(node);
    if (name === undefined) throw untranslatable("toJax", node);
    if (name === "scan") this.#scan(node, node.attributes as Loop);
    else if (name === "checkpoint") this.#checkpoint(node, node.attributes as Body);
    else if (name === "constant") this.#values.set(node.result(), this.#constant(node));
    else if (name in operations) this.#expression(node, name as keyof typeof operations);
    else throw untranslatable("toJax", node, "is not among what the program is given");
  }

  /** A tensor's expression, with a dtype of its own. */
  typed(tensor: Tensor): Expression {
    const value = this.#read(tensor);
    if (value.literal === undefined) return value;
    return atom(`jnp.array(${value.text}, ${jaxType(tensor.dtype)})`);
  }

  #read(tensor: Tensor): Expression {
    const value = this.#values.get(tensor);
    if (!value) throw new Error(`${tensor} has no value yet`);
    return value;
  }

  #constant(node: Node): Expression {
    const { value } = node.attributes as AttributesOf<"constant">;
    if (value.shape.length === 0) {
      const text = number(value.data[0]!, value.dtype);
      return { text, binds: text.startsWith("-") ? binding.sign : binding.atom, literal: true };
    }
    return atom(writtenArray(value) ?? this.#shared.constantOf(node));
  }

  #expression(node: Node, name: keyof typeof operations): void {
    const operands = effectiveOperands(node);
    const values = operands.map((tensor) => this.#read(tensor));
    // A number takes the dtype of what it meets; among numbers alone, and where nothing is met, it has to say its own.
    const meets =
      node.op.kernel.kind === "map" &&
      operands.some((_, i) => values[i]!.literal === undefined && !isCondition(name, i));
    const print = operations[name] as (
      operands: readonly Expression[],
      attributes: unknown,
      node: Node,
    ) => Expression;
    const given = meets ? values : operands.map((tensor) => this.typed(tensor));
    const expression = print(given, node.attributes, node);
    const result = node.result();
    const once = (this.#uses.get(result) ?? 0) <= 1;
    if ((once && !node.name && expression.text.length <= LONGEST_INLINE) || isName(expression.text))
      this.#values.set(result, expression);
    else this.#bind(result, node.name ?? wishedName(name), expression.text, node);
  }

  #bind(tensor: Tensor, wished: string, text: string, node: Node): void {
    const name = this.#shared.names.fresh(wished);
    this.#head(node);
    this.lines.push(`${name} = ${text}`);
    this.#values.set(tensor, atom(name));
  }

  /** A comment where another region of the user's begins. */
  #head(node: Node): void {
    const path = regionsOf(node).join(" / ");
    const heading = node.origin.gradientOf ? `gradient${path && ` of ${path}`}` : path;
    if (heading === this.#heading) return;
    this.#heading = heading;
    if (heading) this.lines.push("", `# ${heading}`);
  }

  /** An empty line, unless there is one or a heading. */
  #space(): void {
    const last = this.lines.at(-1);
    if (last && !last.startsWith("#")) this.lines.push("");
  }

  /** A tensor under a name, so that a body that runs many times does not compute it again. */
  #outside(tensor: Tensor): Expression {
    const value = this.typed(tensor);
    if (isName(value.text)) return value;
    this.#bind(tensor, tensor.name ?? "x", value.text, tensor.node);
    return this.#read(tensor);
  }

  /** The steps of a counted loop are all made, and none behind the count changes or stacks anything. */
  #scan(node: Node, { body, constants, carries, length, reverse, counted }: Loop): void {
    const { names } = this.#shared;
    const inputs = body.inputs.map((inside, i) =>
      i < constants
        ? this.#outside(node.inputs[i]!)
        : atom(names.fresh(inside.name ?? (i < constants + carries ? "carry" : "x"))),
    );
    const wanted = body.outputs.map((_, i) => i).filter((i) => i >= carries && this.#isRead(node.result(i)));
    const outputs = [...carriesOf(body, carries), ...wanted.map((i) => body.outputs[i]!)];
    const bound = new Map(body.inputs.map((inside, i) => [inside, inputs[i]!] as const));
    const { lines, results } = printBlock(outputs, bound, this.#shared);
    const step = names.fresh("step");
    const t = counted ? [atom(names.fresh("t"))] : [];
    const runs = counted ? `${t[0]!.text} < ${inputs[0]!.text}` : undefined;
    const carry = inputs.slice(constants, constants + carries);
    const x = [...inputs.slice(constants + carries), ...t];
    const kept = results.map((result, i) => {
      if (runs === undefined) return result;
      const otherwise = i < carries ? carry[i]!.text : outputs[i]!.dtype === "bool" ? "False" : "0";
      return `jnp.where(${runs}, ${result}, ${otherwise})`;
    });
    this.#head(node);
    this.#space();
    this.lines.push(
      `def ${step}(carry, xs):`,
      ...indented([
        ...(carry.length > 0 ? [`${pattern(carry)} = carry`] : []),
        ...(x.length > 0 ? [`${pattern(x)} = xs`] : []),
        ...lines,
        `return ${tuple(kept.slice(0, carries))}, ${tuple(kept.slice(carries))}`,
      ]),
      "",
    );
    const ends = body.outputs.slice(0, carries).map((_, i) => names.fresh(`${carry[i]!.text}_end`));
    const histories = wanted.map((i) => names.fresh(`${body.outputs[i]!.name ?? "y"}s`));
    const operands = node.inputs.map((tensor) => this.typed(tensor).text);
    const parts = [
      step,
      tuple(operands.slice(constants, constants + carries)),
      tuple([...operands.slice(constants + carries), ...(counted ? [`jnp.arange(${length})`] : [])]),
      `length=${length}`,
      ...(reverse ? ["reverse=True"] : []),
    ];
    this.lines.push(...wrapped(`${tuple(ends)}, ${tuple(histories)} = lax.scan(`, parts));
    for (const [i, name] of ends.entries()) this.#values.set(node.result(i), atom(name));
    for (const [i, index] of wanted.entries()) this.#values.set(node.result(index), atom(histories[i]!));
  }

  /** Behind the barrier nothing is shared with the first pass: XLA would keep its values instead. */
  #checkpoint(node: Node, body: Body): void {
    const { names } = this.#shared;
    const wanted = body.outputs.map((_, i) => i).filter((i) => this.#isRead(node.result(i)));
    const inputs = body.inputs.map((inside) => atom(names.fresh(inside.name ?? "x")));
    const bound = new Map(body.inputs.map((inside, i) => [inside, inputs[i]!] as const));
    const { lines, results } = printBlock(
      wanted.map((i) => body.outputs[i]!),
      bound,
      this.#shared,
    );
    const name = names.fresh("block");
    this.#head(node);
    this.#space();
    const parameters = inputs.map(({ text }) => text).join(", ");
    this.lines.push(`def ${name}(${parameters}):`, ...indented([...lines, `return ${tuple(results)}`]), "");
    const made = wanted.map((i) => names.fresh(body.outputs[i]!.name ?? "y"));
    const operands = tuple(node.inputs.map((tensor) => this.typed(tensor).text));
    this.lines.push(`${tuple(made)} = ${name}(*lax.optimization_barrier(${operands}))`);
    for (const [i, index] of wanted.entries()) this.#values.set(node.result(index), atom(made[i]!));
  }

  #isRead(tensor: Tensor): boolean {
    return this.#uses.has(tensor);
  }
}

const carriesOf = ({ outputs }: Body, count: number): Tensor[] => outputs.slice(0, count);

const isCondition = (name: OpName, operand: number): boolean => name === "where" && operand === 0;

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);

/** What a value is called that the user gave no name. */
const wishedName = (name: OpName): string =>
  ops[name].kernel.kind === "view" || ops[name].kernel.kind === "assemble"
    ? "x"
    : (plain[name] ?? name.toLowerCase());

/** Words for names that are Python's own. */
const plain: { readonly [Name in OpName]?: string } = {
  abs: "size",
  matmul: "product",
  max: "largest",
  min: "smallest",
  mul: "scaled",
  pow: "power",
  round: "rounded",
  sum: "total",
};

const pattern = (parts: readonly Expression[]): string =>
  parts.length === 1 ? `(${parts[0]!.text},)` : parts.map(({ text }) => text).join(", ");

/** A call in one line, or an argument a line where that is too long. */
const wrapped = (head: string, parts: readonly string[]): string[] => {
  const line = `${head}${parts.join(", ")})`;
  return line.length <= 100 ? [line] : [head, ...parts.map((part) => `    ${part},`), ")"];
};

export const indented = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === "" ? "" : `    ${line}`));
