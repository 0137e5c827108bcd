/** Who may import whom: each file only from its own layer and from those before it, each package from those below it. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** The folders of core in order, and the files that are a layer by themselves. Other files beside them come first. */
const layers = [
  "graph",
  "ops",
  "autodiff",
  "batching",
  "loops",
  "functions",
  "math",
  "interpreter",
  "numerics",
  "evaluate",
  "rewrite",
  "runtime",
  "lower",
  "targets",
  "create-runtime",
  "results",
  "report",
  "profile",
  "compile",
  "jit",
  "all-ops",
  "cache",
  "browser",
  "node",
  "testing",
];

/** The rooms of the WebAssembly target in order; files beside them come first. */
const rooms = ["assembler", "math", "product", "kernels", "program", "threads", "memory", "runtime"];

/** Definitions that need each other: what a tensor is and what an op is, a loop and its gradient, which is a loop. */
const together = [
  ["graph/kernel-rule", "graph/op", "graph/provenance", "graph/tensor"],
  ["loops/loop-batching", "loops/loop-gradient", "loops/loop"],
].map((group) => group.map((file) => `packages/core/src/${file}.ts`));

/** What each package may import of the others. */
const packages: Record<string, string[]> = {
  core: [],
  nn: ["@org/core"],
  optim: ["@org/core"],
  viz: ["@org/core", "@org/nn"],
  export: ["@org/core", "@org/core/ops", "@org/nn", "@org/optim"],
};

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/(^|\/)(node_modules|dist|fixtures)\//.test(path))
    .map((path) => join(folder, path))
    .sort();

const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(join(root, file), "utf8")).importedFiles.map((found) => found.fileName);

const violations = (file: string, problem: (specifier: string) => string | false | undefined): string[] =>
  importsOf(file).flatMap((specifier) => {
    const found = problem(specifier);
    return found ? [`${file} imports "${specifier}": ${found}`] : [];
  });

/** The place of a file of core in the order, 0 for the files that come before every folder. */
function rank(path: string): number {
  const [head = ""] = path.split("/");
  const layer = layers.indexOf(head.replace(/\.ts$/, ""));
  if (layer < 0 && head !== path)
    throw new Error(`the folder ${head} has no place among ${layers.join(" → ")}`);
  return layer + 1;
}

/** The place of a file of the WebAssembly target. */
function roomOf(path: string): number {
  const [head = ""] = path.split("/");
  const room = rooms.indexOf(head);
  if (room < 0 && head !== path) throw new Error(`${path} is in none of the rooms ${rooms.join(" → ")}`);
  return room;
}

/** Files that import themselves by way of others. */
function circles(files: readonly string[]): string[] {
  const imports = new Map(
    files.map((file) => [file, importsOf(file).map((found) => join(dirname(file), found))]),
  );
  return files.filter((file) => {
    const reached = new Set(imports.get(file));
    for (const each of reached) for (const next of imports.get(each) ?? []) reached.add(next);
    return reached.has(file);
  });
}

describe.each(Object.keys(packages))("%s", (name) => {
  const source = `packages/${name}/src`;
  const files = filesIn(source);

  test("imports no index and nothing outside its own sources", () => {
    const found = files.flatMap((file) =>
      violations(file, (specifier) => {
        if (!specifier.startsWith(".")) return false;
        const target = join(dirname(file), specifier);
        if (!target.startsWith(`${source}/`)) return `it lies outside ${source}`;
        return target.endsWith("/index.ts") && "an index is for users; import the file that defines the name";
      }),
    );
    expect(files).toContain(`${source}/index.ts`);
    expect(found).toEqual([]);
  });

  test("has no circles", () => {
    expect(circles(files)).toEqual(name === "core" ? together.flat() : []);
  });

  test("imports only the packages below it", () => {
    const allowed = packages[name] ?? [];
    const found = files.flatMap((file) =>
      violations(
        file,
        (specifier) =>
          specifier.startsWith("@org/") &&
          !allowed.includes(specifier) &&
          `allowed are ${allowed.join(" and ") || "none"}`,
      ),
    );
    expect(found).toEqual([]);
  });
});

test("core: each file imports only from its own layer and those before it", () => {
  const source = "packages/core/src";
  const found = filesIn(source)
    .filter((file) => file !== `${source}/index.ts`)
    .flatMap((file) => {
      const path = relative(source, file);
      return violations(file, (specifier) => {
        const target = relative(source, join(dirname(file), specifier));
        if (!specifier.startsWith(".") || target.startsWith("..")) return false;
        return rank(target) > rank(path) && `${target} comes after ${path}`;
      });
    });
  expect(found).toEqual([]);
});

test("core: the rooms of the WebAssembly target, in their order", () => {
  const source = "packages/core/src/targets/wasm";
  const found = filesIn(source).flatMap((file) => {
    const path = relative(source, file);
    return violations(file, (specifier) => {
      const target = relative(source, join(dirname(file), specifier));
      return !target.startsWith("..") && roomOf(target) > roomOf(path) && `${target} comes after ${path}`;
    });
  });
  expect(found).toEqual([]);
});

test("every name says what is inside", () => {
  const files = ["packages", "examples", "scripts", "test"]
    .filter((folder) => readdirSync(root).includes(folder))
    .flatMap(filesIn);
  const vague = /(^|\/)(utils?|helpers?|misc|common)(\.|\/)/;
  expect(files).toContain("test/layers.test.ts");
  expect(files.filter((file) => vague.test(file))).toEqual([]);
});
