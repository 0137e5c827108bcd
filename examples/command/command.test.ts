import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reported } from "../shared/result.ts";
import { readArguments } from "./arguments.ts";
import { questions, updateGallery } from "./gallery.ts";
import { findExamples, folder, headOf } from "./heads.ts";
import { rowsOf, updateResults } from "./results.ts";

const examples = findExamples();
const names = examples.map(({ name }) => name);

test("every example has a head comment that begins with a line for the list", () => {
  expect(names).toContain("hello");
  for (const { name, title, head } of examples) {
    expect(title, name).toMatch(/^["A-Z∂].{20,110}[.?]$/u);
    expect(head.split("\n")[1], `${name}: an empty line after the first`).toBe("");
  }
});

test("every application and experiment of the lectures is named by the head of an example", () => {
  const named = new Set(examples.flatMap(({ head }) => head.match(/\bD\d\d\b/g) ?? []));
  const all = Array.from({ length: 21 }, (_, i) => `D${String(i + 1).padStart(2, "0")}`);
  expect(all.filter((row) => !named.has(row))).toEqual([]);
});

test("every example answers one question of the gallery, which is as the results have it", () => {
  const asked = Object.values(questions).flatMap((group) => Object.keys(group));
  expect(asked.toSorted()).toEqual(names.toSorted());
  const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
  const pictures = readdirSync(`${folder}/figures`).map((file) => file.replace(/\.svg$/, ""));
  expect(names).toEqual(expect.arrayContaining(pictures));
  const gallery = updateGallery(read("README.md"), examples, rowsOf(read("RESULTS.md")), new Set(pictures));
  expect(read("README.md")).toBe(gallery);
  const links = [...gallery.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => path!);
  expect(links.filter((path) => !existsSync(`${folder}/${path}`))).toEqual([]);
});

test("headOf takes the first comment of a file, and no other", () => {
  expect(headOf("/**\n * One line.\n *\n * - More:\n *   *that*.\n */\nconst a = 1; /** not this */")).toBe(
    "One line.\n\n- More:\n  *that*.",
  );
  expect(headOf("const a = 1;\n/** late */")).toBe("");
});

test("the command lists without arguments, runs what is named, and passes the rest on to one example", () => {
  const read = (...args: string[]) => readArguments(args, ["hello", "memory"]);
  expect(read()).toEqual({ run: false, names: [], full: false, others: [] });
  expect(read("--", "memory", "--full")).toEqual({ run: true, names: ["memory"], full: true, others: [] });
  expect(read("--quick")).toEqual({ run: true, names: [], full: false, others: [] });
  expect(read("memory", "--data", "a.csv", "--quick").others).toEqual(["--data", "a.csv"]);
  expect(() => read("memroy")).toThrowErrorMatchingInlineSnapshot(
    `[Error: there is no example memroy; there are hello, memory]`,
  );
  expect(() => read("--data", "a.csv")).toThrowErrorMatchingInlineSnapshot(
    `[Error: --data a.csv: options of an example need its name before them]`,
  );
  expect(() => read("--quick", "--full")).toThrowErrorMatchingInlineSnapshot(
    `[Error: --quick and --full exclude each other]`,
  );
});

const reported: fc.Arbitrary<Reported> = fc.record({
  seeds: fc.integer({ min: 1, max: 20 }),
  cpuSeconds: fc.double({ min: 0.1, max: 1000, noNaN: true }),
  results: fc.array(
    fc.record({
      metric: fc.string({ unit: fc.constantFrom("a", " ", "|", "%", "∂", "-") }),
      value: fc.oneof(fc.integer(), fc.string()),
      baseline: fc.string(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

test("lines of RESULTS.md are replaced one example at a time; the others stay as they are", () => {
  const all = fc.record({ a: reported, b: reported, c: reported });
  fc.assert(
    fc.property(all, reported, (before, again) => {
      const three = ["a", "b", "c"];
      const text = updateResults("", new Map(Object.entries(before)), three);
      const rows = rowsOf(text);
      expect(rows).toHaveLength(three.reduce((sum, name) => sum + before[name as "a"].results.length, 0));
      expect(rowsOf(updateResults(text, new Map(), three))).toEqual(rows);
      const other = updateResults(text, new Map([["b", again]]), three);
      expect(other).toBe(updateResults("", new Map(Object.entries({ ...before, b: again })), three));
      // An example that is gone takes its lines along.
      expect(
        rowsOf(updateResults(text, new Map(), ["a", "c"])).every(([name]) => name !== "[b](b/main.ts)"),
      ).toBe(true);
    }),
  );
});
