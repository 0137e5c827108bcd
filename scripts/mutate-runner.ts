/**
 * Loads packages/core with one file changed, and runs its tests until one fails. Modules are compiled once and made
 * anew for every mutant, which takes milliseconds where a test runner takes seconds to start.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import fc from "fast-check";
import ts from "typescript";

// Properties draw the same for every mutant, as often as in CI: the score is one number.
fc.configureGlobal({ seed: 211126088 });

const core: string = join(import.meta.dirname, "../packages/core");
const nodeRequire = createRequire(import.meta.url);

/** Slow tests of what no gradient depends on. */
const PASSED_OVER = /random|every-export/;

export interface Change {
  /** Below packages/core/src. */
  readonly file: string;
  readonly text: string;
}

interface Test {
  readonly name: string;
  readonly run: () => unknown;
}

type Exports = Record<string, unknown>;
type Factory = (
  exports: Exports,
  require: (name: string) => unknown,
  meta: object,
  ops: object,
  neg: unknown,
) => unknown;

/** The source file behind `@org/core` and its parts: a test that imports them by name is given the changed ones, too. */
function ownEntry(name: string): string | undefined {
  const { name: self, exports } = nodeRequire(join(core, "package.json")) as {
    name: string;
    exports: Readonly<Record<string, string>>;
  };
  const entry =
    name === self || name.startsWith(`${self}/`) ? exports[`.${name.slice(self.length)}`] : undefined;
  return entry && join(core, entry);
}

const factories = new Map<string, Factory>();

/** A module as a function of its exports. Test files may await at their top level. */
function factoryOf(file: string, text = readFileSync(file, "utf8"), known = factories): Factory {
  const cached = known.get(file);
  if (cached) return cached;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const body = outputText.replaceAll("import.meta", "importMeta");
  const start = file.endsWith(".test.ts") ? "async function" : "function";
  const wrapped = `(${start} (exports, require, importMeta, $ops, $neg) {${body}\n})`;
  const factory = new Script(wrapped, { filename: file }).runInThisContext() as Factory;
  known.set(file, factory);
  return factory;
}

/** A set of modules of its own, with one file changed. */
class Modules {
  readonly #loaded = new Map<string, Exports>();
  readonly #change: Change | undefined;
  readonly #builtIn: Readonly<Record<string, unknown>>;

  constructor(change: Change | undefined, vitest: object) {
    this.#change = change;
    this.#builtIn = { vitest };
  }

