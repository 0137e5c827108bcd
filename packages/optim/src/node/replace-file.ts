import { closeSync, fsyncSync, mkdirSync, openSync, renameSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { writeWhole } from "./whole-file.ts";

/** What is added to the name of a file while it is being written. */
export const ASIDE = ".partial";

/**
 * Replaces a file as a whole: written aside in the same folder, synced, renamed, the folder synced. After a kill or a
 * full disk at any moment there is either the old file or the new one. One process at a time may write a file. The folder
 * is made where it is missing.
 */
export function replaceFile(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = path + ASIDE;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const file = openSync(aside, "w");
  try {
    writeWhole(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  syncFolder(dirname(resolve(path)));
}

/** Makes what was renamed in a folder last; Windows can't open one. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
