/** What Node's engine can be told, and browsers' cannot. */

export type { ProgramCache } from "../targets/wasm/runtime/program-cache.ts";
export { type FastVectors, useFastVectors } from "./fast-vectors.ts";
export { folderCache } from "./folder-cache.ts";
