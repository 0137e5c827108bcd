import { ByteWriter } from "./byte-writer.ts";
import { constantProblem, vectorBytes, writeConstant, writeVector } from "./constants.ts";
import { controlCodes } from "./opcodes/control.ts";
import type { Immediate, Instruction } from "./opcodes/table.ts";
import { Global, Local, type MemoryArgument, Value } from "./operand.ts";
import { type Entry, OperandStack } from "./operand-stack.ts";
import { typeCode, type ValueType } from "./value-type.ts";

const isMemoryArgument = (arg: unknown): arg is MemoryArgument =>
  typeof arg === "object" && arg !== null && !("kind" in arg);

/** Zeros, and ones in all bits, are an instruction without operands. */
const isFree = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0 || bytes[0] === 0xff) && bytes.every((byte) => byte === bytes[0]);

/**
 * The code of one function as it grows: operands, constants, locals. `function-builder.ts` adds the instructions.
 * Instructions come out in the order of the calls. Operands given as arguments are read in the order of the
 * arguments, before the instruction; those that are left out in front are the ones on the stack.
 */
export class FunctionBody {
  readonly name: string;
  readonly stack: OperandStack;
  protected readonly code: ByteWriter = new ByteWriter(1024);
  readonly #prologue = new ByteWriter(64);
  readonly #locals: Local[] = [];
  readonly #parameters: number;
  readonly #hoistConstants: boolean;
  /** What is not to be read any more. */
  protected readonly forgotten: Set<Local> = new Set();
  /** By the object that holds the bytes, which is often the same one, and by the bytes as text. */
  readonly #hoisted = new Map<Uint8Array | string, Local<"v128">>();

  constructor(name: string, parameters: readonly ValueType[], hoistConstants: boolean) {
    this.name = name;
    this.stack = new OperandStack(name);
    for (const type of parameters) this.#locals.push(new Local(type, this.#locals.length));
    this.#parameters = parameters.length;
    this.#hoistConstants = hoistConstants;
  }

  /** The parameters, and the locals made so far. */
  get locals(): readonly Local[] {
    return this.#locals;
  }

