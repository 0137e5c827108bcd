import { byteWidth, type Data, viewElements } from "../../dtype.ts";
import { GraphError } from "../../errors.ts";
import type { Parameter } from "../../graph/leaves.ts";
import { everyKernel } from "../../lower/accesses.ts";
import type { Buffer, Kernel, View } from "../../lower/kernel.ts";
import { type Lowered, lower } from "../../lower/lower.ts";
import { type MemoryPlan, paddedBytes, planMemory } from "../../lower/memory-plan.ts";
import { NDArray } from "../../ndarray.ts";
import { handOut, type Job, type JobReport, type Prepared } from "../../runtime.ts";
import { sizeOf } from "../../shape.ts";
import { engine } from "./engine.ts";
import { failureOf } from "./failure.ts";
import { packFactors } from "./pack-factors.ts";
import { type Place, type ProgramModule, STATUS_BYTES, writeProgram } from "./program.ts";
import type { Home, WasmRuntime } from "./runtime.ts";

/** Graph → kernels → places in memory → module. */
export function prepareJob(runtime: WasmRuntime, job: Job): Prepared {
  const { disabled } = job;
  const lowered = lower({
    inputs: job.inputs,
    outputs: job.outputs,
    updates: job.updates,
    watch: job.checkNumerics,
    disabled,
  });
  const owners = new Map(lowered.owners);
  let buffers = 1 + [...owners.keys()].reduce((highest, { id }) => Math.max(highest, id), 0);
  const kernels = disabled.has("packFactors")
    ? lowered.kernels
    : packFactors(lowered.kernels, (dtype, size, loops) => {
        const buffer: Buffer = { id: buffers++, dtype, size, home: "arena", label: "a packed factor" };
        owners.set(buffer, loops);
        return buffer;
      });
  const plan = planMemory(kernels, owners, {
    inputs: new Set(lowered.inputs.map(({ buffer }) => buffer)),
    outputs: new Set(lowered.outputs.map(({ buffer }) => buffer)),
  });
  return new WasmJob(runtime, lowered, kernels, plan);
}

interface Bound {
  readonly memory: ArrayBufferLike;
  readonly arena: number;
  readonly inputs: readonly Data[];
  readonly outputs: readonly Data[];
}

/** A compiled job: its code, its literals, and where its inputs and outputs lie. */
class WasmJob implements Prepared {
  readonly #runtime: WasmRuntime;
  readonly #lowered: Lowered;
  readonly #kernels: readonly Kernel[];
  readonly #plan: MemoryPlan;
  readonly #program: ProgramModule;
  readonly #main: (arena: number) => number;
  readonly #homes: readonly { readonly parameter: Parameter; readonly home: Home }[];
  readonly #literals: number;
  readonly #arenaBytes: number;
  readonly #places: ReadonlyMap<Buffer, Place>;
  #bound: Bound | undefined;