  require(from: string, name: string): unknown {
    if (name in this.#builtIn) return this.#builtIn[name];
    const own = ownEntry(name);
    if (!own && !/^[./]/.test(name)) return nodeRequire(name);
    const file = own ?? (name.startsWith("/") ? name : join(dirname(from), name));
    const known = this.#loaded.get(file);
    if (known) return known;
    const exports: Exports = {};
    this.#loaded.set(file, exports);
    this.#run(file, exports);
    return exports;
  }

  async entry(file: string): Promise<void> {
    await this.#run(file, {});
  }

  #run(file: string, exports: Exports): unknown {
    const changed = this.#change && file === join(core, "src", this.#change.file);
    const factory = changed ? factoryOf(file, this.#change?.text, new Map()) : factoryOf(file);
    const meta = { dirname: dirname(file), url: pathToFileURL(file).href };
    const op = (name: string) => (this.require(file, join(core, "src/index.ts")) as Exports)[name];
    const ops = new Proxy({}, { get: (_, name: string) => op(name) });
    const neg = (x: unknown) => (op("neg") as (x: unknown) => unknown)(x);
    return factory(exports, (name) => this.require(file, name), meta, ops, neg);
  }
}

type Each = (rows: readonly unknown[]) => (name: string, body: (...values: unknown[]) => unknown) => void;
type Declare = ((name: string, body: (...values: unknown[]) => unknown) => void) & { each: Each };

/** With `each`, which calls the body for every row; a row that is a list is taken apart, and its first value is `%s`. */
function declared(declare: (name: string, body: () => unknown) => void): Declare {
  const each: Each = (rows) => (name, body) => {
    rows.forEach((row, i) => {
      const values: unknown[] = Array.isArray(row) ? row : [row];
      const own = name.includes("%s") ? name.replace("%s", String(values[0])) : `${name} [${i}]`;
      declare(own, () => body(...values));
    });
  };
  return Object.assign(declare, { each });
}

/** The part of Vitest that these tests use: its own `expect`, and what collects them. */
function collector(): { tests: Test[]; vitest: object } {
  const tests: Test[] = [];
  const path: string[] = [];
  const describe = declared((name, body) => {
    path.push(name);
    body();
    path.pop();
  });
  const test = declared((name, run) => {
    tests.push({ name: [...path, name].join(" > "), run });
  });
  return { tests, vitest: { describe, test, expect } };
}

const expect: unknown = await vitestExpect();

async function vitestExpect(): Promise<unknown> {
  const load = (from: string, name: string): Promise<Record<string, unknown>> =>
    import(pathToFileURL(createRequire(from).resolve(name)).href);
  const vitest = nodeRequire.resolve("vitest/package.json");
  const matchers = await load(vitest, "@vitest/expect");
  const chai = (await load(createRequire(vitest).resolve("@vitest/expect"), "chai")) as unknown as Chai;
  for (const plugin of ["JestExtend", "JestChaiExpect", "JestAsymmetricMatchers"]) chai.use(matchers[plugin]);
  chai.use(({ Assertion }: Chai) => {
    const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
    Assertion.addMethod("toThrowErrorMatchingInlineSnapshot", function (this: { _obj: () => void }, text) {
      assert.throws(this._obj, (error) => plain(`[${error}]`) === plain(text as string));
    });
    Assertion.addMethod("toMatchInlineSnapshot", function (this: { _obj: string }, text) {
      assert.equal(plain(`"${this._obj}"`), plain(text as string));
    });
  });
  return chai.expect;
}

interface Chai {
  readonly expect: unknown;
  readonly Assertion: {
    addMethod<T>(name: string, method: (this: { _obj: T }, ...values: unknown[]) => void): void;
  };
  use(plugin: unknown): void;
}

interface SweepModule {
  sweepCases(target: unknown, records: unknown, fixtures: unknown): (Test & { file: string; op: string })[];
}

/** The sweep, the ops of `file` first. */
async function sweep(
  modules: Modules,
  file: string,
): Promise<{ near: (Test & { op: string })[]; far: Test[] }> {
  const load = (name: string): Exports => modules.require(core, join(core, "test/sweep", name)) as Exports;
  const { sweepCases } = load("cases.ts") as unknown as SweepModule;
  const records = await (load("op-records.ts").opRecords as () => Promise<unknown>)();
  const fixtures = (load("fixtures.ts").readFixture as (name: string) => unknown)("ops.json");
  const cases = sweepCases(load("target.ts").interpreter, records, fixtures).map((test) => ({
    ...test,
    name: `sweep > ${test.op}: ${test.name}`,
  }));
  return {
    near: cases.filter((test) => test.file === file),
    far: cases.filter((test) => test.file !== file),
  };
}

/** Test files below packages/core/test, those nearest to what changed first. */
function testFiles(file: string): string[] {
  const near = file.startsWith("loops/") ? ["loops", "autodiff", "sweep"] : ["sweep", "autodiff", "loops"];
  const folders = file.includes("batch") ? ["batching", ...near] : [...near, "batching"];
  const first = file.startsWith("ops/") ? ["batching/records.test.ts", "batching/shapes.test.ts"] : [];
  const found = [...folders, "functions"].flatMap((folder) =>
    readdirSync(join(core, "test", folder))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  return [...new Set([...first, ...found])].filter(
    (name) => name.endsWith(".test.ts") && name !== "sweep/sweep.test.ts" && !PASSED_OVER.test(name),
  );
}

/** The name of the first test that fails, or undefined where none does. */
export async function firstFailure(change: Change | undefined): Promise<string | undefined> {
  const { tests, vitest } = collector();
  const modules = new Modules(change, vitest);
  const file = change?.file ?? "";
  try {
    const { near, far } = await sweep(modules, file);
    const failed =
      (await runAll(near)) ??
      (await runFiles(modules, tests, testFiles(file), new Set(near.map(({ op }) => op))));
    return failed ?? (await runAll(far));
  } catch (error) {
    return `loading: ${String(error).split("\n")[0]}`;
  }
}

/** Runs test files one by one, in each those first that are named after one of the `ops` that changed. */
async function runFiles(
  modules: Modules,
  tests: Test[],
  files: readonly string[],
  ops: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const file of files) {
    tests.length = 0;
    await modules.entry(join(core, "test", file));
    const isNear = ({ name }: Test): boolean => ops.has(name.split(" > ")[0]!);
    const failed = await runAll([...tests.filter(isNear), ...tests.filter((test) => !isNear(test))]);
    if (failed) return `${file} > ${failed}`;
  }
  return undefined;
}

async function runAll(tests: readonly Test[]): Promise<string | undefined> {
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      return process.env.MUTATE_VERBOSE ? `${name}: ${String(error)}` : name;
    }
  }
  return undefined;
}

// A child of mutate.ts: one change a message, one answer each.
process.on("message", (change: Change) => {
  firstFailure(change).then((failure) => process.send?.({ failure }));
});
