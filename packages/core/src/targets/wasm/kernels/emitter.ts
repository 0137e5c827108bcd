import { byteWidth, type DType } from "../../../dtype.ts";
import type {
  Emitter,
  Scalar,
  ScalarComparison,
  ScalarFunction,
  ScalarOperation,
} from "../../../graph/kernel-rule.ts";
import { operandsOf } from "../../../lower/expressions.ts";
import type { Expression, Lookup, View } from "../../../lower/kernel.ts";

/** What an instruction does; `value` and `name` say more. */
type Kind =
  | "load" // `value`: the number of the load
  | "lookup" // `value`: the number of the load; the operand: bytes to add to its address
  | "constant" // `value`
  | "position"
  | "apply"
  | "combine"
  | "compare"
  | "bits"
  | "not"
  | "shift" // `value`: bits
  | "choose"
  | "cast";

/** One step of the computation of an element. */
export interface Instruction extends Scalar {
  readonly id: number;
  readonly kind: Kind;
  readonly name: string;
  readonly operands: readonly Instruction[];
  readonly value: number;
}

/** Views with the same text lie at the same addresses. Strides of axes with one element say nothing. */
export const viewKey = (view: View): string =>
  `${pointerKey(view)} ${view.offset} ${view.strides.map((stride, axis) => (view.shape[axis] === 1 ? 0 : stride))}`;

/** Views with the same text have a constant distance. */
export const pointerKey = ({ buffer, advances }: View): string =>
  `${buffer.id} ${advances.map(({ counter, stride, alternate }) => `${counter.id}*${stride}/${alternate}`)}`;

/** Instructions with the same text compute the same from the same loads. */
export const recordingKey = (instructions: readonly Instruction[]): string =>
  instructions
    .map(({ id, kind, name, dtype, operands, value }) => {
      const number = Object.is(value, -0) ? "-0" : value;
      return `${id}=${kind} ${name} ${dtype} ${number} ${operands.map((operand) => operand.id)}`;
    })
    .join("\n");

/**
 * The steps that expressions consist of, each once: map rules write to it, and what they write twice is one
 * instruction. Operands come before what uses them.
 */
export class Recording implements Emitter {
  readonly instructions: Instruction[] = [];
  /** What load instructions load. */
  readonly loads: View[] = [];
  readonly #known = new Map<string, Instruction>();
  readonly #loadNumbers = new Map<string, number>();

  #add(kind: Kind, name: string, dtype: DType, operands: readonly Scalar[], value = 0): Instruction {
    const from = operands as readonly Instruction[];
    const number = Object.is(value, -0) ? "-0" : value;
    const key = `${kind} ${name} ${dtype} ${number} ${from.map(({ id }) => id)}`;
    let instruction = this.#known.get(key);
    if (!instruction) {
      instruction = { id: this.instructions.length, kind, name, dtype, operands: from, value };
      this.instructions.push(instruction);
      this.#known.set(key, instruction);
    }
    return instruction;
  }

  /** Writes an expression; parts that were written before are not written again. */
  expression(root: Expression): Instruction {
    const written = this.#written;
    const open = [root];
    for (let next = open.at(-1); next; next = open.at(-1)) {
      const missing = operandsOf(next).filter((operand) => !written.has(operand));
      if (missing.length > 0 && !written.has(next)) {
        open.push(...missing.reverse());
        continue;
      }
      open.pop();
      if (!written.has(next)) written.set(next, this.#write(next));
    }
    return written.get(root)!;
  }
  readonly #written = new Map<Expression, Instruction>();

  #write(part: Expression): Instruction {
    if (part.kind === "load") return this.#load(part.view);
    if (part.kind === "lookup") return this.#lookup(part, this.#written.get(part.index)!);
    if (part.kind === "constant") return this.constant(part.value, part.dtype);
    const operands = part.operands.map((operand) => this.#written.get(operand)!);
    return part.rule.emit(this, operands, part.attributes, part.type) as Instruction;
  }

  #load(view: View): Instruction {
    return this.#add("load", "", view.buffer.dtype, [], this.#loadNumber(view));
  }

  #loadNumber(view: View): number {
    const key = viewKey(view);
    const number = this.#loadNumbers.get(key) ?? this.loads.push(view) - 1;
    this.#loadNumbers.set(key, number);
    return number;
  }

  #lookup({ table, rows, stride }: Lookup, index: Instruction): Instruction {
    const { dtype } = table.buffer;
    const number = (value: number): Instruction => this.constant(value, "i32");
    const negative = this.compare("less", index, number(0));
    const row = this.choose(negative, this.combine("add", index, number(rows)), index);
    const distance = this.combine("mul", row, number(stride * byteWidth(dtype)));
    return this.#add("lookup", "", dtype, [distance], this.#loadNumber(table));
  }

  constant(value: number, dtype: DType): Instruction {
    const exact = dtype === "i32" ? value | 0 : dtype === "bool" ? Number(value !== 0) : value;
    return this.#add("constant", "", dtype, [], dtype === "f32" ? Math.fround(exact) : exact);
  }

  position(): Instruction {
    return this.#add("position", "", "i32", []);
  }

  apply(name: ScalarFunction, x: Scalar): Instruction {
    return this.#add("apply", name, x.dtype, [x]);
  }

  combine(name: ScalarOperation, a: Scalar, b: Scalar): Instruction {
    return this.#power(name, a, b as Instruction) ?? this.#add("combine", name, a.dtype, [a, b]);
  }

  /** Powers that one instruction computes exactly. */
  #power(name: ScalarOperation, a: Scalar, b: Instruction): Instruction | undefined {
    if (name !== "pow" || b.kind !== "constant") return undefined;
    if (b.value === 1) return a as Instruction;
    if (b.value === 2) return this.combine("mul", a, a);
    return b.value === -1 ? this.combine("div", this.constant(1, a.dtype), a) : undefined;
  }

  compare(name: ScalarComparison, a: Scalar, b: Scalar): Instruction {
    return this.#add("compare", name, "bool", [a, b]);
  }

  bits(name: "and" | "or" | "xor", a: Scalar, b: Scalar): Instruction {
    return this.#add("bits", name, a.dtype, [a, b]);
  }

  not(x: Scalar): Instruction {
    return this.#add("not", "", x.dtype, [x]);
  }

  shift(direction: "left" | "right", x: Scalar, bits: number): Instruction {
    return this.#add("shift", direction, x.dtype, [x], bits);
  }

  choose(condition: Scalar, a: Scalar, b: Scalar): Instruction {
    return this.#add("choose", "", a.dtype, [condition, a, b]);
  }

  cast(x: Scalar, dtype: DType): Instruction {
    return x.dtype === dtype ? (x as Instruction) : this.#add("cast", "", dtype, [x]);
  }

  /** The instructions that `roots` need, in order. */
  live(roots: readonly Instruction[]): Instruction[] {
    const needed = new Set(roots);
    for (let i = this.instructions.length - 1; i >= 0; i--) {
      const instruction = this.instructions[i]!;
      if (needed.has(instruction)) for (const operand of instruction.operands) needed.add(operand);
    }
    return this.instructions.filter((instruction) => needed.has(instruction));
  }
}