  constructor(runtime: WasmRuntime, lowered: Lowered, kernels: readonly Kernel[], plan: MemoryPlan) {
    this.#runtime = runtime;
    this.#lowered = lowered;
    this.#kernels = kernels;
    this.#plan = plan;
    const { heap } = runtime;
    const parameters = [...lowered.parameters].map(([node, buffer]) => {
      const parameter = node.result() as Parameter;
      return { parameter, buffer, home: runtime.home(parameter) };
    });
    this.#homes = parameters;
    const literals = layOut([...lowered.literals.keys()]);
    const address = heap.allocate(literals.bytes);
    if (address === undefined) throw tooLarge(plan, heap.bytes);
    this.#literals = address;
    for (const [buffer, offset] of literals.offsets) {
      const { data } = lowered.literals.get(buffer)!;
      viewElements(buffer.dtype, heap.memory.buffer, address + offset, buffer.size).set(
        data.subarray(0, buffer.size),
      );
    }
    const places = new Map<Buffer, Place>();
    for (const [buffer, offset] of plan.offsets)
      places.set(buffer, { base: "arena", offset: STATUS_BYTES + offset });
    for (const { buffer, home } of parameters) places.set(buffer, { base: "memory", offset: home.address });
    for (const [buffer, offset] of literals.offsets)
      places.set(buffer, { base: "memory", offset: address + offset });
    this.#places = places;
    this.#program = writeProgram({
      kernels,
      place: (buffer) => {
        const place = places.get(buffer);
        if (!place) throw new Error(`${buffer.label} has no place in memory`);
        return place;
      },
      scratchOffset: STATUS_BYTES + plan.bytes,
      memory: { pages: 1, shared: runtime.threads > 1, maximum: heap.maximum },
    });
    this.#arenaBytes = STATUS_BYTES + plan.bytes + this.#program.scratchBytes;
    if (runtime.arena(this.#arenaBytes) === undefined) throw tooLarge(plan, heap.bytes);
    const module = new engine.Module(this.#program.bytes);
    const instance = new engine.Instance(module, { runtime: { memory: heap.memory } });
    this.#main = (instance.exports as { readonly main: (arena: number) => number }).main;
  }

  run(values: readonly NDArray[], into: readonly (NDArray | undefined)[] = []): NDArray[] {
    this.#runtime.check();
    for (const { parameter, home } of this.#homes) {
      if (parameter.cell.residence !== home) parameter.cell.move(home);
    }
    const bound = this.#bind();
    values.forEach(({ data }, i) => {
      bound.inputs[i]!.set(data);
    });
    const code = this.#main(bound.arena);
    if (code !== 0) this.#fail(code, bound);
    return this.#lowered.outputs.map(({ buffer: { dtype }, shape }, i) =>
      handOut(new NDArray(dtype, shape, bound.outputs[i]!), into[i]),
    );
  }

  /** Views of inputs and outputs; made again where the memory has grown or the arena has moved. */
  #bind(): Bound {
    const arena = this.#runtime.arena(this.#arenaBytes);
    if (arena === undefined) throw tooLarge(this.#plan, this.#runtime.heap.bytes);
    const memory = this.#runtime.heap.memory.buffer;
    const known = this.#bound;
    if (known && known.memory === memory && known.arena === arena) return known;
    const view = ({ buffer, offset, shape }: View): Data => {
      const start = arena + STATUS_BYTES + this.#plan.offsets.get(buffer)! + offset * byteWidth(buffer.dtype);
      return viewElements(buffer.dtype, memory, start, sizeOf(shape));
    };
    const { inputs, outputs } = this.#lowered;
    const bound: Bound = { memory, arena, inputs: inputs.map(view), outputs: outputs.map(view) };
    this.#bound = bound;
    return bound;
  }

  #fail(code: number, { memory, arena }: Bound): never {
    throw failureOf(this.#program.failing[code - 1]!, memory, arena, (buffer) => {
      const { base, offset } = this.#places.get(buffer)!;
      return base === "arena" ? arena + offset : offset;
    });
  }

  report(): JobReport {
    const kernels = everyKernel(this.#kernels);
    return {
      kernels: kernels.filter(({ kind }) => kind !== "loop").length,
      flops: flopsOf(this.#kernels),
      arenaBytes: this.#arenaBytes,
      codeBytes: this.#program.bytes.length,
      rewrites: {
        ...this.#lowered.reports,
        packFactors: { fired: kernels.filter(({ kind }) => kind === "pack").length, declined: {} },
      },
    };
  }

  dispose(): void {
    this.#runtime.heap.free(this.#literals);
  }
}

/** Multiplications and additions of matrix products. */
const flopsOf = (kernels: readonly Kernel[]): number =>
  kernels.reduce((sum, kernel) => {
    if (kernel.kind === "loop") return sum + kernel.counter.length * flopsOf(kernel.body);
    return kernel.kind === "product" ? sum + 2 * sizeOf(kernel.c.shape) * kernel.a.shape.at(-1)! : sum;
  }, 0);

function layOut(buffers: readonly Buffer[]): { offsets: Map<Buffer, number>; bytes: number } {
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const buffer of buffers) {
    offsets.set(buffer, bytes);
    bytes += paddedBytes(buffer);
  }
  return { offsets, bytes };
}

/** Names what takes most of a plan that does not fit. */
function tooLarge({ offsets, bytes }: MemoryPlan, have: number): GraphError {
  const largest = [...offsets.keys()].sort((a, b) => paddedBytes(b) - paddedBytes(a)).slice(0, 5);
  const list = largest.map(({ label, dtype, size }) => `  ${label}: ${size} × ${dtype}`).join("\n");
  return new GraphError({
    op: "compile",
    problem: `the values of a call take ${bytes} bytes, more than the memory can grow by (it has ${have}); the largest are\n${list}`,
    hint: "checkpoint a loop, or take smaller batches",
  });
}
