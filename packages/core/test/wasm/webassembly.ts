import type { Arithmetic } from "../../src/targets/wasm/arithmetic.ts";
import { fusesMultiplyAdd } from "../../src/targets/wasm/runtime/probe.ts";

/** What tests use of the engine's own WebAssembly object, which the compiler's library list does not describe. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: Record<string, Record<string, unknown>>) => { exports: Exports };
  Memory: new (options: { initial: number; maximum?: number; shared?: boolean }) => { buffer: ArrayBuffer };
  Global: new (options: object, value?: unknown) => { value: unknown };
}

// biome-ignore lint/suspicious/noExplicitAny: exports are what the test made them
export type Exports = Record<string, any>;

export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** Compiles and links a module. */
export const instantiate = (bytes: Uint8Array, imports?: Record<string, Record<string, unknown>>): Exports =>
  new engine.Instance(new engine.Module(bytes), imports).exports;

const plainForm: Arithmetic = { fused: false, wide: false };

/** Every form of code that runs here, by name: with fused operations where there are any, and wide in any case. */
export const arithmetics: readonly (readonly [name: string, arithmetic: Arithmetic])[] = [
  ["plain", plainForm],
  ["wide", { fused: false, wide: true }],
  ...(fusesMultiplyAdd()
    ? ([
        ["fused", { fused: true, wide: false }],
        ["fused and wide", { fused: true, wide: true }],
      ] as const)
    : []),
];

/** Those in which vector functions differ. */
export const roundings: typeof arithmetics = arithmetics.filter(([, { wide }]) => !wide);
