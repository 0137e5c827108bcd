import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { checkOptionNames, checkOptionValues } from "@org/core";
import type { CheckpointStore, StoredCheckpoint } from "../checkpoints/checkpoint-store.ts";
import { natural } from "../options.ts";
import { ASIDE, replaceFile } from "./replace-file.ts";
import { readFile } from "./whole-file.ts";

/** Checkpoints as files of a folder. */
export interface CheckpointFolder extends CheckpointStore {
  /** The paths of the checkpoints, the oldest first. */
  list(): string[];
}

/** What `checkpointFolder` takes. */
export interface CheckpointFolderOptions {
  /** How many checkpoints stay; older ones are deleted. @default 3 */
  readonly keep?: number;
}

const NAME = /^checkpoint-(\d+)\.safetensors$/;

/**
 * Keeps checkpoints as `checkpoint-000001.safetensors`, … in a folder, which is made where it is missing. Each is
 * written aside, synced and renamed before an older one is deleted, so that a kill at any moment leaves the last
 * complete one. One process at a time may save into a folder.
 * @throws GraphError for a number to keep that is not a whole number from 1 up
 */
export function checkpointFolder(folder: string, options: CheckpointFolderOptions = {}): CheckpointFolder {
  checkOptionNames("checkpointFolder", options, "keep");
  const { keep = 3 } = options;
  checkOptionValues("checkpointFolder", { keep: [keep, natural] });
  const names = (): string[] =>
    (unlessMissing(() => readdirSync(folder)) ?? [])
      .filter((name) => NAME.test(name))
      .sort((a, b) => numberOf(a) - numberOf(b));
  const list = (): string[] => names().map((name) => join(folder, name));
  const kept = (name: string | undefined): StoredCheckpoint | undefined =>
    name === undefined ? undefined : { name, bytes: readFile(name) };
  return {
    list,
    save(bytes) {
      const before = names();
      const number = before.length === 0 ? 1 : numberOf(before.at(-1)!) + 1;
      replaceFile(join(folder, `checkpoint-${String(number).padStart(6, "0")}.safetensors`), bytes);
      const outdated = [...list().slice(0, -keep), ...leftBehind(folder)];
      for (const path of outdated) rmSync(path, { force: true });
    },
    latest: () => kept(list().at(-1)),
    before: (name) => kept(list().findLast((path) => numberOf(basename(path)) < numberOf(basename(name)))),
  };
}

/**
 * Keeps one checkpoint in one file, which is replaced as a whole: a kill at any moment leaves the old one or the new one.
 * Its folder is made where it is missing. One process at a time may save it.
 */
export const checkpointFile = (path: string): CheckpointStore => ({
  save: (bytes) => replaceFile(path, bytes),
  latest() {
    const bytes = unlessMissing(() => readFile(path));
    return bytes && { name: path, bytes };
  },
});

const numberOf = (name: string): number => Number(NAME.exec(name)?.[1]);

/** What a process that was killed while it saved left behind. */
const leftBehind = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ASIDE) && NAME.test(name.slice(0, -ASIDE.length)))
    .map((name) => join(folder, name));

function unlessMissing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
