import { stepsOf } from "../../../lower/accesses.ts";
import type { Kernel, LoopCounter, LoopKernel, PlainKernel, StepRange } from "../../../lower/kernel.ts";
import type { Pieces } from "../../../pieces.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { printKernel } from "../kernels/print.ts";
import type { Printed } from "../kernels/printed.ts";
import { LOOK } from "./barrier.ts";
import { type Context, endWhereNotZero, ProgramCalls } from "./program-calls.ts";
import { LAP, type ProgramModule, type ProgramOptions } from "./program-module.ts";
import type { Task } from "./schedule.ts";
import type { Bounds } from "./step-part.ts";

/** Calls per function: engines take longer than linear time over very long ones. */
const LONGEST = 300;

/** Writes the calls of kernels, with their addresses. */
class ProgramWriter {
  readonly module: ModuleBuilder;
  scratchBytes = 0;
  sharedCost = 0;
  tasks: ReadonlyMap<Kernel, Task> = new Map();
  readonly calls: ProgramCalls;
  readonly #printed = new Map<PlainKernel, Printed>();
  readonly #bodies = new Map<LoopKernel, FunctionReference>();
  readonly #options: ProgramOptions;
  readonly timed: PlainKernel[] = [];
  readonly #look: FunctionReference<readonly [], readonly []> | undefined;
  readonly #lap: FunctionReference<readonly ["i32"], readonly []> | undefined;
  #parts = 0;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.module = new ModuleBuilder(options.arithmetic);
    const { pages, shared, maximum } = options.memory;
    this.module.memory({
      min: pages,
      import: ["runtime", "memory"],
      ...(shared && { shared, max: maximum }),
    });
    this.calls = new ProgramCalls(options, this.#printed);
    this.#look = options.threads && this.module.importFunction(["runtime", LOOK], [], []);
    this.#lap = options.laps ? this.module.importFunction(["runtime", LAP], ["i32"], []) : undefined;
  }

  *write(): Pieces<void> {
    const { kernels, threads, place, scratchOffset } = this.#options;
    yield* this.#print(kernels);
    if (!threads) {
      this.#part("main", kernels, []);
      return;
    }
    const { count, sharing, shares, atOnce, leastCost } = threads;
    this.tasks = sharing.schedule(kernels, {
      threads: count,
      printed: this.#printed,
      shares,
      atOnce,
      place,
      leastCost,
    });
    yield;
    this.sharedCost = this.#costOf(kernels);
    this.calls.barrier = sharing.barrierFunction(this.module, this.#look!);
    const all = this.#part("all", kernels, []) as FunctionReference<["i32", "i32", "i32", "i32"], ["i32"]>;
    const params = ["i32", "i32", "i32", "i32"] as const;
    this.module.function(
      { name: "main", params, results: ["i32"], export: true },
      (f, thread, count, arena, scratchBytes) => {
        const { i32 } = f;
        f.set(scratchBytes, i32.add(i32.add(arena, scratchOffset), i32.mul(thread, scratchBytes)));
        f.call(all, arena, scratchBytes, thread, count);
      },
    );
  }

  /** Prints what kernels call, before the functions that call it. */
  *#print(kernels: readonly Kernel[]): Pieces<void> {
    for (const kernel of kernels) {
      if (kernel.kind === "loop") {
        yield* this.#print(kernel.body);
        continue;
      }
      yield;
      const printed = printKernel(this.module, kernel);
      this.#printed.set(kernel, printed);
      this.scratchBytes = Math.max(this.scratchBytes, printed.scratchBytes);
    }
  }

