import { type MemoryPlan, paddedBytes } from "../../src/lower/memory-plan.ts";
import type { Draft, JobReport, Prepared, Runtime } from "../../src/runtime.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { threading } from "../../src/targets/wasm/runtime/threading.ts";

/** NaN in floats of both widths, -1 in integers, and neither true nor false in booleans. */
export const NANS = 0xff;

/** Programs of all runtimes so far. */
let programs = 0;

/** What an arena may take before it moves away from the lowest addresses. */
const RESERVED = 2 ** 22;

/** The plan with one of its buffers at the lowest address, in memory of its own. */
function withLowest({ offsets, bytes }: MemoryPlan, number: number): MemoryPlan {
  const lowest = [...offsets.keys()][number % offsets.size];
  if (!lowest) return { offsets, bytes };
  const room = paddedBytes(lowest);
  const moved = [...offsets].map(([buffer, at]) => [buffer, buffer === lowest ? 0 : at + room] as const);
  return { offsets: new Map(moved), bytes: bytes + room };
}

/**
 * A runtime whose calls begin in an arena full of one byte: what a call computes can depend neither on memory that it
 * has not written, nor on what another executable has left there. The arena begins at the lowest address there is, and
 * buffers of it take turns to lie there, another one in each program: an address below a buffer is outside of the memory.
 * With `lowest: "parameters"` parameters lie there, those of the first program first.
 */
export class LitteredRuntime implements Runtime {
  readonly target = "wasm";
  readonly threads: number;
  readonly wasm: WasmRuntime;
  litter: number;

  constructor(options: { threads?: number; litter?: number; lowest?: "arena" | "parameters" } = {}) {
    const { threads = 1, litter = NANS, lowest = "arena" } = options;
    this.threads = threads;
    this.litter = litter;
    if (lowest === "parameters") this.wasm = new WasmRuntime({ threading: threading(threads) });
    else {
      this.wasm = new WasmRuntime({
        threading: threading(threads),
        layOut: (plan) => withLowest(plan, programs++),
      });
      this.wasm.arena(RESERVED);
    }
  }

  prepare(draft: Draft): Prepared {
    return this.#littering(this.wasm.prepare(draft));
  }

  async prepareAsync(draft: Draft): Promise<Prepared> {
    return this.#littering(await this.wasm.prepareAsync(draft));
  }

  #littering(prepared: Prepared): Prepared {
    const { arenaBytes } = prepared.report();
    return {
      run: (inputs, into) => {
        this.#litter(arenaBytes);
        return prepared.run(inputs, into);
      },
      report: (): JobReport => prepared.report(),
      profile: (inputs) => prepared.profile(inputs),
      dispose: () => prepared.dispose(),
    };
  }

  #litter(bytes: number): void {
    const arena = this.wasm.arena(bytes);
    if (arena === undefined) throw new Error(`no memory for an arena of ${bytes} bytes`);
    new Uint8Array(this.wasm.heap.memory.buffer, arena, bytes).fill(this.litter);
  }

  dispose(): void {
    this.wasm.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
