import { byteWidth } from "../../dtype.ts";
import type {
  Buffer,
  Kernel,
  LoopCounter,
  LoopKernel,
  PlainKernel,
  View,
  WatchKernel,
} from "../../lower/kernel.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { printKernel } from "./kernels/print.ts";
import type { Printed } from "./kernels/printed.ts";
import { type FunctionReference, ModuleBuilder } from "./module-builder.ts";
import type { Local } from "./operand.ts";

/** Where a buffer lies: from the beginning of the arena, or at an address of the memory. Bytes. */
export interface Place {
  readonly base: "arena" | "memory";
  readonly offset: number;
}

export interface ProgramOptions {
  readonly kernels: readonly Kernel[];
  place(buffer: Buffer): Place;
  /** Where in the arena scratch memory begins; each thread has its own. */
  readonly scratchOffset: number;
  /** Pages of 64 KiB that the memory has at least when the program begins. */
  readonly memory: { readonly pages: number; readonly shared: boolean; readonly maximum: number };
}

/** Kernels that can end a call, by the number that the call returns less 1, with the loops around them. */
export interface FailingKernel {
  readonly kernel: PlainKernel;
  readonly loops: readonly LoopCounter[];
}

/** A program as a module whose function `main(arena)` runs it: 0 for success, else which kernel failed. */
export interface ProgramModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly failing: readonly FailingKernel[];
  readonly scratchBytes: number;
}

/** What a kernel that failed leaves at the beginning of the arena: its status, then the steps that loops were at. */
export const STATUS_BYTES = 128;

/** Calls per function: engines take longer than linear time over very long ones. */
const LONGEST = 300;

