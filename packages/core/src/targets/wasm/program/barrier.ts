import type { FunctionReference } from "../assembler/function-signature.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";

/**
 * What threads share in the memory of their programs: arrivals at the barrier, a generation that is raised when it opens or the
 * run is stopped, whether it has been, how many threads sleep, and the generation that the last opening has made. Byte
 * offsets; the block is aligned to 64.
 */
export const CONTROL = { arrivals: 0, generation: 4, stopped: 8, sleepers: 12, opened: 16 } as const;
export const CONTROL_BYTES = 64;

/** The exported global that says whether a thread may sleep: the main thread of a browser may not. */
export const MAY_SLEEP = "maySleep";

/** What programs import beside the memory: called by a thread that has slept for a while, to see whether all live. */
export const LOOK = "look";

/** Milliseconds that a thread sleeps before it looks whether the others live. */
export const LOOK_AFTER = 100;

/**
 * Looks at memory before a thread sleeps, about 150 µs. Other threads fall behind by less, and waking up takes 50 to 80 µs where a
 * processor is idle, most of a millisecond where another program is on it; longer ones take time from such programs.
 */
const SPINS = 100_000;

/**
 * A function `(control, threads) -> i32` that returns 0 when all threads have called it, and 1 when the run has been
 * stopped; then the program is to return as well. It can be called again at once. It spins, and sleeps after a while.
 *
 * The last to arrive resets the arrivals and raises the generation; the others wait for the generation to change,
 * which nobody can miss, since it cannot change twice without them. Stopping raises it too (`thread-pool.ts`), and so
 * does `look`, which sleepers call now and then, where it finds that a thread has ended. Who comes late out of a barrier that
 * had opened goes on, though somebody has failed since: up to the next one everybody does what is his, so the first
 * failure of all does not depend on who was faster.
 */
export function barrierFunction(
  module: ModuleBuilder,
  look: FunctionReference<readonly [], readonly []>,
): FunctionReference<["i32", "i32"], ["i32"]> {
  return module.once("barrier", () => {
    const maySleep = module.global("i32", { mutable: true, export: MAY_SLEEP });
    return module.function(
      { name: "barrier", params: ["i32", "i32"], results: ["i32"] },
      (f, control, threads) => {
        const { i32, memory } = f;
        const at = (field: keyof typeof CONTROL) => ({ offset: CONTROL[field] });
        const generation = f.local("i32", "generation");
        const left = f.local("i32", "left");
        f.if(i32.eq(threads, 1), () => f.return(f.keep(i32.const(0))));
        f.set(generation, i32.atomic_load(control, at("generation")));
        f.if(i32.atomic_load(control, at("stopped")), () => f.return(f.keep(i32.const(1))));
        const before = f.keep(i32.atomic_rmw_add(control, 1, at("arrivals")));
        f.if(i32.eq(before, i32.sub(threads, 1)), () => {
          i32.atomic_store(control, 0, at("arrivals"));
          i32.atomic_store(control, i32.add(generation, 1), at("opened"));
          f.drop(i32.atomic_rmw_add(control, 1, at("generation")));
          f.if(i32.atomic_load(control, at("sleepers")), () => {
            f.drop(memory.atomic_notify(control, -1, at("generation")));
          });
          f.return(f.keep(i32.const(0)));
        });
        f.block((open) => {
          f.loop((forever) => {
            f.set(left, SPINS);
            f.loop((again) => {
              f.br_if(open, i32.ne(i32.atomic_load(control, at("generation")), generation));
              f.br_if(again, f.tee(left, i32.sub(left, 1)));
            });
            f.br_if(forever, i32.eqz(maySleep));
            // Between the count and the sleep nothing is lost: who raises the generation looks at the count after.
            f.drop(i32.atomic_rmw_add(control, 1, at("sleepers")));
            f.drop(
              memory.atomic_wait32(control, generation, BigInt(LOOK_AFTER) * 1_000_000n, at("generation")),
            );
            f.drop(i32.atomic_rmw_sub(control, 1, at("sleepers")));
            f.call(look);
            f.br(forever);
          });
        });
        i32.ne(i32.atomic_load(control, at("opened")), i32.add(generation, 1));
      },
    );
  });
}
