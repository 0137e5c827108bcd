import { byteWidth, type Data, viewElements } from "../../dtype.ts";
import { GraphError } from "../../errors.ts";
import type { Parameter } from "../../graph/leaves.ts";
import { everyKernel } from "../../lower/accesses.ts";
import type { Buffer, Kernel, View } from "../../lower/kernel.ts";
import { NDArray } from "../../ndarray.ts";
import { handOut, type Job, type JobReport, type Prepared } from "../../runtime.ts";
import { sizeOf } from "../../shape.ts";
import { engine } from "./engine.ts";
import { failureOf, firstFailure } from "./failure.ts";
import { type JobPlan, layOut, planJob, tooLarge } from "./job-plan.ts";
import { writeProgram } from "./program.ts";
import { type Place, type ProgramModule, STATUS_BYTES } from "./program-module.ts";
import type { Home, WasmRuntime } from "./runtime.ts";
import { LOOK } from "./threads/barrier.ts";
import type { ThreadExports } from "./threads/thread-pool.ts";

/** Graph → kernels → places in memory → module. Watched jobs run on one thread, in order. */
export function prepareJob(runtime: WasmRuntime, job: Job): Prepared {
  const threads = job.checkNumerics ? 1 : runtime.threads;
  const plan = planJob(job, threads, runtime.leastCost);
  return new WasmJob(runtime, { ...plan, memory: runtime.layOut(plan.memory) }, threads);
}

/** Nanoseconds of shared work from which on a call wakes the workers; below, it is over before they are awake. */
const WORTH_SHARING = 100_000;

/** Views of the inputs and outputs in the memory. */
interface Bound {
  readonly memory: ArrayBufferLike;
  readonly arena: number;
  readonly inputs: readonly Data[];
  readonly outputs: readonly Data[];
}

/** What a job holds of its runtime until it is disposed of, or collected. */
export interface Holdings {
  readonly literals: number;
  program: number | undefined;
}

/** A compiled job: its code, its literals, and where its inputs and outputs lie. */
class WasmJob implements Prepared {
  readonly #runtime: WasmRuntime;
  readonly #plan: JobPlan;
  readonly #threads: number;
  readonly #program: ProgramModule;
  readonly #main: (...values: number[]) => number;
  readonly #homes: readonly { readonly parameter: Parameter; readonly home: Home }[];
  readonly #holdings: Holdings;
  readonly #arenaBytes: number;
  readonly #places: ReadonlyMap<Buffer, Place>;
  #bound: Bound | undefined;
  #disposed = false;

  constructor(runtime: WasmRuntime, plan: JobPlan, threads: number) {
    this.#runtime = runtime;
    this.#plan = plan;
    this.#threads = threads;
    const { heap } = runtime;
    const parameters = [...plan.lowered.parameters].map(([node, buffer]) => {
      const parameter = node.result() as Parameter;
      return { parameter, buffer, home: runtime.home(parameter) };
    });
    this.#homes = parameters.map(({ parameter, home }) => ({ parameter, home }));
    const places = new Map<Buffer, Place>();
    for (const { buffer, home } of parameters) places.set(buffer, { base: "memory", offset: home.address });
    const literals = this.#placeLiterals(places);
    this.#holdings = { literals, program: undefined };
    this.#places = places;
    try {
      const first = STATUS_BYTES * threads;
      for (const [buffer, offset] of plan.memory.offsets)
        places.set(buffer, { base: "arena", offset: first + offset });
      const scratchOffset = first + plan.memory.bytes;
      if (scratchOffset > heap.mostBytes) throw this.#tooLarge(); // before its addresses become code
      const { control, leastCost } = runtime;
      this.#program = writeProgram({
        kernels: plan.kernels,
        place: (buffer) => this.#place(buffer),
        scratchOffset,
        memory: { pages: 1, shared: heap.shared, maximum: heap.maximum },
        threads: threads > 1 ? { count: threads, control, shares: plan.shares, leastCost } : undefined,
      });
      this.#arenaBytes = scratchOffset + threads * this.#program.scratchBytes;
      if (runtime.arena(this.#arenaBytes) === undefined) throw this.#tooLarge();
      const module = new (engine().Module)(this.#program.bytes);
      const instance = new (engine().Instance)(module, {
        runtime: { memory: heap.memory, [LOOK]: runtime.look },
      });
      const exports = instance.exports as ThreadExports;
      this.#main = exports.main as (...values: number[]) => number;
      const worthIt = this.#program.sharedCost > (leastCost ?? WORTH_SHARING);
      if (threads > 1 && worthIt) this.#holdings.program = runtime.share(module, exports);
    } catch (error) {
      heap.free(literals);
      throw error;
    }
    runtime.hold(this, this.#holdings);
  }

  /** Copies constants into the memory. */
  #placeLiterals(places: Map<Buffer, Place>): number {
    const { heap } = this.#runtime;
    const { literals } = this.#plan.lowered;
    const { offsets, bytes } = layOut(literals.keys());
    const address = heap.allocate(bytes);
    if (address === undefined) throw this.#tooLarge();
    for (const [buffer, offset] of offsets) {
      const { data } = literals.get(buffer)!;
      const view = viewElements(buffer.dtype, heap.memory.buffer, address + offset, buffer.size);
      view.set(data.subarray(0, buffer.size));
      places.set(buffer, { base: "memory", offset: address + offset });
    }
    return address;
  }

  #place(buffer: Buffer): Place {
    const place = this.#places.get(buffer);
    if (!place) throw new Error(`${buffer.label} has no place in memory`);
    return place;
  }

