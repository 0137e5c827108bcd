import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { pageScriptModule } from "../../../../scripts/write-page.ts";
import { around, fromBox, leaving } from "../../page/bundle.ts";
import { neighboursOf, pathBetween, reach } from "../../page/reach.ts";
import { pageScript } from "../../src/html/page-script.ts";

const page = join(import.meta.dirname, "../../page");

test("the script is what its sources give", async () => {
  await expect(pageScriptModule()).toMatchFileSnapshot("../../src/html/page-script.ts");
  expect(() => new Function(pageScript)).not.toThrow();
  expect(pageScript).not.toMatch(/<\/script|<!--|innerHTML|\beval\b/);
});

test("the sources fit their types", () => {
  const { config } = ts.readConfigFile(join(page, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, page);
  const program = ts.createProgram(fileNames, options);
  const found = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  expect(found).toEqual([]);
});

const marks = ["x", "a", "b", "c", "y", "other"].map((id) => ({
  id,
  label: id,
  kind: "variable" as const,
  role: "input",
}));

/** x → a → y, x → b → c → y, other → c. */
const edges = [
  [0, 1],
  [1, 4],
  [0, 2],
  [2, 3],
  [3, 4],
  [5, 3],
] as const;
const neighbours = neighboursOf({ name: "unrolled", marks, groups: [], edges });

test("what a mark depends on, and what depends on it", () => {
  expect([...reach(3, neighbours.inputs)].sort()).toEqual([0, 2, 5]);
  expect([...reach(0, neighbours.readers)].sort()).toEqual([1, 2, 3, 4]);
  expect(reach(5, neighbours.inputs).size).toBe(0);
});

test("the ways between two marks, whichever is named first", () => {
  const path = { from: 0, to: 4, between: new Set([0, 1, 2, 3, 4]), shortest: [0, 1, 4] };
  expect(pathBetween(0, 4, neighbours)).toEqual(path);
  expect(pathBetween(4, 0, neighbours)).toEqual(path);
  expect(pathBetween(1, 5, neighbours)).toBeUndefined();
  expect(pathBetween(1, 2, neighbours)).toBeUndefined();
});

test("what is around areas, and lines that begin in a box that stands for one", () => {
  const area = { x: 0, y: 0, width: 100, height: 80 };
  expect(around([])).toBeUndefined();
  expect(
    around([
      { x: 0, y: 20, width: 10, height: 60 },
      { x: 40, y: 0, width: 60, height: 10 },
    ]),
  ).toEqual(area);
  const box = { x: 30, y: 30, width: 40, height: 20 };
  expect(leaving(box, { x: 50, y: -100 })).toEqual({ x: 50, y: 30 });
  expect(leaving(box, { x: 150, y: 40 })).toEqual({ x: 70, y: 40 });
  const line = [10, 60, 110, 160].map((x) => ({ x, y: 40 }));
  expect(fromBox(line, area, box)).toEqual([{ x: 70, y: 40 }, line[2], line[3]]);
  expect(fromBox(line.slice(0, 2), area, box)).toEqual([{ x: 70, y: 40 }, line[1]]);
});
