import { byteWidth, type Data, viewElements } from "../../../dtype.ts";
import { GraphError } from "../../../errors.ts";
import { everyKernel } from "../../../lower/accesses.ts";
import type { Buffer, View } from "../../../lower/kernel.ts";
import { flopsOf } from "../../../lower/work.ts";
import { NDArray } from "../../../ndarray.ts";
import { finish, inSlices, type Pieces } from "../../../pieces.ts";
import { handOut, type Job, type JobReport, type JobTimes, type Prepared } from "../../../runtime.ts";
import { sizeOf } from "../../../shape.ts";
import { engine } from "../engine.ts";
import { LOOK } from "../program/barrier.ts";
import { planInPieces } from "../program/job-plan.ts";
import type { Place } from "../program/place.ts";
import { LAP } from "../program/program-module.ts";
import type { ThreadExports } from "../threads/thread-pool.ts";
import { compileModule, compileModuleAsync } from "./compile-module.ts";
import { failureOf, firstFailure } from "./failure.ts";
import { type JobProgram, jobProgramInPieces, placeOf, tooLargeFor } from "./job-program.ts";
import type { Holdings, Resources } from "./resources.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Graph → kernels → places in memory → module. Jobs that are watched or timed run on one thread, in order. */
function* inPieces(runtime: Resources, job: Job, laps = false): Pieces<JobProgram> {
  const team = job.checkNumerics || laps ? undefined : runtime.team;
  const plan = yield* planInPieces(job, team, runtime);
  runtime.check(); // others had their turn
  return yield* jobProgramInPieces(runtime, { ...plan, memory: runtime.layOut(plan.memory) }, team, laps);
}

export function prepareJob(runtime: Resources, job: Job): Prepared {
  const written = finish(inPieces(runtime, job));
  return freeing(runtime, written, () => {
    const module = compileModule(written.program.bytes);
    return new WasmJob(runtime, job, written, instantiated(module, runtime));
  });
}

/** The same, with the event loop in between and compiled beside it. */
export async function prepareJobAsync(runtime: Resources, job: Job): Promise<Prepared> {
  const written = await inSlices(inPieces(runtime, job));
  const compiled = await compileModuleAsync(written.program.bytes).then(
    (module) => ({ module }),
    (error: unknown) => ({ error }),
  );
  return freeing(runtime, written, () => {
    if ("error" in compiled) throw compiled.error;
    runtime.check();
    return new WasmJob(runtime, job, written, instantiated(compiled.module, runtime));
  });
}

/** A job that tells a stopwatch of every kernel that has run. */
function prepareTimed(runtime: Resources, job: Job, stopwatch: Stopwatch): WasmJob {
  const written = finish(inPieces(runtime, job, true));
  return freeing(runtime, written, () => {
    const made = instantiated(compileModule(written.program.bytes), runtime, stopwatch.lap);
    const { main } = made.exports;
    const started = (...values: number[]): number => {
      stopwatch.start();
      return (main as (...values: number[]) => number)(...values);
    };
    return new WasmJob(runtime, job, written, { ...made, exports: { main: started } });
  });
}

/** Gives back what a program holds where it does not come to be. */
function freeing<T>(runtime: Resources, { literals }: JobProgram, make: () => T): T {
  try {
    return make();
  } catch (error) {
    runtime.heap.free(literals);
    throw error;
  }
}

interface Instantiated {
  readonly module: object;
  readonly exports: ThreadExports;
}

const instantiated = (
  module: object,
  { heap, look }: Resources,
  lap?: (kernel: number) => void,
): Instantiated => {
  const imports = { memory: heap.memory, [LOOK]: look, ...(lap && { [LAP]: lap }) };
  return { module, exports: new (engine().Instance)(module, { runtime: imports }).exports as ThreadExports };
};

/** Nanoseconds of shared work from which on a call wakes the workers; below, it is over before they are awake. */
const WORTH_SHARING = 100_000;

/** Views of the inputs and outputs in the memory. */
interface Bound {
  readonly memory: ArrayBufferLike;
  readonly arena: number;
  readonly inputs: readonly Data[];
  readonly outputs: readonly Data[];
}

