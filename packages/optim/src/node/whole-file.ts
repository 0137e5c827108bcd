import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

/** Node moves at most 2³¹ - 1 bytes at once, so files are read and written in pieces. */
const PIECE = 2 ** 26;

/** What reads or writes a piece of a file; `readSync` and `writeSync` by default. */
export type Move = (
  file: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number;

/** Writes all bytes into an open file, of any length. */
export function writeWhole(file: number, bytes: Uint8Array, write: Move = writeSync): void {
  for (let at = 0; at < bytes.length; ) at += write(file, bytes, at, Math.min(PIECE, bytes.length - at), at);
}

/** All bytes of an open file of `length` bytes; fewer where it ends before. */
export function readWhole(file: number, length: number, read: Move = readSync): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const moved = read(file, bytes, at, Math.min(PIECE, length - at), at);
    if (moved === 0) break;
    at += moved;
  }
  return bytes.subarray(0, at);
}

/** The bytes of a file of any length. */
export function readFile(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    return readWhole(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}
