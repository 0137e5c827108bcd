import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheOf } from "../cache/cache-of.ts";
import { GraphError } from "../errors.ts";
import { inWords } from "../inspection.ts";
import type { ProgramCache } from "../targets/wasm/runtime/program-cache.ts";

/** Bytes of a checksum. */
const CHECKSUM = 32;

/**
 * Keeps compiled programs in a folder, so that a process that compiles the same graph again, the same way and on the same
 * kind of processor, only reads it: `createRuntime({ cache })`. A program is found by what its graph computes (ops, shapes,
 * constants; not names, and not the values of parameters), by the rewrites, the threads, the arithmetic, and the version of
 * this library. A file is as large as `report().codeBytes` and the constants together; none is ever taken away, and all may
 * be deleted at any time. One that is damaged is compiled again. The first `report()` or `profile()` of a program that was
 * found, and the first call that fails, compile it after all. Attributes of a graph that cannot be compared, such as
 * functions, keep it from being kept.
 * @throws GraphError for what is no path and no URL of a file; an error of the file system where the folder cannot be made
 * @example
 * const cache = folderCache("node_modules/.cache/unroll");
 * const x = input("x", [2]);
 * const double = compile({ inputs: { x }, outputs: mul(x, 2), runtime: createRuntime({ cache }) });
 * double({ x: [1, 2] }); // → [2, 4]
 */
export function folderCache(folder: string | URL): ProgramCache {
  const path = pathOf(folder);
  mkdirSync(path, { recursive: true });
  return cacheOf((parts) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    const file = join(path, hash.digest("hex"));
    return { read: () => read(file), write: (program) => write(file, program) };
  }, codeOf);
}

/** @throws GraphError for what is no folder */
function pathOf(folder: string | URL): string {
  if (typeof folder === "string" && folder !== "") return folder;
  if (folder instanceof URL && folder.protocol === "file:") return fileURLToPath(folder);
  const found = folder instanceof URL ? folder.href : inWords(folder);
  throw new GraphError({
    op: "folderCache",
    problem: `expected a folder: a path or a file: URL, received ${found}`,
  });
}

/** What a file holds; undefined where there is none, or not what was written. */
function read(file: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const content = bytes.subarray(CHECKSUM);
  return checksum(content).equals(bytes.subarray(0, CHECKSUM)) ? content : undefined;
}

let warned = false;

/** Writes beside the file and renames, so that nobody reads half of it. Without room there is a warning and no file. */
function write(file: string, content: Uint8Array): void {
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, Buffer.concat([checksum(content), content]));
    renameSync(beside, file);
  } catch (error) {
    if (!warned) console.warn(`folderCache: a compiled program was not kept: ${(error as Error).message}`);
    warned = true;
  }
}

const checksum = (content: Uint8Array): Buffer => createHash("sha256").update(content).digest();

/** What code is: the bundle that it is part of, or, where the sources run as they are, when they were written. */
function codeOf(file: string): string {
  const stampOf = (source: string): string => {
    const { size, mtimeMs } = statSync(source);
    return `${source} ${size} ${mtimeMs}`;
  };
  try {
    return file.endsWith(".ts")
      ? filesBelow(dirname(dirname(file)))
          .map(stampOf)
          .join("\n")
      : checksum(readFileSync(file)).toString("hex");
  } catch {
    return ""; // traces may name sources that are not here
  }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
