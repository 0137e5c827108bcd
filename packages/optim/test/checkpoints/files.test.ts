/** Checkpoints and other files on disk: replaced as a whole, the last few kept. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkpointFile, checkpointFolder, replaceFile } from "@org/optim/node";
import { afterAll, describe, expect, test } from "vitest";
import { readFile, readWhole, writeWhole } from "../../src/node/whole-file.ts";

const root = mkdtempSync(join(tmpdir(), "checkpoints-"));
afterAll(() => rmSync(root, { recursive: true }));
const bytes = (n: number): Uint8Array => Uint8Array.of(n, n);

describe("checkpointFolder", () => {
  test("keeps the last ones, and the latest is the one saved last", async () => {
    const folder = join(root, "made/when/needed");
    const store = checkpointFolder(folder, { keep: 2 });
    expect([await store.latest(), store.list()]).toEqual([undefined, []]);
    for (let i = 1; i <= 4; i++) await store.save(bytes(i));
    const names = ["checkpoint-000003.safetensors", "checkpoint-000004.safetensors"];
    expect(readdirSync(folder)).toEqual(names);
    expect(store.list()).toEqual(names.map((name) => join(folder, name)));
    const latest = await store.latest();
    const earlier = await store.before!(latest!.name);
    expect([earlier?.name, earlier?.bytes[0]]).toEqual([join(folder, names[0]!), 3]);
    expect(await store.before!(earlier!.name)).toBeUndefined();
    expect([latest?.name, ...(latest?.bytes ?? [])]).toEqual([join(folder, names[1]!), 4, 4]);
    await checkpointFolder(folder, { keep: 1 }).save(bytes(5));
    expect(readdirSync(folder)).toEqual(["checkpoint-000005.safetensors"]);
  });

  test("counts beyond six digits, and leaves other files alone", async () => {
    const folder = join(root, "others");
    replaceFile(join(folder, "checkpoint-999999.safetensors"), bytes(1));
    for (const name of ["notes.txt", "checkpoint-best.safetensors", "notes.partial"])
      writeFileSync(join(folder, name), "mine");
    writeFileSync(join(folder, "checkpoint-000009.safetensors.partial"), "left behind by a kill");
    const store = checkpointFolder(folder, { keep: 1 });
    expect((await store.latest())?.bytes).toHaveLength(2);
    await store.save(bytes(2));
    await store.save(bytes(3));
    expect(readdirSync(folder).sort()).toEqual([
      "checkpoint-1000001.safetensors",
      "checkpoint-best.safetensors",
      "notes.partial",
      "notes.txt",
    ]);
  });

  test("keeps at least one", () => {
    expect(() => checkpointFolder(root, { keep: 0 })).toThrow("keep is a whole number from 1");
  });
});

test("checkpointFile keeps one, in one file", async () => {
  const path = join(root, "run/checkpoint.safetensors");
  const store = checkpointFile(path);
  expect(await store.latest()).toBeUndefined();
  await store.save(bytes(1));
  await store.save(bytes(2));
  expect(await store.latest()).toMatchObject({ name: path });
  expect([...readFileSync(path)]).toEqual([2, 2]);
  expect(readdirSync(join(root, "run"))).toEqual(["checkpoint.safetensors"]);
});

test("a folder that can't be read is an error, not an empty one", () => {
  const path = join(root, "file");
  writeFileSync(path, "");
  expect(() => checkpointFolder(path).list()).toThrow("ENOTDIR");
});

/** A file system that moves some bytes of each piece, and 2³¹ - 1 at most, and that holds none. */
function sparse(size: number) {
  const pieces: [length: number, position: number][] = [];
  const move = (_file: number, _bytes: Uint8Array, offset: number, length: number, position: number) => {
    expect([offset, length < 2 ** 31]).toEqual([position, true]);
    const moved = Math.min(length, Math.max(0, size - position));
    pieces.push([moved, position]);
    return Math.ceil(moved * 0.9);
  };
  return { pieces, move };
}

test("files of more than 2³¹ bytes are moved in pieces, without a gap", () => {
  const size = 2 ** 31 + 12_345;
  const bytes = { length: size } as Uint8Array;
  const out = sparse(size);
  writeWhole(0, bytes, out.move);
  const last = out.pieces.at(-1)!;
  expect([out.pieces.length > 32, last[0] + last[1]]).toEqual([true, size]);
  let next = 0;
  for (const [length, position] of out.pieces) {
    expect(position).toBe(next);
    next += Math.ceil(length * 0.9);
  }
  // A file of that length on disk, of which nothing is written, and one that ends before it should.
  const path = join(root, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 20);
  expect(Buffer.compare(readFile(path), new Uint8Array(2 ** 20))).toBe(0);
  expect(readWhole(0, 100, sparse(50).move)).toHaveLength(50);
});

test("replaceFile writes text and bytes", () => {
  replaceFile(join(root, "text"), "chữ");
  expect(readFileSync(join(root, "text"), "utf8")).toBe("chữ");
});
