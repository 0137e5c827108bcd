/** The main entry runs in browsers: nothing that it reaches is of Node, and its loop needs no timers of Node. */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { train } from "@org/optim";
import ts from "typescript";
import { afterEach, expect, test, vi } from "vitest";

const source = join(import.meta.dirname, "../src");

/** All that a file imports, and what that imports. */
function reached(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
    if (fileName.startsWith(".")) reached(join(dirname(file), fileName), seen);
    else seen.add(fileName);
  }
  return seen;
}

test("the main entry reaches nothing of Node", () => {
  const all = [...reached(join(source, "index.ts"))].map((file) =>
    file.startsWith(source) ? relative(source, file) : file,
  );
  expect(all.filter((file) => !file.endsWith(".ts"))).toEqual(["@org/core"]);
  expect(all.filter((file) => file.startsWith("node/"))).toEqual([]);
  expect([...reached(join(source, "node/index.ts"))]).toContain("node:fs");
});

afterEach(() => vi.unstubAllGlobals());

test("train takes turns without setImmediate", async () => {
  vi.stubGlobal("setImmediate", undefined);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const data = Array.from({ length: 1000 }, (_, i) => i);
  const { ended } = await train({
    step: () => ({ loss: 1 }),
    data,
    epochs: 1e6,
    signal: controller.signal,
  });
  expect(ended).toBe("interrupted");
});
