import { byteWidth, type Data, viewElements } from "../../../dtype.ts";
import { GraphError } from "../../../errors.ts";
import { everyKernel } from "../../../lower/accesses.ts";
import type { View } from "../../../lower/kernel.ts";
import { flopsOf } from "../../../lower/work.ts";
import { NDArray } from "../../../ndarray.ts";
import { finish, inSlices, type Pieces } from "../../../pieces.ts";
import {
  type Draft,
  handOut,
  type Job,
  type JobReport,
  type JobTimes,
  type Prepared,
} from "../../../runtime.ts";
import { sizeOf } from "../../../shape.ts";
import { engine } from "../engine.ts";
import { LOOK } from "../program/barrier.ts";
import { planInPieces } from "../program/job-plan.ts";
import { LAP } from "../program/program-module.ts";
import type { ThreadExports } from "../threads/thread-pool.ts";
import { compileModule, compileModuleAsync } from "./compile-module.ts";
import { failureOf, firstFailure } from "./failure.ts";
import { type JobProgram, jobProgramInPieces, placeOf } from "./job-program.ts";
import type { CacheEntry, Details, ReadyProgram, Slot } from "./program-cache.ts";
import type { Holdings, Resources } from "./resources.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Graph → kernels → places in memory → module. Jobs that are watched or timed run on one thread, in order. */
function* inPieces(runtime: Resources, job: Job, laps = false): Pieces<JobProgram> {
  const team = job.checkNumerics || laps ? undefined : runtime.team;
  const plan = yield* planInPieces(job, team, runtime);
  runtime.check(); // others had their turn
  return yield* jobProgramInPieces(runtime, { ...plan, memory: runtime.layOut(plan.memory) }, team, laps);
}

export function prepareJob(runtime: Resources, draft: Draft): Prepared {
  const entry = runtime.cache?.entry(runtime, draft);
  return restored(runtime, draft, entry) ?? prepareAnew(runtime, draft, entry);
}

/** Compiled here and now; kept where there is a place for it. */
function prepareAnew(runtime: Resources, draft: Draft, entry?: CacheEntry): Prepared {
  const job = finish(draft.rewritten());
  const written = finish(inPieces(runtime, job));
  return freeing(runtime, written, () =>
    fresh(runtime, new Origin(runtime, job, written), compileModule(written.program.bytes), entry),
  );
}

/** The same, with the event loop in between and compiled beside it. */
export async function prepareJobAsync(runtime: Resources, draft: Draft): Promise<Prepared> {
  const entry = runtime.cache?.entry(runtime, draft);
  await entry?.load?.();
  runtime.check(); // others had their turn
  const known = restored(runtime, draft, entry);
  if (known) return known;
  const job = await inSlices(draft.rewritten());
  const written = await inSlices(inPieces(runtime, job));
  const compiled = await compileModuleAsync(written.program.bytes).then(
    (module) => ({ module }),
    (error: unknown) => ({ error }),
  );
  return freeing(runtime, written, () => {
    if ("error" in compiled) throw compiled.error;
    runtime.check();
    return fresh(runtime, new Origin(runtime, job, written), compiled.module, entry);
  });
}

const restored = (runtime: Resources, draft: Draft, entry: CacheEntry | undefined): Prepared | undefined =>
  entry?.restore(
    (ready, details) =>
      freeing(runtime, ready, () => {
        const made = instantiated(compileModule(ready.bytes), runtime);
        return new WasmJob(runtime, ready, made, details);
      }),
    () => prepareAnew(runtime, draft),
  );

function fresh(runtime: Resources, origin: Origin, module: object, entry?: CacheEntry): WasmJob {
  entry?.keep(origin.ready);
  return new WasmJob(runtime, origin.ready, instantiated(module, runtime), origin);
}

