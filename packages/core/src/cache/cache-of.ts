import { ownFile } from "../graph/own-code.ts";
import type { ProgramCache } from "../targets/wasm/runtime/program-cache.ts";
import { packageVersion } from "../version.ts";
import { describe } from "./describe.ts";
import { MadeAnew, restoredProgram, settingsOf, storedBytes } from "./stored-program.ts";

/** Where one program is kept, as bytes. */
export interface Storage {
  /** Looks for it where that takes time, before `read`. */
  load?(): Promise<void>;
  /** Undefined where nothing is kept. */
  read(): Uint8Array | undefined;
  write(program: Uint8Array): void;
}

/**
 * A cache of programs. `storageFor` gives the place of the one that these parts tell from all others: each comes behind its
 * length, so that no two lists of parts read the same one after another. `codeOf` tells this code, by its file, from code
 * that would compile otherwise.
 */
export function cacheOf(
  storageFor: (parts: readonly (string | Uint8Array)[]) => Storage | undefined,
  codeOf: (file: string) => string,
): ProgramCache {
  const file = ownFile();
  const code = `${packageVersion} ${file === undefined ? "" : codeOf(file)}`;
  return {
    entry(runtime, draft) {
      const description = describe(draft);
      if (!description) return undefined;
      const { parts, parameters } = description;
      const all = [code, settingsOf(runtime, parameters), ...parts];
      const storage = storageFor(all.flatMap((part) => [`${typeof part} ${part.length} `, part]));
      return (
        storage && {
          load: async () => storage.load?.(),
          restore(make, anew) {
            const stored = storage.read();
            const program = stored && restoredProgram(runtime, parameters, stored);
            return program && make(program, new MadeAnew(anew));
          },
          keep: (program) => storage.write(storedBytes(runtime, parameters, program)),
        }
      );
    },
  };
}
