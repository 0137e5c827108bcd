/** The most that 128-bit arithmetic does on this machine: multiplications and additions that never wait. */
import { ModuleBuilder } from "../../packages/core/src/targets/wasm/assembler/module-builder.ts";
import { serve, timed } from "./serve.ts";

/** Chains `x ← x a + b` side by side: enough to hide the latency, few enough for the registers. */
const chains = [8, 10, 12, 13, 14];
const unrolled = 8;
const turns = 200_000;

const name = (count: number): string => `chains${count}`;

function build(): WebAssembly.Exports {
  const module = new ModuleBuilder();
  for (const count of chains) {
    module.function(
      { name: name(count), params: ["i32", "f32"], results: ["f32"], export: true },
      (f, n, start) => {
        const xs = Array.from({ length: count }, (_, i) => {
          f.f32x4.splat(f.f32.add(start, i));
          return f.keep(f.f32x4.mul(0.001));
        });
        const a = f.keep(f.f32x4.splat(f.f32.add(start, 0.5)));
        const b = f.keep(f.f32x4.splat(f.f32.add(start, 0.25)));
        f.loop((again) => {
          for (let turn = 0; turn < unrolled; turn++) {
            for (const x of xs) f.set(x, f.f32x4.add(f.f32x4.mul(x, a), b));
          }
          f.br_if(again, f.tee(n, f.i32.sub(n, 1)));
        });
        const [first, ...rest] = xs;
        f.get(first!);
        for (const x of rest) f.f32x4.add(x);
        f.f32x4.extract_lane(0);
      },
    );
  }
  return new WebAssembly.Instance(new WebAssembly.Module(module.finish())).exports;
}

await serve(() => {
  const [exports, compile] = timed(build);
  const run = (count: number): number =>
    (exports[name(count)] as (turns: number, start: number) => number)(turns, 0);
  return {
    phases: { compile },
    about: {},
    /** GFLOP/s of the best number of chains. */
    step: () =>
      Math.max(
        ...chains.map((count) => {
          const [, milliseconds] = timed(() => run(count));
          return (count * unrolled * turns * 8) / milliseconds / 1e6;
        }),
      ),
  };
});
