/** What browsers have, and Node does not. */
export { databaseCache } from "./database-cache.ts";
