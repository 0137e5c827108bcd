import { AssemblyError } from "./assembly-error.ts";
import { type Label, Value } from "./operand.ts";
import type { ValueType } from "./value-type.ts";

// biome-ignore lint/suspicious/noExplicitAny: the entry point of any instruction, only compared with stack frames
export type Entry = (...args: any[]) => unknown;

/** A block that is open. */
interface Frame {
  readonly name: string;
  readonly label: Label;
  readonly results: readonly ValueType[];
  /** How many values were on the stack where it began. */
  readonly height: number;
  /** Where its code begins, in bytes. */
  readonly start: number;
  /** After a branch nothing runs until its end, and the stack holds whatever is asked for. */
  unreachable: boolean;
}

/**
 * The types on the operand stack while code is written.
 * Source: WebAssembly specification 2.0, appendix "Validation Algorithm".
 */
export class OperandStack {
  readonly values: Value[] = [];
  readonly frames: Frame[] = [];
  readonly #functionName: string;

  constructor(functionName: string) {
    this.#functionName = functionName;
  }

  get frame(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  /** Types of the values that the innermost block has on the stack. */
  types(): ValueType[] {
    return this.values.slice(this.frame?.height ?? 0).map((value) => value.type);
  }

  error(instruction: string, problem: string, entry: Entry, expected?: readonly string[]): AssemblyError {
    const where = { functionName: this.#functionName, stack: this.types(), ...(expected && { expected }) };
    return new AssemblyError(instruction, problem, where, entry);
  }

  push<T extends ValueType>(type: T, start: number): Value<T> {
    const value = new Value(type, start);
    this.values.push(value);
    return value;
  }

  /** Takes `types` from the top; returns where the code of the first one begins, or `start` where there is none. */
  pop(types: readonly ValueType[], start: number, instruction: string, entry: Entry): number {
    const { values, frame } = this;
    const count = types.length;
    const base = values.length - count;
    let begin = start;
    for (let i = count - 1; i >= 0; i--) {
      const value = base + i >= frame.height ? values[base + i] : undefined;
      if (!value && frame.unreachable) continue;
      if (!value) throw this.error(instruction, `operand ${i + 1} of ${count} is missing`, entry, types);
      if (value.type !== types[i])
        throw this.error(
          instruction,
          `operand ${i + 1} must be ${types[i]}, but is ${value.type}`,
          entry,
          types,
        );
      begin = value.start;
    }
    values.length = Math.max(base, frame.height);
    return begin;
  }

  open(name: string, label: Label, results: readonly ValueType[], start: number): void {
    this.frames.push({ name, label, results, height: this.values.length, start, unreachable: false });
  }

  /** Checks that the innermost block leaves its results and nothing else, and takes them from the stack. */
  close(entry: Entry): Frame {
    const { frame, values } = this;
    this.pop(frame.results, 0, `end of ${frame.name}`, entry);
    const extra = values.length - frame.height;
    if (extra > 0)
      throw this.error(
        `end of ${frame.name}`,
        `${extra} too many on the stack beneath the results`,
        entry,
        frame.results,
      );
    frame.label.open = false;
    this.frames.pop();
    return frame;
  }

  /** From here to the end of the block nothing runs. */
  abandon(): void {
    this.values.length = this.frame.height;
    this.frame.unreachable = true;
  }
}
