import type { Arithmetic } from "../arithmetic.ts";
import { FunctionBody } from "./function-body.ts";
import type { FunctionOptions, FunctionReference, Parameters } from "./function-signature.ts";
import { instructionGroup } from "./instruction-set.ts";
import type { InstructionGroups, LastOperands } from "./instruction-types.ts";
import { controlCodes } from "./opcodes/control.ts";
import { Global, Label, Local, type Operand, Value } from "./operand.ts";
import type { Entry } from "./operand-stack.ts";
import { typeCode, type ValueType } from "./value-type.ts";

/** What a list of result types leaves on the stack, as a caller sees it. */
export type Results<Types extends readonly ValueType[]> = Types extends readonly []
  ? undefined
  : Types extends readonly [infer Type extends ValueType]
    ? Value<Type>
    : { -readonly [I in keyof Types]: Value<Types[I]> };

/** What the code of a function uses of its module: types, and functions that it calls and that are written with it. */
export interface FunctionModule {
  readonly arithmetic: Arithmetic;
  /** The index of a function type. */
  type(params: readonly ValueType[], results: readonly ValueType[]): number;
  /** Defines a function; `build` writes its code and gets its parameters as locals. */
  function<P extends readonly ValueType[], R extends readonly ValueType[]>(
    options: FunctionOptions<P, R>,
    build: (f: FunctionBuilder, ...params: Parameters<P>) => void,
  ): FunctionReference<P, R>;
  /** What `build` makes, once per key: a function that several others call. */
  once<T>(key: string, build: () => T): T;
}

type Settable<T extends ValueType> = Local<T> | Global<T>;

/**
 * Writes the code of one function.
 *
 *     module.function({ name: "axpy", params: ["f32", "i32"], results: [] }, ({ v128, f32x4 }, a, p) => {
 *       v128.store(p, f32x4.mul(v128.load(p), f32x4.splat(a)));
 *     });
 */
export class FunctionBuilder extends FunctionBody {
  /** The module it belongs to. */
  readonly module: FunctionModule;
  readonly i32: InstructionGroups["i32"] = instructionGroup("i32", this);
  readonly i64: InstructionGroups["i64"] = instructionGroup("i64", this);
  readonly f32: InstructionGroups["f32"] = instructionGroup("f32", this);
  readonly f64: InstructionGroups["f64"] = instructionGroup("f64", this);
  readonly v128: InstructionGroups["v128"] = instructionGroup("v128", this);
  readonly i8x16: InstructionGroups["i8x16"] = instructionGroup("i8x16", this);
  readonly i32x4: InstructionGroups["i32x4"] = instructionGroup("i32x4", this);
  readonly i64x2: InstructionGroups["i64x2"] = instructionGroup("i64x2", this);
  readonly f32x4: InstructionGroups["f32x4"] = instructionGroup("f32x4", this);
  readonly f64x2: InstructionGroups["f64x2"] = instructionGroup("f64x2", this);
  readonly memory: InstructionGroups["memory"] = instructionGroup("memory", this);
  readonly #results: readonly ValueType[];
  /** The loops that are open, the innermost last, with the vectors kept in each. */
  readonly #loops: { readonly label: Label; readonly kept: Local<"v128">[] }[] = [];
  /** Never set, so zero. */
  #zero: Local<"v128"> | undefined;

  constructor(
    module: FunctionModule,
    signature: { name: string; params: readonly ValueType[]; results: readonly ValueType[] },
    hoistConstants: boolean,
  ) {
    super(signature.name, signature.params, hoistConstants);
    this.module = module;
    this.#results = signature.results;
    this.stack.open("function", new Label(signature.results, 0), signature.results, 0);
  }

  /** Reads a variable. */
  get<T extends ValueType>(variable: Settable<T>): Value<T> {
    const start = this.operands([variable.type], [variable], `${variable.kind}.get`, this.get);
    return this.stack.push(variable.type, start);
  }

  /** Assigns to a variable what is given, or what is on top of the stack. */
  set<T extends ValueType>(variable: Settable<T>, ...value: [Operand<T>?]): void {
    if (variable instanceof Global && !variable.mutable)
      throw this.stack.error("global.set", `global ${variable.index} is constant`, this.set);
    this.#assign(`${variable.kind}.set` as "local.set" | "global.set", variable, value, this.set);
  }

