/** A small program of several threads, and a memory for it. */

import { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import { engine, type WasmMemory } from "../../../src/targets/wasm/engine.ts";
import { barrierFunction, LOOK } from "../../../src/targets/wasm/program/barrier.ts";
import type { ThreadExports, ThreadPoolOptions } from "../../../src/targets/wasm/threads/thread-pool.ts";

export const IMPORTS = ["env", "memory"] as const;
export const CONTROL_ADDRESS = 64;
/** Thread i adds to the cell at `CELLS + 64 i` and leaves what it saw in the cell behind it. */
export const CELLS = 1024;

/** What thread 1 does in the middle. */
export type Trouble = "none" | "trap" | "fail";

export const sharedMemory = (): WasmMemory => new (engine().Memory)({ initial: 1, maximum: 4, shared: true });

export const poolOptions = (threads: number, memory: WasmMemory): ThreadPoolOptions => ({
  threads,
  memory,
  control: CONTROL_ADDRESS,
  imports: IMPORTS,
});

/**
 * `main(thread, threads, phases)`: in each phase every thread adds `phase + thread` to its cell, waits, folds the
 * cells of all threads into what it has seen (`seen = 31 seen + cell`), and waits again. Returns 7 where it fails.
 */
export function phasesModule(trouble: Trouble = "none"): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 4, shared: true, import: IMPORTS });
  const barrier = barrierFunction(module, module.importFunction([IMPORTS[0], LOOK], [], []));
  module.function(
    { name: "main", params: ["i32", "i32", "i32"], results: ["i32"], export: true },
    (f, thread, threads, phases) => {
      const { i32 } = f;
      const zero = () => f.return(f.keep(i32.const(0)));
      const phase = f.local("i32");
      const other = f.local("i32");
      const seen = f.local("i32");
      const cell = f.keep(i32.add(i32.mul(thread, 64), CELLS));
      i32.store(cell, 0);
      f.loop((again) => {
        i32.store(cell, i32.add(i32.load(cell), i32.add(phase, thread)));
        if (trouble !== "none")
          f.if(i32.and(i32.eq(thread, 1), i32.eq(phase, i32.shr_s(phases, 1))), () => {
            if (trouble === "trap") f.unreachable();
            else f.return(f.keep(i32.const(7)));
          });
        f.if(f.call(barrier, CONTROL_ADDRESS, threads), zero);
        f.set(other, 0);
        f.loop((next) => {
          const there = i32.load(i32.mul(other, 64), { offset: CELLS });
          f.set(seen, i32.add(there, i32.mul(seen, 31)));
          f.br_if(next, i32.lt_s(f.tee(other, i32.add(other, 1)), threads));
        });
        f.if(f.call(barrier, CONTROL_ADDRESS, threads), zero);
        f.br_if(again, i32.lt_s(f.tee(phase, i32.add(phase, 1)), phases));
      });
      i32.store(cell, seen, { offset: 4 });
      i32.const(0);
    },
  );
  return module.finish();
}

/** What every thread has seen in the end. */
export function seenAfter(threads: number, phases: number): number {
  const cells = Array<number>(threads).fill(0);
  let seen = 0;
  for (let phase = 0; phase < phases; phase++) {
    for (let thread = 0; thread < threads; thread++) cells[thread] = cells[thread]! + phase + thread;
    for (const cell of cells) seen = (cell + Math.imul(seen, 31)) | 0;
  }
  return seen;
}

/** The module, and the main thread's instance of it, which calls `look` where it has waited long. */
export function instance(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WasmMemory,
  look: () => void = () => {},
): [object, ThreadExports] {
  const module = new (engine().Module)(bytes);
  const { exports } = new (engine().Instance)(module, {
    [IMPORTS[0]]: { [IMPORTS[1]]: memory, [LOOK]: look },
  });
  return [module, exports as ThreadExports];
}

/** Does nothing until a condition holds; without the event loop, as callers of a pool do. */
export function until(condition: () => boolean, milliseconds: number): boolean {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) if (condition()) return true;
  return condition();
}
