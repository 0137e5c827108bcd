import { byteWidth } from "../../../dtype.ts";
import type { LoopCounter, PlainKernel, StepRange, View } from "../../../lower/kernel.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { Local } from "../assembler/operand.ts";
import type { Printed } from "../kernels/printed.ts";
import { type FailingKernel, type ProgramOptions, STATUS_BYTES } from "./program-module.ts";

/** What a function of a program is called with. */
export interface Context {
  /** All of its parameters, in their order. */
  readonly locals: readonly Local<"i32">[];
  readonly arena: Local<"i32">;
  /** Where there are threads: the scratch memory of this one, its number, and how many run. */
  readonly scratch?: Local<"i32">;
  readonly thread?: Local<"i32">;
  readonly threads?: Local<"i32">;
  readonly loops: readonly LoopCounter[];
  /** The steps that the loops are at. */
  readonly steps: ReadonlyMap<LoopCounter, Local<"i32">>;
}

/** Writes calls of kernels: their addresses, their shares, and what becomes of it where they fail. */
export class ProgramCalls {
  readonly failing: FailingKernel[] = [];
  barrier: FunctionReference<["i32", "i32"], ["i32"]> | undefined;
  readonly #options: ProgramOptions;
  readonly #printed: ReadonlyMap<PlainKernel, Printed>;

  constructor(options: ProgramOptions, printed: ReadonlyMap<PlainKernel, Printed>) {
    this.#options = options;
    this.#printed = printed;
  }

  /** Waits for the other threads; ends the function where one of them has failed. */
  meet(f: FunctionBuilder, { threads }: Context): void {
    const control = f.keep(f.i32.const(this.#options.threads!.control));
    f.if(f.call(this.barrier!, control, threads!), () => f.return(f.keep(f.i32.const(-1))));
  }

  /** Calls a kernel, for this thread's units or for all; ends the function where it fails. */
  kernel(f: FunctionBuilder, context: Context, kernel: PlainKernel, shared: boolean): void {
    const printed = this.#printed.get(kernel)!;
    this.#call(f, context, printed, shared);
    if (!printed.fails) return;
    this.failing.push({ kernel, loops: context.loops });
    const code = this.failing.length;
    const status = f.local("i32");
    f.set(status);
    f.if(status, () => {
      const { arena, thread, loops, steps } = context;
      const at = thread ? f.keep(f.i32.add(arena, f.i32.mul(thread, STATUS_BYTES))) : arena;
      f.i32.store(at, status);
      loops.forEach((counter, i) => {
        f.i32.store(at, steps.get(counter)!, { offset: 4 + 4 * i });
      });
      f.return(f.keep(f.i32.const(code)));
    });
  }

  #call(f: FunctionBuilder, context: Context, printed: Printed, shared: boolean): void {
    const { function: reference, pointers, scratchBytes, units } = printed;
    const { i32 } = f;
    const { arena, scratch, thread, threads } = context;
    for (const view of pointers) this.#address(f, context, view);
    const parameters = reference.params.length - pointers.length;
    if (parameters === 3) {
      if (scratch) f.get(scratch);
      else i32.add(arena, this.#options.scratchOffset);
    } else if (scratchBytes > 0) throw new Error(`${reference.name} has no parameter for its scratch memory`);
    if (shared) {
      i32.div_u(i32.mul(thread!, units), threads!);
      i32.div_u(i32.mul(i32.add(thread!, 1), units), threads!);
    } else {
      i32.const(0);
      i32.const(units);
    }
    f.call(reference);
  }

  /** `n` of a range of steps. */
  rangeEnd(f: FunctionBuilder, context: Context, { count, skip, per, most }: StepRange): Local<"i32"> {
    const { i32 } = f;
    this.#address(f, context, count);
    const n = f.keep(i32.load());
    const atLeast = (low: number): void => {
      const least = f.keep(i32.const(low));
      f.set(n, f.select(n, least, i32.gt_s(n, least)));
    };
    atLeast(skip);
    if (skip > 0) f.set(n, i32.sub(n, skip));
    const last = f.keep(i32.const(most * per));
    f.set(n, f.select(n, last, i32.lt_s(n, last)));
    if (per > 1) f.set(n, i32.div_u(i32.add(n, per - 1), per));
    return n;
  }

  /** Leaves the address of a view's first element on the stack. */
  #address(f: FunctionBuilder, { arena, steps }: Context, { buffer, offset, advances }: View): void {
    const { i32 } = f;
    const width = byteWidth(buffer.dtype);
    const place = this.#options.place(buffer);
    const bytes = place.offset + offset * width;
    if (place.base === "arena") i32.add(arena, bytes);
    else i32.const(bytes);
    for (const { counter, stride, alternate } of advances) {
      const step = steps.get(counter)!;
      if (alternate === undefined) i32.mul(step, stride * width);
      else i32.mul(i32.and(alternate === 1 ? i32.add(step, 1) : f.get(step), 1), stride * width);
      i32.add();
    }
  }
}

/** Ends the function with the status on the stack where it is not 0. */
export function endWhereNotZero(f: FunctionBuilder): void {
  const status = f.local("i32");
  f.set(status);
  f.if(status, () => f.return(status));
}
