/** Checkpoints and other files on disk: replaced as a whole, the last few kept. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkpointFile, checkpointFolder, replaceFile } from "@org/optim/node";
import { afterAll, describe, expect, test } from "vitest";

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
    expect(() => checkpointFolder(root, { keep: 0 })).toThrow("expected keep to be a whole number from 1 up");
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

test("replaceFile writes text and bytes", () => {
  replaceFile(join(root, "text"), "chữ");
  expect(readFileSync(join(root, "text"), "utf8")).toBe("chữ");
});