/** A compiled job: its code, its literals, and where its inputs and outputs lie. */
class WasmJob implements Prepared {
  readonly #runtime: Resources;
  readonly #job: Job;
  readonly #written: JobProgram;
  readonly #main: (...values: number[]) => number;
  readonly #holdings: Holdings;
  #bound: Bound | undefined;
  #disposed = false;

  constructor(runtime: Resources, job: Job, written: JobProgram, { module, exports }: Instantiated) {
    this.#runtime = runtime;
    this.#job = job;
    this.#written = written;
    this.#main = exports.main as (...values: number[]) => number;
    this.#holdings = { literals: written.literals, program: undefined };
    const worthIt = written.program.sharedCost > (runtime.leastCost ?? WORTH_SHARING);
    if (written.threads > 1 && worthIt) this.#holdings.program = runtime.share(module, exports);
    runtime.hold(this, this.#holdings);
  }

  run(values: readonly NDArray[], into?: readonly (NDArray | undefined)[]): NDArray[] {
    this.#runtime.check();
    if (this.#disposed) throw new GraphError({ op: "compile", problem: "the executable was disposed" });
    for (const { parameter, home } of this.#written.homes) {
      if (parameter.cell.residence !== home) parameter.cell.move(home);
    }
    const { arena, memory, inputs, outputs } = this.#bind();
    for (let i = 0; i < inputs.length; i++) inputs[i]!.set(values[i]!.data);
    this.#call(arena, memory);
    const views = this.#written.plan.lowered.outputs;
    const results = new Array<NDArray>(views.length);
    for (let i = 0; i < views.length; i++) {
      const { buffer, shape } = views[i]!;
      results[i] = handOut(new NDArray(buffer.dtype, shape, outputs[i]!), into?.[i]);
    }
    return results;
  }

  #place(buffer: Buffer): Place {
    return placeOf(this.#written.places, buffer);
  }

  #call(arena: number, memory: ArrayBufferLike): void {
    const { program } = this.#holdings;
    const { scratchBytes } = this.#written.program;
    if (this.#written.threads === 1) {
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
    const arena = this.#runtime.arena(this.#written.arenaBytes);
    if (arena === undefined) throw tooLargeFor(this.#runtime, this.#written.plan);
    const memory = this.#runtime.heap.memory.buffer;
    const known = this.#bound;
    if (known && known.memory === memory && known.arena === arena) return known;
    const view = ({ buffer, offset, shape }: View): Data => {
      const start = arena + this.#place(buffer).offset + offset * byteWidth(buffer.dtype);
      return viewElements(buffer.dtype, memory, start, sizeOf(shape));
    };
    const { inputs, outputs } = this.#written.plan.lowered;
    const bound: Bound = { memory, arena, inputs: inputs.map(view), outputs: outputs.map(view) };
    this.#bound = bound;
    return bound;
  }

  #fail(codes: ArrayLike<number>, memory: ArrayBufferLike, arena: number): never {
    const { failing } = this.#written.program;
    const order = everyKernel(this.#written.plan.kernels);
    const failure = firstFailure(codes, failing, order, memory, arena);
    throw failureOf(failure, memory, (buffer) => {
      const { base, offset } = this.#place(buffer);
      return base === "arena" ? arena + offset : offset;
    });
  }

  report(): JobReport {
    const { lowered, kernels } = this.#written.plan;
    const all = everyKernel(kernels);
    return {
      kernels: all.filter(({ kind }) => kind !== "loop").length,
      flops: flopsOf(kernels),
      fma: this.#runtime.arithmetic.fused,
      wide: this.#runtime.arithmetic.wide,
      arenaBytes: this.#written.arenaBytes,
      codeBytes: this.#written.program.bytes.length,
      rewrites: {
        ...lowered.reports,
        packFactors: { fired: all.filter(({ kind }) => kind === "pack").length, declined: {} },
      },
    };
  }

  profile(values: readonly NDArray[]): JobTimes {
    const stopwatch = new Stopwatch();
    const kept = this.#job.updates.map(({ parameter }) => ({ parameter, value: parameter.value }));
    const timed = prepareTimed(this.#runtime, this.#job, stopwatch);
    try {
      return stopwatch.measure(
        timed.#written.program.timed,
        () => this.run(values),
        () => timed.run(values),
      );
    } finally {
      timed.dispose();
      for (const { parameter, value } of kept) parameter.value = value;
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#bound = undefined;
    this.#runtime.release(this, this.#holdings);
  }
}
