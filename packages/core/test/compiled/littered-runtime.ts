import type { Job, JobReport, Prepared, Runtime } from "../../src/runtime.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime.ts";

/** NaN in floats of both widths, -1 in integers, and neither true nor false in booleans. */
export const NANS = 0xff;

/**
 * A runtime whose calls begin in an arena full of one byte: what a call computes can depend neither on memory that it
 * has not written, nor on what another executable has left there.
 */
export class LitteredRuntime implements Runtime {
  readonly target = "wasm";
  readonly threads: number;
  readonly wasm: WasmRuntime;
  litter: number;

  constructor({ threads = 1, litter = NANS }: { threads?: number; litter?: number } = {}) {
    this.threads = threads;
    this.wasm = new WasmRuntime(threads);
    this.litter = litter;
  }

  prepare(job: Job): Prepared {
    const prepared = this.wasm.prepare(job);
    const { arenaBytes } = prepared.report();
    return {
      run: (inputs, into) => {
        this.#litter(arenaBytes);
        return prepared.run(inputs, into);
      },
      report: (): JobReport => prepared.report(),
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
