import { cacheOf } from "../cache/cache-of.ts";
import { GraphError } from "../errors.ts";
import { inWords } from "../inspection.ts";
import type { ProgramCache } from "../targets/wasm/runtime/program-cache.ts";
import { inDatabase, indexedDB } from "./indexed-db.ts";

/**
 * Keeps compiled programs in the browser (IndexedDB), so that a later visit to the page only reads them:
 * `createRuntime({ cache })` and `compileAsync`. `compile` cannot wait for a database: it keeps its program, and finds
 * none. A program is found as `folderCache` of `@org/core/node` finds it; the version is that of this library, together
 * with the address of the script that it is part of. What a browser does not keep, as in some private windows or in a page
 * without `https:`, is compiled on every visit.
 * @throws GraphError for a name that is no text
 * @param name the database; default `"unroll-programs"`. `indexedDB.deleteDatabase(name)` empties it.
 * @example
 * const x = input("x", [2]);
 * const runtime = createRuntime({ cache: databaseCache() });
 * const double = await compileAsync({ inputs: { x }, outputs: mul(x, 2), runtime });
 * double({ x: [1, 2] }); // → [2, 4]
 */
export function databaseCache(name = "unroll-programs"): ProgramCache {
  if (typeof name !== "string")
    throw new GraphError({ op: "databaseCache", problem: `expected a name, received ${inWords(name)}` });
  return cacheOf(
    (parts) => {
      if (!indexedDB || !globalThis.crypto?.subtle) return undefined;
      const key = keyOf(parts);
      let stored: Uint8Array | undefined;
      return {
        async load() {
          stored = await key
            .then((each) => inDatabase(name, "readonly", (store) => store.get(each)))
            .catch(() => undefined);
        },
        read: () => stored,
        write(program) {
          void key
            .then((each) => inDatabase(name, "readwrite", (store) => store.put(program, each)))
            .catch(() => undefined);
        },
      };
    },
    (file) => file,
  );
}

/** SHA-256 of parts, one after another. */
async function keyOf(parts: readonly (string | Uint8Array)[]): Promise<string> {
  const encoder = new TextEncoder();
  const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const joined = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of all) {
    joined.set(bytes, at);
    at += bytes.length;
  }
  const digest = await crypto.subtle.digest("SHA-256", joined);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
