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

export const engine = (): Engine => (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
