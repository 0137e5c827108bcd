import type { Draft, Prepared, Runtime } from "../../../runtime.ts";
import { prepareJob, prepareJobAsync } from "./job.ts";
import { Resources } from "./resources.ts";

/**
 * Runs graphs as WebAssembly. One memory holds the parameters and one arena, which executables use in turns. The blocks
 * of executables and parameters that nobody holds any more are freed when the collector has found them.
 */
export class WasmRuntime extends Resources implements Runtime {
  readonly target = "wasm";

  prepare(draft: Draft): Prepared {
    this.check();
    return prepareJob(this, draft);
  }

  async prepareAsync(draft: Draft): Promise<Prepared> {
    this.check();
    return prepareJobAsync(this, draft);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