/** Writes the calls of kernels, with their addresses. */
class ProgramWriter {
  readonly module = new ModuleBuilder();
  readonly failing: FailingKernel[] = [];
  scratchBytes = 0;
  readonly #options: ProgramOptions;
  #parts = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
    const { pages, shared, maximum } = options.memory;
    this.module.memory({
      min: pages,
      import: ["runtime", "memory"],
      ...(shared && { shared, max: maximum }),
    });
  }

  /** A function of the arena and the steps of the loops around, which runs kernels one after another. */
  part(name: string, kernels: readonly Kernel[], loops: readonly LoopCounter[]): FunctionReference {
    const pieces = this.#split(kernels, loops);
    const params = ["i32", ...loops.map(() => "i32" as const)] as const;
    return this.module.function(
      { name, params, results: ["i32"], export: name === "main" },
      (f, ...locals) => {
        const [arena, ...steps] = locals as [Local<"i32">, ...Local<"i32">[]];
        const counters = new Map(loops.map((counter, i) => [counter, steps[i]!]));
        for (const piece of pieces) {
          if ("kind" in piece) this.#kernel(f, arena, piece, loops, counters);
          else {
            for (const local of [arena, ...steps]) f.get(local);
            f.call(piece);
            endWhereNotZero(f);
          }
        }
        f.i32.const(0);
      },
    );
  }

  /** Long lists become calls of parts. Functions are written before the one that calls them. */
  #split(kernels: readonly Kernel[], loops: readonly LoopCounter[]): (Kernel | FunctionReference)[] {
    if (kernels.length <= LONGEST) return kernels.map((kernel) => this.#prepared(kernel, loops));
    const size = Math.max(LONGEST, Math.ceil(kernels.length / LONGEST));
    const parts: FunctionReference[] = [];
    for (let at = 0; at < kernels.length; at += size)
      parts.push(this.part(`part-${this.#parts++}`, kernels.slice(at, at + size), loops));
    return parts;
  }

  readonly #printed = new Map<PlainKernel, Printed>();
  readonly #bodies = new Map<LoopKernel, FunctionReference>();

  /** Prints what the kernel calls, before the function that calls it is begun. */
  #prepared(kernel: Kernel, loops: readonly LoopCounter[]): Kernel {
    if (kernel.kind === "loop") {
      this.#bodies.set(kernel, this.part(`step-${this.#parts++}`, kernel.body, [...loops, kernel.counter]));
      return kernel;
    }
    const printed = printKernel(this.module, kernel);
    this.#printed.set(kernel, printed);
    this.scratchBytes = Math.max(this.scratchBytes, printed.scratchBytes);
    if (kernel.kind === "watch") for (const view of kernel.unless) this.#watched(kernel, view);
    return kernel;
  }

  readonly #operands = new Map<View, Printed>();

  #watched(kernel: WatchKernel, view: View): void {
    this.#operands.set(view, printKernel(this.module, { ...kernel, view, unless: [] }));
  }

  #kernel(
    f: FunctionBuilder,
    arena: Local<"i32">,
    kernel: Kernel,
    loops: readonly LoopCounter[],
    counters: ReadonlyMap<LoopCounter, Local<"i32">>,
  ): void {
    if (kernel.kind === "loop") {
      this.#loop(f, arena, kernel, counters);
      return;
    }
    const printed = this.#printed.get(kernel)!;
    this.#call(f, arena, printed, counters);
    if (!printed.fails) return;
    this.failing.push({ kernel, loops });
    const code = this.failing.length;
    const status = f.local("i32");
    f.set(status);
    f.if(status, () => {
      f.block((pardoned) => {
        if (kernel.kind === "watch") {
          for (const view of kernel.unless) {
            this.#call(f, arena, this.#operands.get(view)!, counters);
            f.br_if(pardoned);
          }
        }
        f.i32.store(arena, status);
        loops.forEach((counter, i) => {
          f.i32.store(arena, counters.get(counter)!, { offset: 4 + 4 * i });
        });
        f.return(f.keep(f.i32.const(code)));
      });
    });
  }

  #call(
    f: FunctionBuilder,
    arena: Local<"i32">,
    { function: reference, pointers, scratchBytes, units }: Printed,
    counters: ReadonlyMap<LoopCounter, Local<"i32">>,
  ): void {
    for (const view of pointers) this.#address(f, arena, view, counters);
    const parameters = reference.params.length - pointers.length;
    if (parameters === 3) f.i32.add(arena, this.#options.scratchOffset);
    else if (scratchBytes > 0) throw new Error(`${reference.name} has no parameter for its scratch memory`);
    f.i32.const(0);
    f.i32.const(units);
    f.call(reference);
  }

  /** Leaves the address of a view's first element on the stack. */
  #address(
    f: FunctionBuilder,
    arena: Local<"i32">,
    { buffer, offset, advances }: View,
    counters: ReadonlyMap<LoopCounter, Local<"i32">>,
  ): void {
    const { i32 } = f;
    const width = byteWidth(buffer.dtype);
    const place = this.#options.place(buffer);
    const bytes = place.offset + offset * width;
    if (place.base === "arena") i32.add(arena, bytes);
    else i32.const(bytes);
    for (const { counter, stride, alternate } of advances) {
      const step = counters.get(counter)!;
      if (alternate === undefined) i32.mul(step, stride * width);
      else i32.mul(i32.and(alternate === 1 ? i32.add(step, 1) : f.get(step), 1), stride * width);
      i32.add();
    }
  }

  #loop(
    f: FunctionBuilder,
    arena: Local<"i32">,
    kernel: LoopKernel,
    counters: ReadonlyMap<LoopCounter, Local<"i32">>,
  ): void {
    const { i32 } = f;
    const { length, reverse } = kernel.counter;
    const body = this.#bodies.get(kernel)!;
    const step = f.keep(i32.const(reverse ? length - 1 : 0));
    const outer = [...counters.values()];
    f.loop((again) => {
      for (const local of [arena, ...outer, step]) f.get(local);
      f.call(body);
      endWhereNotZero(f);
      f.set(step, i32.add(step, reverse ? -1 : 1));
      f.br_if(again, reverse ? i32.ge_s(step, 0) : i32.lt_s(step, length));
    });
  }
}

/** Ends the function with the status on the stack where it is not 0. */
function endWhereNotZero(f: FunctionBuilder): void {
  const status = f.local("i32");
  f.set(status);
  f.if(status, () => f.return(status));
}

/** Prints a program. */
export function writeProgram(options: ProgramOptions): ProgramModule {
  const writer = new ProgramWriter(options);
  writer.part("main", options.kernels, []);
  return { bytes: writer.module.finish(), failing: writer.failing, scratchBytes: writer.scratchBytes };
}