  /** What kernels cost that threads share, or that are in a share. */
  #costOf(kernels: readonly Kernel[]): number {
    let sum = 0;
    for (const kernel of kernels) {
      const atOnce = kernel.kind === "loop" && this.#options.threads!.atOnce.has(kernel.counter);
      if (!atOnce && this.tasks.get(kernel)?.how === "alone") continue;
      sum +=
        kernel.kind === "loop"
          ? stepsOf(kernel) * this.#costOf(kernel.body)
          : this.#printed.get(kernel)!.cost;
    }
    return sum;
  }

  /** A function of the context and the steps of the loops around, which runs kernels one after another. */
  #part(name: string, kernels: readonly Kernel[], loops: readonly LoopCounter[]): FunctionReference {
    const pieces = this.#split(kernels, loops);
    const own = this.#options.threads ? 4 : 1;
    const params = Array.from({ length: own + loops.length }, () => "i32" as const);
    return this.module.function(
      { name, params, results: ["i32"], export: name === "main" },
      (f, ...locals) => {
        const context: Context = {
          locals: locals as Local<"i32">[],
          arena: locals[0]!,
          ...(own > 1 && { scratch: locals[1]!, thread: locals[2]!, threads: locals[3]! }),
          loops,
          steps: new Map(loops.map((counter, i) => [counter, locals[own + i]!])),
        };
        for (const piece of pieces) {
          if ("kind" in piece) this.#kernel(f, context, piece);
          else {
            for (const local of context.locals) f.get(local);
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
    if (kernels.length <= LONGEST) {
      for (const kernel of kernels) {
        if (kernel.kind !== "loop") continue;
        const body = this.#part(`step-${this.#parts++}`, kernel.body, [...loops, kernel.counter]);
        this.#bodies.set(kernel, body);
      }
      return [...kernels];
    }
    const size = Math.max(LONGEST, Math.ceil(kernels.length / LONGEST));
    const parts: FunctionReference[] = [];
    for (let at = 0; at < kernels.length; at += size)
      parts.push(this.#part(`part-${this.#parts++}`, kernels.slice(at, at + size), loops));
    return parts;
  }

  #kernel(f: FunctionBuilder, context: Context, kernel: Kernel): void {
    // Inside of a share or of what one thread does alone there is no task: the thread does all of it.
    const { barrier = false, how = "whole", thread = 0 } = this.tasks.get(kernel) ?? {};
    if (barrier) this.calls.meet(f, context);
    const write = (): void => {
      if (kernel.kind === "loop") this.#loop(f, context, kernel, how === "shares");
      else {
        this.calls.kernel(f, context, kernel, how === "units");
        if (this.#lap) f.call(this.#lap, f.i32.const(this.timed.push(kernel) - 1));
      }
    };
    if (how !== "alone") write();
    else if (thread === 0) f.if(f.i32.eqz(context.thread!), write);
    // Where one thread runs all of the program, it is the first one.
    else f.if(f.i32.eq(context.thread!, f.i32.rem_u(thread, context.threads!)), write);
  }

  #loop(f: FunctionBuilder, context: Context, kernel: LoopKernel, shared: boolean): void {
    const { locals, thread, threads } = context;
    const { i32 } = f;
    const { length, reverse, range } = kernel.counter;
    const body = this.#bodies.get(kernel)!;
    const bounds = range
      ? this.#stepsInRange(f, context, kernel.counter, range)
      : kernel.part &&
        this.#options.threads!.sharing.stepsInPart(f, context.steps, kernel.counter, kernel.part);
    if (bounds) {
      this.#stepsBetween(f, context, bounds, reverse, body);
      return;
    }
    const step = f.keep(shared ? f.get(thread!) : i32.const(reverse ? length - 1 : 0));
    f.loop((again) => {
      for (const local of [...locals, step]) f.get(local);
      f.call(body);
      endWhereNotZero(f);
      f.set(step, i32.add(step, shared ? threads! : reverse ? -1 : 1));
      f.br_if(again, reverse ? i32.ge_s(step, 0) : i32.lt_s(step, length));
    });
  }

  /** The first step and the end of those that run, which are known when the loop begins. */
  #stepsInRange(f: FunctionBuilder, context: Context, { length }: LoopCounter, range: StepRange): Bounds {
    const { i32 } = f;
    const n = this.calls.rangeEnd(f, context, range);
    if (range.steps === "before") return [f.keep(i32.const(0)), n];
    if (range.steps === "at") return [n, f.keep(i32.add(n, 1))];
    const { until } = range;
    if (until === undefined) return [n, f.keep(i32.const(length))];
    const block = f.keep(i32.mul(i32.div_u(i32.add(n, until - 1), until), until));
    const most = f.keep(i32.const(length));
    return [n, f.keep(f.select(block, most, i32.lt_s(block, most)))];
  }

  #stepsBetween(
    f: FunctionBuilder,
    context: Context,
    [first, end]: Bounds,
    reverse: boolean,
    body: FunctionReference,
  ): void {
    const { i32 } = f;
    f.if(i32.lt_s(first, end), () => {
      const step = f.keep(reverse ? i32.sub(end, 1) : f.get(first));
      f.loop((again) => {
        for (const local of [...context.locals, step]) f.get(local);
        f.call(body);
        endWhereNotZero(f);
        f.set(step, i32.add(step, reverse ? -1 : 1));
        f.br_if(again, reverse ? i32.ge_s(step, first) : i32.lt_s(step, end));
      });
    });
  }
}

/** Prints a program, kernel by kernel. */
export function* programInPieces(options: ProgramOptions): Pieces<ProgramModule> {
  const writer = new ProgramWriter(options);
  yield* writer.write();
  yield;
  const { module, calls, sharedCost } = writer;
  const scratchBytes = Math.ceil(writer.scratchBytes / 64) * 64;
  return { bytes: module.finish(), failing: calls.failing, timed: writer.timed, scratchBytes, sharedCost };
}
