import { GraphError } from "./errors.ts";
import { checkOptionNames } from "./option-names.ts";
import { checkOptionValues } from "./option-values.ts";
import { interpreterRuntime, type Runtime } from "./runtime.ts";
import type { ProgramCache } from "./targets/wasm/runtime/program-cache.ts";
import { WasmRuntime } from "./targets/wasm/runtime/runtime.ts";
import { threading } from "./targets/wasm/runtime/threading.ts";

/** What `createRuntime` takes. */
export interface RuntimeOptions {
  /**
   * How many threads share a step, the main one included. The same number gives the same bits every time. Workers take
   * some 100 ms to start, for which nothing waits: until then the main thread does it all, with the same bits. Where
   * memory cannot be shared, as in a page that is not isolated from other origins, there is one; where workers cannot
   * start, there is one, and a warning. Default 1.
   */
  readonly threads?: number;
  /**
   * A file that workers start from: a copy of `worker.js`, which this package exports, at an address of your own, for
   * pages whose policy forbids `blob:`. In an isolated page it needs the header `Cross-Origin-Embedder-Policy`, too.
   * Default: workers start from a `blob:` that the library makes.
   */
  readonly worker?: string | URL;
  /**
   * `"auto"`: products and sums are one operation with one rounding where the engine and the processor have it (relaxed
   * SIMD), in matrix products, `exp`, `tanh` and the like. Then processors with and without it differ in the last bits;
   * the same machine and the same threads give the same bits. `false`: the same bits on every machine, at up to twice
   * the time. `report().fma` says which it is. Default `"auto"`.
   */
  readonly fma?: "auto" | false;
  /** `"wasm"` compiles to WebAssembly, `"interpreter"` runs nodes one by one. Default `"wasm"`. */
  readonly target?: "wasm" | "interpreter";
  /**
   * Where compiled programs are kept for the next process, or the next visit: `folderCache` of `@org/core/node`,
   * `databaseCache` of `@org/core/browser`. Default: nowhere.
   */
  readonly cache?: ProgramCache;
}

/**
 * A runtime: the place where executables run and parameters live. All executables of one runtime share one memory,
 * so that a training step, an evaluation and a sampler see the same weights without copying. A parameter lives in one
 * runtime at a time, and moves to the one that uses it.
 * @throws GraphError for a number of threads that the target does not have
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const {
    threads = 1,
    target = "wasm",
    worker,
    fma = "auto",
    cache,
  } = checkOptionNames("createRuntime", options, "threads worker fma target cache");
  checkOptionValues("createRuntime", {
    target: [
      target,
      { text: '"wasm" or "interpreter"', holds: (value) => value === "wasm" || value === "interpreter" },
    ],
    cache: [
      cache,
      {
        text: "what folderCache or databaseCache gives",
        holds: (value) => value === undefined || typeof (value as ProgramCache | null)?.entry === "function",
      },
    ],
    fma: [fma, { text: '"auto" or false', holds: (value) => value === "auto" || value === false }],
  });
  const most = target === "interpreter" ? 1 : 64;
  if (Number.isInteger(threads) && threads >= 1 && threads <= most)
    return target === "interpreter"
      ? interpreterRuntime
      : new WasmRuntime({
          threading: threading(threads, worker),
          arithmetic: fma === false ? { fused: false } : {},
          cache,
        });
  throw new GraphError({
    op: "createRuntime",
    problem: `the ${target} target runs on ${most === 1 ? "1 thread" : `1 to ${most} threads`}, received ${threads}`,
  });
}

let shared: Runtime | undefined;

/** The runtime of executables that name none: what `createRuntime()` makes, without the code of what one can ask it for. */
export function defaultRuntime(): Runtime {
  shared ??= new WasmRuntime();
  return shared;
}
