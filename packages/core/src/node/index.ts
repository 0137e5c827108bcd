/** What Node's engine can be told, and browsers' cannot. */
export { type FastVectors, useFastVectors } from "./fast-vectors.ts";
export { folderCache } from "./folder-cache.ts";
