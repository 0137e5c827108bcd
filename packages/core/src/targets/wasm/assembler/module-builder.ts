import { type Arithmetic, PLAIN } from "../arithmetic.ts";
import { AssemblyError } from "./assembly-error.ts";
import { ByteWriter } from "./byte-writer.ts";
import { constantProblem, writeConstant } from "./constants.ts";
import { FunctionBuilder, type FunctionModule } from "./function-builder.ts";
import type { FunctionOptions, FunctionReference, Parameters } from "./function-signature.ts";
import { controlCodes } from "./opcodes/control.ts";
import { Global, type Local } from "./operand.ts";
import { typeCode, type ValueType } from "./value-type.ts";

/** Where an import comes from. */
export type ImportPlace = readonly [module: string, name: string];

/** A memory: sizes in pages of 64 KiB. */
export interface MemoryOptions {
  readonly min: number;
  /** Default: none; a shared memory needs one. */
  readonly max?: number;
  /** Default false. */
  readonly shared?: boolean;
  /** Default: a memory of the module's own. */
  readonly import?: ImportPlace;
  /** Default: not exported. */
  readonly export?: string;
}

interface Definition extends FunctionReference {
  readonly type: number;
  body: Uint8Array | undefined;
  locals: readonly Local[];
}

const EXPORT_KINDS = { function: 0, memory: 2, global: 3 } as const;

/**
 * Writes a module. Imports come before functions.
 *
 *     const module = new ModuleBuilder();
 *     module.function({ name: "double", params: ["f64"], results: ["f64"], export: true }, ({ f64 }, x) => {
 *       f64.mul(x, 2);
 *     });
 *     const bytes = module.finish();
 */
export class ModuleBuilder implements FunctionModule {
  readonly arithmetic: Arithmetic;
  readonly #types: { params: readonly ValueType[]; results: readonly ValueType[] }[] = [];
  readonly #typeIndex = new Map<string, number>();
  readonly #imports: { place: ImportPlace; reference: FunctionReference; type: number }[] = [];
  readonly #functions: Definition[] = [];
  readonly #globals: { global: Global; value: number | bigint }[] = [];
  readonly #exports: { name: string; kind: keyof typeof EXPORT_KINDS; index: number }[] = [];
  readonly #shared = new Map<string, unknown>();
  #memory: MemoryOptions | undefined;

  /** `arithmetic`: what its functions may use. Default: what every engine has. */
  constructor(arithmetic: Arithmetic = PLAIN) {
    this.arithmetic = arithmetic;
  }