/** Gives back what a program holds where it does not come to be. */
function freeing<T>(runtime: Resources, { literals }: Pick<ReadyProgram, "literals">, make: () => T): T {
  try {
    return make();
  } catch (error) {
    runtime.heap.free(literals.address);
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
  readonly #ready: ReadyProgram;
  readonly #main: (...values: number[]) => number;
  readonly #holdings: Holdings;
  readonly #details: Details;
  #bound: Bound | undefined;
  #disposed = false;

  constructor(runtime: Resources, ready: ReadyProgram, { module, exports }: Instantiated, details: Details) {
    this.#runtime = runtime;
    this.#ready = ready;
    this.#details = details;
    this.#main = exports.main as (...values: number[]) => number;
    this.#holdings = { literals: ready.literals.address, program: undefined };
    const worthIt = ready.sharedCost > (runtime.leastCost ?? WORTH_SHARING);
    if (ready.threads > 1 && worthIt) this.#holdings.program = runtime.share(module, exports);
    runtime.hold(this, this.#holdings);
  }

  run(values: readonly NDArray[], into?: readonly (NDArray | undefined)[]): NDArray[] {
    this.#runtime.check();
    if (this.#disposed) throw new GraphError({ op: "compile", problem: "the executable was disposed" });
    for (const { parameter, home } of this.#ready.homes) {
      if (parameter.cell.residence !== home) parameter.cell.move(home);
    }
    const { arena, inputs, outputs } = this.#bind();
    for (let i = 0; i < inputs.length; i++) inputs[i]!.set(values[i]!.data);
    const codes = this.#call(arena);
    if (codes) this.#details.fail(codes, values, arena);
    return this.#ready.outputs.map(({ dtype, shape }, i) =>
      handOut(new NDArray(dtype, shape, outputs[i]!), into?.[i]),
    );
  }

  /** What threads returned, where not all is well. */
  #call(arena: number): ArrayLike<number> | undefined {
    const { program } = this.#holdings;
    const { threads, scratchBytes } = this.#ready;
    const statuses =
      program === undefined ? undefined : this.#runtime.runShared(program, arena, scratchBytes);
    if (statuses) return statuses.some((code) => code !== 0) ? statuses : undefined;
    const code = threads === 1 ? this.#main(arena) : this.#main(0, 1, arena, scratchBytes);
    return code === 0 ? undefined : [code];
  }

  /** Views of inputs and outputs; made again where the memory has grown or the arena has moved. */
  #bind(): Bound {
    const { inputs, outputs, arenaBytes } = this.#ready;
    const arena = this.#runtime.arena(arenaBytes);
    if (arena === undefined)
      throw new GraphError({ op: "compile", problem: `no memory is left for ${arenaBytes} bytes of values` });
    const memory = this.#runtime.heap.memory.buffer;
    const known = this.#bound;
    if (known && known.memory === memory && known.arena === arena) return known;
    const view = ({ dtype, shape, offset }: Slot): Data =>
      viewElements(dtype, memory, arena + offset, sizeOf(shape));
    const bound: Bound = { memory, arena, inputs: inputs.map(view), outputs: outputs.map(view) };
    this.#bound = bound;
    return bound;
  }

  report(): JobReport {
    return this.#details.report();
  }

  profile(values: readonly NDArray[]): JobTimes {
    return this.#details.profile(values, () => this.run(values));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#bound = undefined;
    this.#details.dispose?.();
    this.#runtime.release(this, this.#holdings);
  }
}

/** What a program was made from. */
class Origin implements Details {
  readonly written: JobProgram;
  readonly ready: ReadyProgram;
  readonly #runtime: Resources;
  readonly #job: Job;

  constructor(runtime: Resources, job: Job, written: JobProgram) {
    this.#runtime = runtime;
    this.#job = job;
    this.written = written;
    const { plan, program, threads, homes, literals, arenaBytes } = written;
    const { bytes, scratchBytes, sharedCost } = program;
    const slot = ({ buffer, offset, shape }: View): Slot => ({
      dtype: buffer.dtype,
      shape,
      offset: placeOf(written.places, buffer).offset + offset * byteWidth(buffer.dtype),
    });
    const [inputs, outputs] = [plan.lowered.inputs.map(slot), plan.lowered.outputs.map(slot)];
    this.ready = { bytes, threads, homes, literals, inputs, outputs, arenaBytes, scratchBytes, sharedCost };
  }

  fail(codes: ArrayLike<number>, _: readonly NDArray[], arena: number): never {
    const { program, plan, places } = this.written;
    const memory = this.#runtime.heap.memory.buffer;
    const failure = firstFailure(codes, program.failing, everyKernel(plan.kernels), memory, arena);
    throw failureOf(failure, memory, (buffer) => {
      const { base, offset } = placeOf(places, buffer);
      return base === "arena" ? arena + offset : offset;
    });
  }

  report(): JobReport {
    const { plan, program, arenaBytes } = this.written;
    const all = everyKernel(plan.kernels);
    return {
      kernels: all.filter(({ kind }) => kind !== "loop").length,
      flops: flopsOf(plan.kernels),
      fma: this.#runtime.arithmetic.fused,
      wide: this.#runtime.arithmetic.wide,
      arenaBytes,
      codeBytes: program.bytes.length,
      rewrites: {
        ...plan.lowered.reports,
        packFactors: { fired: all.filter(({ kind }) => kind === "pack").length, declined: {} },
      },
    };
  }

  /** Beside the same job, which tells a stopwatch of every kernel that has run. */
  profile(values: readonly NDArray[], run: () => void): JobTimes {
    const stopwatch = new Stopwatch();
    const kept = this.#job.updates.map(({ parameter }) => ({ parameter, value: parameter.value }));
    const written = finish(inPieces(this.#runtime, this.#job, true));
    const timed = freeing(this.#runtime, written, () => {
      const module = compileModule(written.program.bytes);
      const made = instantiated(module, this.#runtime, stopwatch.lap);
      const { main } = made.exports;
      const started = (...values: number[]): number => {
        stopwatch.start();
        return (main as (...values: number[]) => number)(...values);
      };
      const origin = new Origin(this.#runtime, this.#job, written);
      return new WasmJob(this.#runtime, origin.ready, { ...made, exports: { main: started } }, origin);
    });
    try {
      return stopwatch.measure(written.program.timed, run, () => timed.run(values));
    } finally {
      timed.dispose();
      for (const { parameter, value } of kept) parameter.value = value;
    }
  }
}
