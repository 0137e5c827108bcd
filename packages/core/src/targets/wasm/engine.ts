import { GraphError } from "../../errors.ts";

/** Memory of a module, in pages of 64 KiB. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  /** Adds pages. @throws RangeError where it cannot */
  grow(pages: number): number;
}

/** What the compiler uses of the engine's own WebAssembly object, which the compiler's library list does not describe. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: Record<string, Record<string, unknown>>) => { exports: object };
  Memory: new (options: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
}

/** @throws GraphError where it is switched off, as lockdown modes of browsers do */
export function engine(): Engine {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Engine | undefined };
  if (WebAssembly) return WebAssembly;
  throw new GraphError({
    op: "compile",
    problem: "there is no WebAssembly here",
    hint: `switch it on, or run without: createRuntime({ target: "interpreter" })`,
  });
}
