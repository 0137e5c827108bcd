import { GraphError } from "./errors.ts";
import { interpreterRuntime, type Runtime } from "./runtime.ts";
import { WasmRuntime } from "./targets/wasm/runtime.ts";

export interface RuntimeOptions {
  /**
   * How many threads share a step, the main one included. The same number gives the same bits every time. Workers take
   * some 100 ms to start, for which nothing waits: until then the main thread does it all, with the same bits. Where
   * memory cannot be shared, as in a page that is not isolated from other origins, there is one. Default 1.
   */
  readonly threads?: number;
  /** `"wasm"` compiles to WebAssembly, `"interpreter"` runs nodes one by one. Default `"wasm"`. */
  readonly target?: "wasm" | "interpreter";
}

/**
 * A runtime: the place where executables run and parameters live. All executables of one runtime share one memory,
 * so that a training step, an evaluation and a sampler see the same weights without copying. A parameter lives in one
 * runtime at a time, and moves to the one that uses it.
 * @throws GraphError for a number of threads that the target does not have
 */
export function createRuntime({ threads = 1, target = "wasm" }: RuntimeOptions = {}): Runtime {
  const most = target === "interpreter" ? 1 : 64;
  if (Number.isInteger(threads) && threads >= 1 && threads <= most)
    return target === "interpreter" ? interpreterRuntime : new WasmRuntime(threads);
  throw new GraphError({
    op: "createRuntime",
    problem: `the ${target} target runs on ${most === 1 ? "1 thread" : `1 to ${most} threads`}, received ${threads}`,
  });
}

let shared: Runtime | undefined;

/** The runtime of executables that name none. */
export function defaultRuntime(): Runtime {
  shared ??= createRuntime();
  return shared;
}
