/** What browsers have, and Node does not. */

export type { ProgramCache } from "../targets/wasm/runtime/program-cache.ts";
export { databaseCache } from "./database-cache.ts";
