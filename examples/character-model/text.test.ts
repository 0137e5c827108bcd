import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeCorpus, readCorpus, replacement, requireLength } from "./text.ts";

const folder = mkdtempSync(join(tmpdir(), "character-model-"));

test("Moby-Dick: the last twentieth is held out, rare letters share one id", () => {
  const { training, validation, vocabulary } = readCorpus(undefined);
  const length = training.length + validation.length;
  expect(length).toBeGreaterThan(1_200_000);
  expect(validation.length).toBe(Math.floor(length / 20));
  expect(vocabulary.decode(validation.slice(-8))).toBe("orphan.\n");
  expect(vocabulary.characters).toContain("—");
  expect(vocabulary.characters).not.toContain("ח");
  expect(vocabulary.characters[0]).toBe(replacement);
});

test("characters are code points, not halves of them", () => {
  const { training, vocabulary } = makeCorpus("whales", "🐋🐳ø".repeat(40));
  expect(vocabulary.characters).toEqual([replacement, "ø", "🐋", "🐳"]);
  expect(training.length).toBe(114);
  expect([...training.slice(0, 3)]).toEqual([2, 3, 1]);
});

test("what only the held-out part has is unknown", () => {
  const { validation } = makeCorpus("late", `${"ab".repeat(95)}${"z".repeat(10)}`);
  expect([...validation]).toEqual(new Array(10).fill(0));
});

test("a byte order mark is not text", () => {
  const path = join(folder, "marked.txt");
  writeFileSync(path, `\u{FEFF}${"ab".repeat(50)}`);
  expect(readCorpus(path).vocabulary.characters).toEqual([replacement, "a", "b"]);
});

test("files that can't be read", () => {
  const bad = join(folder, "bad.txt");
  writeFileSync(bad, Uint8Array.from([0x61, 0xc3, 0xa9, 0xff, 0x62]));
  expect(() => readCorpus(bad)).toThrow("not UTF-8, the first byte that does not fit is at 3");
  expect(() => readCorpus(join(folder, "none.txt"))).toThrow("there is no such file");
  expect(() => readCorpus(folder)).toThrow("this is a folder, not a file");
});

test("a text that does not fill a window", () => {
  const short = makeCorpus("note.txt", "so short ".repeat(20));
  expect(() => requireLength(short, 2, 8)).toThrowErrorMatchingInlineSnapshot(
    `[Error: note.txt is too short: it has 171 characters to learn from and 9 held out, and 2 streams of 8 characters take 17 of each; a smaller --batch or --window would do]`,
  );
  expect(() => requireLength(short, 1, 8)).not.toThrow();
});