  /** A new local variable; it begins as zero. */
  local<T extends ValueType>(type: T, name?: string): Local<T> {
    const local = new Local(type, this.#locals.length, name);
    this.#locals.push(local);
    return local;
  }

  /** Checks a local that was handed in. */
  protected own(local: Local, instruction: string, entry: Entry): void {
    if (this.#locals[local.index] !== local)
      throw this.stack.error(instruction, `local ${local.index} belongs to another function`, entry);
  }

  /** Writes a vector constant, or reads it from the local it was hoisted to. */
  vector(bytes: Uint8Array): Value<"v128"> {
    const start = this.code.length;
    if (this.#hoistConstants && !isFree(bytes)) {
      const text = (): string => String(bytes);
      let local = this.#hoisted.get(bytes) ?? this.#hoisted.get(text());
      if (!local) {
        local = this.local("v128");
        this.#hoisted.set(bytes, local).set(text(), local);
        writeVector(this.#prologue, bytes);
        this.#prologue.byte(controlCodes["local.set"]);
        this.#prologue.u32(local.index);
      }
      this.code.byte(controlCodes["local.get"]);
      this.code.u32(local.index);
    } else writeVector(this.code, bytes);
    return this.stack.push("v128", start);
  }

  /** Writes what reads one operand given as a variable or a constant, and pushes it. */
  #read(arg: unknown, type: ValueType, group: string, instruction: string, entry: Entry): Value {
    const { code, stack } = this;
    const start = code.length;
    if (arg instanceof Local) {
      this.own(arg, instruction, entry);
      if (this.forgotten.has(arg))
        throw stack.error(instruction, `local ${arg.index} was kept in a loop that begins again`, entry);
      code.byte(controlCodes["local.get"]);
      code.u32(arg.index);
      return stack.push(arg.type, start);
    }
    if (arg instanceof Global) {
      code.byte(controlCodes["global.get"]);
      code.u32(arg.index);
      return stack.push(arg.type, start);
    }
    if (typeof arg !== "number" && typeof arg !== "bigint")
      throw stack.error(instruction, `${String(arg)} is no operand`, entry, [type]);
    if (type === "v128") {
      const bytes = vectorBytes(group, [arg]);
      if (!bytes) throw stack.error(instruction, `${arg} has no meaning as a vector here`, entry, [type]);
      return this.vector(bytes);
    }
    const problem = constantProblem(type, arg);
    if (problem) throw stack.error(instruction, problem, entry, [type]);
    writeConstant(code, type, arg);
    return stack.push(type, start);
  }

  /** Moves the value just pushed, with its code, in front of the value at `place`. */
  #moveTop(place: number, instruction: string, entry: Entry): void {
    const { values } = this.stack;
    const top = values.pop()!;
    const size = this.code.length - top.start;
    const at = values[place]!.start;
    if (Number.isNaN(at))
      throw this.stack.error(instruction, "nothing can go between results of one call", entry);
    this.code.moveTail(at, size);
    for (let i = place; i < values.length; i++) values[i]!.start += size;
    top.start = at;
    values.splice(place, 0, top);
  }

  /**
   * Puts `args`, the last operands of an instruction, on the stack in their order and takes all operands from it.
   * Returns where the code of the first one begins.
   */
  operands(
    types: readonly ValueType[],
    args: readonly unknown[],
    instruction: string,
    entry: Entry,
    group = "",
  ): number {
    const { stack } = this;
    const start = this.code.length;
    if (args.length > types.length)
      throw stack.error(instruction, `${args.length} operands given, ${types.length} wanted`, entry, types);
    let made = 0;
    for (const arg of args) if (arg instanceof Value) made++;
    let place = stack.values.length - made;
    const first = types.length - args.length;
    for (let i = 0; i < args.length; i++, place++) {
      const arg = args[i];
      if (arg instanceof Value) {
        if (stack.values[place] !== arg && !stack.frame.unreachable)
          throw stack.error(
            instruction,
            `operand ${first + i + 1} is not on the stack in its place: a value is used once, in the order made`,
            entry,
            types,
          );
      } else {
        this.#read(arg, types[first + i]!, group, instruction, entry);
        if (place >= 0 && place < stack.values.length - 1) this.#moveTop(place, instruction, entry);
      }
    }
    return stack.pop(types, start, instruction, entry);
  }

  /** Writes one instruction of the table. */
  instruction(row: Instruction, args: unknown[], entry: Entry): Value | undefined {
    const { code, stack } = this;
    let end = args.length;
    let memory: MemoryArgument | undefined;
    if (row.memory && end > row.leading && isMemoryArgument(args[end - 1]))
      memory = args[--end] as MemoryArgument;
    if (end < row.leading) throw stack.error(row.name, "its immediate is missing", entry);
    const leading = row.leading;
    const operands = leading === 0 && end === args.length ? args : args.slice(leading, end);
    const start = this.operands(row.operands, operands, row.name, entry, row.group);
    if (row.prefix !== 0) {
      code.byte(row.prefix);
      code.u32(row.code);
    } else code.byte(row.code);
    let next = 0;
    for (const immediate of row.immediates)
      this.#immediate(immediate, immediate.kind === "memory" ? memory : args[next++], row, entry);
    return row.result && stack.push(row.result, start);
  }

  #immediate(immediate: Immediate, value: unknown, { name }: Instruction, entry: Entry): void {
    const { code, stack } = this;
    if (immediate.kind === "memory")
      this.#memoryArgument(immediate, (value ?? {}) as MemoryArgument, name, entry);
    else if (immediate.kind === "lane") {
      if (!Number.isInteger(value) || Number(value) < 0 || Number(value) >= immediate.count)
        throw stack.error(name, `lane ${value} is not among 0 … ${immediate.count - 1}`, entry);
      code.byte(Number(value));
    } else if (immediate.kind === "shuffle") {
      const lanes = value as readonly number[];
      if (lanes.length !== 16 || lanes.some((lane) => !(Number.isInteger(lane) && lane >= 0 && lane < 32)))
        throw stack.error(name, "takes 16 lanes among 0 … 31", entry);
      code.bytes(Uint8Array.from(lanes));
    } else {
      const problem = constantProblem(immediate.kind, value);
      if (problem) throw stack.error(name, problem, entry);
      code.length -= 1; // the constant brings its opcode along
      writeConstant(code, immediate.kind, value as number);
    }
  }

  #memoryArgument(
    { align: natural, exact }: { align: number; exact: boolean },
    { offset = 0, align = natural }: MemoryArgument,
    name: string,
    entry: Entry,
  ): void {
    const power = Math.log2(align);
    if (!Number.isInteger(power) || align > natural || align < 1 || (exact && align !== natural))
      throw this.stack.error(
        name,
        `alignment ${align} is not ${exact ? "" : "a power of two up to "}${natural}`,
        entry,
      );
    if (!Number.isInteger(offset) || offset < 0 || offset >= 2 ** 32)
      throw this.stack.error(name, `offset ${offset} is not among 0 … 2^32 - 1`, entry);
    this.code.u32(power);
    this.code.u32(offset);
  }

  /** The finished body: locals in runs of one type, hoisted constants, code. */
  protected assemble(): ByteWriter {
    const body = new ByteWriter(this.code.length + 64);
    const runs: { type: ValueType; count: number }[] = [];
    for (const { type } of this.#locals.slice(this.#parameters)) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    body.u32(runs.length);
    for (const { type, count } of runs) {
      body.u32(count);
      body.byte(typeCode[type]);
    }
    body.bytes(this.#prologue.view());
    body.bytes(this.code.view());
    return body;
  }
}
