import { expect, test } from "vitest";
import { pageScriptModule } from "../../../../scripts/write-page.ts";
import { neighboursOf, pathBetween, reach } from "../../page/reach.ts";
import { pageScript } from "../../src/html/page-script.ts";

test("the script is what its sources give", async () => {
  await expect(pageScriptModule()).toMatchFileSnapshot("../../src/html/page-script.ts");
  expect(() => new Function(pageScript)).not.toThrow();
  expect(pageScript).not.toMatch(/<\/script|<!--|innerHTML|\beval\b/);
});

const marks = ["x", "a", "b", "c", "y", "other"].map((id) => ({
  id,
  key: id,
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
const neighbours = neighboursOf({ marks, edges });

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
