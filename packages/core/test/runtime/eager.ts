/** Runtimes that share whatever can be shared among threads, however small. */
import type { Runtime } from "@org/core";
import { afterAll } from "vitest";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { threading } from "../../src/targets/wasm/runtime/threading.ts";

const made: Runtime[] = [];
afterAll(() => {
  for (const runtime of made) runtime.dispose();
});

/** Disposed of when the tests of a file are over. */
export function eager(threads: number, worker?: string | URL): WasmRuntime {
  const runtime = new WasmRuntime({ threading: threading(threads, worker), leastCost: 0 });
  made.push(runtime);
  return runtime;
}

/** Waits until every thread has every program. */
export function settle(runtime: WasmRuntime): void {
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; !runtime.ready(); waited++) {
    if (waited > 20_000) throw new Error("workers do not get ready");
    Atomics.wait(word, 0, 0, 1);
  }
}