  #error(what: string, problem: string, entry: (...args: never[]) => unknown): AssemblyError {
    return new AssemblyError(what, problem, { functionName: "(module)" }, entry);
  }

  /** The index of a function type. */
  type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params}->${results}`;
    let index = this.#typeIndex.get(key);
    if (index === undefined) {
      index = this.#types.push({ params, results }) - 1;
      this.#typeIndex.set(key, index);
    }
    return index;
  }

  /** The module's memory. */
  memory(options: MemoryOptions): void {
    if (this.#memory) throw this.#error("memory", "there is one already", this.memory);
    if (options.shared && options.max === undefined)
      throw this.#error("memory", "a shared memory needs a maximum", this.memory);
    if (options.max !== undefined && options.max < options.min)
      throw this.#error("memory", `max ${options.max} is less than min ${options.min}`, this.memory);
    this.#memory = options;
    if (options.export !== undefined) this.#export(options.export, "memory", 0, this.memory);
  }

  /** A function of the embedder. */
  importFunction<P extends readonly ValueType[], R extends readonly ValueType[]>(
    place: ImportPlace,
    params: readonly [...P],
    results: readonly [...R],
  ): FunctionReference<P, R> {
    if (this.#functions.length > 0)
      throw this.#error("import", `${place.join(".")} comes after a function`, this.importFunction);
    const index = this.#imports.length;
    const reference = { name: place[1], index, params, results } as unknown as FunctionReference<P, R>;
    this.#imports.push({ place, reference, type: this.type(params, results) });
    return reference;
  }

  /** A variable of the module. `value`: where it begins, default 0. */
  global<T extends Exclude<ValueType, "v128">>(
    type: T,
    options: { value?: number | bigint; mutable?: boolean; export?: string } = {},
  ): Global<T> {
    const { value = 0, mutable = false } = options;
    const problem = constantProblem(type, value);
    if (problem) throw this.#error("global", problem, this.global);
    const global = new Global(type, this.#globals.length, mutable);
    this.#globals.push({ global, value });
    if (options.export !== undefined) this.#export(options.export, "global", global.index, this.global);
    return global;
  }

  /** Defines a function; `build` writes its code and gets its parameters as locals. */
  function<P extends readonly ValueType[], R extends readonly ValueType[]>(
    options: FunctionOptions<P, R>,
    build: (f: FunctionBuilder, ...params: Parameters<P>) => void,
  ): FunctionReference<P, R> {
    const { name, params, results } = options;
    const index = this.#imports.length + this.#functions.length;
    const definition: Definition = {
      name,
      index,
      params,
      results,
      type: this.type(params, results),
      body: undefined,
      locals: [],
    };
    this.#functions.push(definition);
    if (options.export) this.#export(name, "function", index, this.function);
    const builder = new FunctionBuilder(this, options, options.hoistConstants ?? true);
    build(builder, ...(builder.locals as unknown as Parameters<P>));
    definition.body = builder.finish(this.function);
    definition.locals = builder.locals;
    return definition as unknown as FunctionReference<P, R>;
  }

  /** What `build` makes, once per key: a function that several others call. */
  once<T>(key: string, build: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, build());
    return this.#shared.get(key) as T;
  }

  #export(
    name: string,
    kind: keyof typeof EXPORT_KINDS,
    index: number,
    entry: (...args: never[]) => unknown,
  ): void {
    if (this.#exports.some((other) => other.name === name))
      throw this.#error("export", `there is a ${JSON.stringify(name)} already`, entry);
    this.#exports.push({ name, kind, index });
  }

  /** The module in the binary format. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(4096);
    out.word32(0x6d736100);
    out.word32(1);
    const memory = this.#memory;
    section(out, 1, this.#types, (to, { params, results }) => {
      to.byte(0x60);
      for (const types of [params, results]) writeTypes(to, types);
    });
    const importedMemory = memory?.import ? [memory] : [];
    section(out, 2, [...importedMemory, ...this.#imports], (to, item) => {
      const [from, name] = "place" in item ? item.place : item.import!;
      to.name(from);
      to.name(name);
      if ("place" in item) {
        to.byte(0);
        to.u32(item.type);
      } else {
        to.byte(2);
        writeLimits(to, item);
      }
    });
    section(out, 3, this.#functions, (to, { type }) => to.u32(type));
    section(out, 5, memory && !memory.import ? [memory] : [], writeLimits);
    section(out, 6, this.#globals, (to, { global, value }) => {
      to.byte(typeCode[global.type]);
      to.byte(global.mutable ? 1 : 0);
      writeConstant(to, global.type as "i32", value);
      to.byte(controlCodes.end);
    });
    section(out, 7, this.#exports, (to, { name, kind, index }) => {
      to.name(name);
      to.byte(EXPORT_KINDS[kind]);
      to.u32(index);
    });
    section(out, 10, this.#functions, (to, { body, name }) => {
      if (!body)
        throw this.#error("finish", `the function ${JSON.stringify(name)} is not finished`, this.finish);
      to.u32(body.length);
      to.bytes(body);
    });
    this.#writeNames(out);
    return out.view().slice();
  }

  /** The custom section "name": functions, and locals that have names. */
  #writeNames(out: ByteWriter): void {
    const custom = new ByteWriter();
    custom.name("name");
    const references = [...this.#imports.map(({ reference }) => reference), ...this.#functions];
    section(custom, 1, references, (to, { index, name }) => {
      to.u32(index);
      to.name(name);
    });
    const named = this.#functions.filter(({ locals }) => locals.some(({ name }) => name !== undefined));
    section(custom, 2, named, (to, { index, locals }) => {
      to.u32(index);
      const those = locals.filter(({ name }) => name !== undefined);
      to.u32(those.length);
      for (const local of those) {
        to.u32(local.index);
        to.name(local.name!);
      }
    });
    out.byte(0);
    out.sized(custom);
  }
}

/** A section that holds a list; nothing where the list is empty. */
function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (to: ByteWriter, item: T) => void,
): void {
  if (items.length === 0) return;
  const content = new ByteWriter();
  content.u32(items.length);
  for (const item of items) write(content, item);
  out.byte(id);
  out.sized(content);
}

function writeTypes(to: ByteWriter, types: readonly ValueType[]): void {
  to.u32(types.length);
  for (const type of types) to.byte(typeCode[type]);
}

function writeLimits(to: ByteWriter, { min, max, shared }: MemoryOptions): void {
  to.byte((max === undefined ? 0 : 1) + (shared ? 2 : 0));
  to.u32(min);
  if (max !== undefined) to.u32(max);
}