  #tooLarge(): GraphError {
    const { heap } = this.#runtime;
    return tooLarge(this.#plan.memory, heap.bytes, heap.mostBytes);
  }

  run(values: readonly NDArray[], into?: readonly (NDArray | undefined)[]): NDArray[] {
    this.#runtime.check();
    if (this.#disposed) throw new GraphError({ op: "compile", problem: "the executable was disposed" });
    for (const { parameter, home } of this.#homes) {
      if (parameter.cell.residence !== home) parameter.cell.move(home);
    }
    const { arena, memory, inputs, outputs } = this.#bind();
    for (let i = 0; i < inputs.length; i++) inputs[i]!.set(values[i]!.data);
    this.#call(arena, memory);
    const views = this.#plan.lowered.outputs;
    const results = new Array<NDArray>(views.length);
    for (let i = 0; i < views.length; i++) {
      const { buffer, shape } = views[i]!;
      results[i] = handOut(new NDArray(buffer.dtype, shape, outputs[i]!), into?.[i]);
    }
    return results;
  }

  #call(arena: number, memory: ArrayBufferLike): void {
    const { program } = this.#holdings;
    const { scratchBytes } = this.#program;
    if (this.#threads === 1) {
      const code = this.#main(arena);
      if (code !== 0) this.#fail([code], memory, arena);
      return;
    }
    const statuses =
      program === undefined ? undefined : this.#runtime.runShared(program, arena, scratchBytes);
    if (!statuses) {
      const code = this.#main(0, 1, arena, scratchBytes);
      if (code !== 0) this.#fail([code], memory, arena);
    } else if (statuses.some((code) => code !== 0)) this.#fail(statuses, memory, arena);
  }

  /** Views of inputs and outputs; made again where the memory has grown or the arena has moved. */
  #bind(): Bound {
    const arena = this.#runtime.arena(this.#arenaBytes);
    if (arena === undefined) throw this.#tooLarge();
    const memory = this.#runtime.heap.memory.buffer;
    const known = this.#bound;
    if (known && known.memory === memory && known.arena === arena) return known;
    const view = ({ buffer, offset, shape }: View): Data => {
      const start = arena + this.#place(buffer).offset + offset * byteWidth(buffer.dtype);
      return viewElements(buffer.dtype, memory, start, sizeOf(shape));
    };
    const { inputs, outputs } = this.#plan.lowered;
    const bound: Bound = { memory, arena, inputs: inputs.map(view), outputs: outputs.map(view) };
    this.#bound = bound;
    return bound;
  }

  #fail(codes: ArrayLike<number>, memory: ArrayBufferLike, arena: number): never {
    const { failing } = this.#program;
    const order = everyKernel(this.#plan.kernels);
    const failure = firstFailure(codes, failing, order, memory, arena);
    throw failureOf(failure, memory, (buffer) => {
      const { base, offset } = this.#place(buffer);
      return base === "arena" ? arena + offset : offset;
    });
  }

  report(): JobReport {
    const { lowered, kernels } = this.#plan;
    const all = everyKernel(kernels);
    return {
      kernels: all.filter(({ kind }) => kind !== "loop").length,
      flops: flopsOf(kernels),
      arenaBytes: this.#arenaBytes,
      codeBytes: this.#program.bytes.length,
      rewrites: {
        ...lowered.reports,
        packFactors: { fired: all.filter(({ kind }) => kind === "pack").length, declined: {} },
      },
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#bound = undefined;
    this.#runtime.release(this, this.#holdings);
  }
}

/** Multiplications and additions of matrix products. */
const flopsOf = (kernels: readonly Kernel[]): number =>
  kernels.reduce((sum, kernel) => {
    if (kernel.kind === "loop") return sum + kernel.counter.length * flopsOf(kernel.body);
    return kernel.kind === "product" ? sum + 2 * sizeOf(kernel.c.shape) * kernel.a.shape.at(-1)! : sum;
  }, 0);