  /** Assigns to a local, and leaves the value on the stack. */
  tee<T extends ValueType>(local: Local<T>, ...value: [Operand<T>?]): Value<T> {
    const start = this.#assign("local.tee", local, value, this.tee);
    return this.stack.push(local.type, start);
  }

  #assign(
    name: "local.set" | "local.tee" | "global.set",
    variable: Settable<ValueType>,
    args: unknown[],
    entry: Entry,
  ): number {
    if (variable instanceof Local) this.own(variable, name, entry);
    const start = this.operands([variable.type], args, name, entry);
    this.code.byte(controlCodes[name]);
    this.code.u32(variable.index);
    return start;
  }

  /** Moves the value on top of the stack to a new local. */
  keep<T extends ValueType>(value: Value<T>, name?: string): Local<T> {
    const local = this.local(value.type, name);
    this.#assign("local.set", local, [value], this.keep);
    if (value.type === "v128") this.#loops.at(-1)?.kept.push(local as Local<"v128">);
    return local;
  }

  /**
   * A turn of a loop reads no vector that the turn before kept, but the engine does not know: it would hand each of them on,
   * and then not make pairs of them, since each alone is wanted. So they are zero when a loop begins again.
   */
  #forget(label: Label): void {
    const from = this.#loops.findIndex((loop) => loop.label === label);
    if (from < 0) return;
    for (const { kept } of this.#loops.slice(from)) {
      for (const local of kept) {
        this.forgotten.add(local);
        if (!this.module.arithmetic.wide) continue;
        this.#zero ??= this.local("v128");
        this.code.byte(controlCodes["local.get"]);
        this.code.u32(this.#zero.index);
        this.code.byte(controlCodes["local.set"]);
        this.code.u32(local.index);
      }
    }
  }

  /** Takes the top of the stack away. */
  drop(...value: [(Value | Local)?]): void {
    const type = this.#topType(value[0], 0);
    this.operands([type], value, "drop", this.drop);
    this.code.byte(controlCodes.drop);
  }

  /** `a` where `condition` is not 0, else `b`. */
  select<T extends ValueType>(
    ...args: [] | [Operand<"i32">] | [Value<T> | Local<T>, Value<T> | Local<T>, Operand<"i32">]
  ): Value<T> {
    const beneath = args.length === 1 && !(args[0] instanceof Value) ? 1 : 2;
    const type = this.#topType(args.length === 3 ? args[0] : undefined, beneath) as T;
    const start = this.operands([type, type, "i32"], args, "select", this.select);
    this.code.byte(controlCodes.select);
    return this.stack.push(type, start);
  }

  /** The type of an operand that may have any: of what is given, or of what lies `depth` below the top. */
  #topType(given: unknown, depth: number): ValueType {
    if (given instanceof Value || given instanceof Local) return given.type;
    return this.stack.values.at(-1 - depth)?.type ?? "i32";
  }

  /** Calls a function of the module. */
  call<P extends readonly ValueType[], R extends readonly ValueType[]>(
    target: FunctionReference<P, R>,
    ...args: LastOperands<P>
  ): Results<R> {
    const start = this.operands(target.params, args, `call ${target.name}`, this.call);
    this.code.byte(controlCodes.call);
    this.code.u32(target.index);
    return this.#pushAll(target.results, start) as Results<R>;
  }

  #pushAll(types: readonly ValueType[], start: number): unknown {
    const values = types.map((type, i) => this.stack.push(type, i === 0 ? start : Number.NaN));
    return values.length > 1 ? values : values[0];
  }

  /** A block; a branch to its label goes to its end, with `results` on the stack. */
  block(body: (exit: Label) => void): void;
  block<R extends readonly ValueType[]>(results: readonly [...R], body: (exit: Label) => void): Results<R>;
  block(...args: unknown[]): unknown {
    const body = args.pop() as (label: Label) => void;
    const results = (args[0] ?? []) as readonly ValueType[];
    return this.#region("block", results, results, this.code.length, this.block, body);
  }

  /** A loop; a branch to its label begins it again. */
  loop(body: (again: Label) => void): void;
  loop<R extends readonly ValueType[]>(results: readonly [...R], body: (again: Label) => void): Results<R>;
  loop(...args: unknown[]): unknown {
    const body = args.pop() as (label: Label) => void;
    const results = (args[0] ?? []) as readonly ValueType[];
    return this.#region("loop", results, [], this.code.length, this.loop, body);
  }

  /** Runs `then` where `condition` is not 0, else `otherwise`; a branch to the label goes to the end. */
  if(condition: Operand<"i32">, then: (exit: Label) => void, otherwise?: (exit: Label) => void): void;
  if<R extends readonly ValueType[]>(
    condition: Operand<"i32">,
    results: readonly [...R],
    then: (exit: Label) => void,
    otherwise: (exit: Label) => void,
  ): Results<R>;
  if(condition: Operand<"i32">, ...rest: unknown[]): unknown {
    const results = (Array.isArray(rest[0]) ? rest.shift() : []) as readonly ValueType[];
    const [then, otherwise] = rest as ((exit: Label) => void)[];
    const start = this.operands(["i32"], [condition], "if", this.if);
    if (results.length > 0 && !otherwise)
      throw this.stack.error("if", "results need an else", this.if, results);
    return this.#region("if", results, results, start, this.if, then!, otherwise);
  }

  #region(
    name: "block" | "loop" | "if",
    results: readonly ValueType[],
    carried: readonly ValueType[],
    start: number,
    entry: Entry,
    body: (label: Label) => void,
    otherwise?: (label: Label) => void,
  ): unknown {
    const { code, stack } = this;
    code.byte(controlCodes[name]);
    if (results.length > 1) code.i32(this.module.type([], results));
    else code.byte(results[0] ? typeCode[results[0]] : 0x40);
    const label = new Label(carried, stack.frames.length);
    stack.open(name, label, results, start);
    if (name === "loop") this.#loops.push({ label, kept: [] });
    body(label);
    if (name === "loop") this.#loops.pop();
    stack.close(entry);
    if (otherwise) {
      code.byte(controlCodes.else);
      label.open = true;
      stack.open("else", label, results, start);
      otherwise(label);
      stack.close(entry);
    }
    code.byte(controlCodes.end);
    return this.#pushAll(results, start);
  }

  #depth(label: Label, instruction: string, entry: Entry): number {
    if (!label.open || this.stack.frames[label.depth]?.label !== label)
      throw this.stack.error(instruction, "its label belongs to a block that is not open here", entry);
    return this.stack.frames.length - 1 - label.depth;
  }

  /** Branches to a label, with the values that it takes on the stack. */
  br(label: Label): void {
    const depth = this.#depth(label, "br", this.br);
    this.stack.pop(label.types, 0, "br", this.br);
    this.#forget(label);
    this.code.byte(controlCodes.br);
    this.code.u32(depth);
    this.stack.abandon();
  }

  /** Branches where the condition is not 0; the values that the label takes stay on the stack otherwise. */
  br_if(label: Label, ...condition: [Operand<"i32">?]): void {
    const depth = this.#depth(label, "br_if", this.br_if);
    this.operands(["i32"], condition, "br_if", this.br_if);
    const { values, frame } = this.stack;
    const carried = values.slice(Math.max(frame.height, values.length - label.types.length));
    const start = this.stack.pop(label.types, this.code.length, "br_if", this.br_if);
    this.#forget(label);
    this.code.byte(controlCodes.br_if);
    this.code.u32(depth);
    if (carried.length === label.types.length) values.push(...carried);
    else this.#pushAll(label.types, start);
  }

  /** Branches to the label with the number `index`, to `otherwise` where there is none. */
  br_table(labels: readonly Label[], otherwise: Label, ...index: [Operand<"i32">?]): void {
    this.operands(["i32"], index, "br_table", this.br_table);
    this.code.byte(controlCodes.br_table);
    this.code.u32(labels.length);
    for (const label of [...labels, otherwise]) {
      if (String(label.types) !== String(otherwise.types))
        throw this.stack.error("br_table", "its labels take different types", this.br_table, otherwise.types);
      this.code.u32(this.#depth(label, "br_table", this.br_table));
    }
    this.stack.pop(otherwise.types, 0, "br_table", this.br_table);
    this.stack.abandon();
  }

  /** Returns from the function with the values given, or with those on the stack. */
  return(...values: (Value | Local)[]): void {
    this.operands(this.#results, values, "return", this.return);
    this.code.byte(controlCodes.return);
    this.stack.abandon();
  }

  /** Traps. */
  unreachable(): void {
    this.code.byte(controlCodes.unreachable);
    this.stack.abandon();
  }

  /** Checks the results and gives the body as bytes. */
  finish(entry: Entry): Uint8Array {
    this.stack.close(entry);
    this.code.byte(controlCodes.end);
    return this.assemble().view();
  }
}
