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
import type * as FastCheck from "fast-check";
import ts from "typescript";

const core: string = join(import.meta.dirname, "../packages/core");
const nodeRequire = createRequire(import.meta.url);

// Properties draw the same for every mutant, as often as in CI: the score is one number. Of the module that the tests
// below are given, which `import` would not give.
(nodeRequire("fast-check") as typeof FastCheck).configureGlobal({ seed: 211126088 });

/** Slow tests of what no gradient depends on. */
const PASSED_OVER = /random|every-export/;

/** Files of rules beside the folders. */
const ALSO = /^(decomposition-gradients|loops-dtype)/;

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

/** One of the sweep, with the file of its op. */
type SweepTest = Test & { readonly file: string; readonly op: string };

interface SweepModule {
  sweepCases(target: unknown, records: unknown, fixtures: unknown): SweepTest[];
}

/** The sweep of all ops. */
async function sweep(modules: Modules): Promise<SweepTest[]> {
  const load = (name: string): Exports => modules.require(core, join(core, "test/sweep", name)) as Exports;
  const { sweepCases } = load("cases.ts") as unknown as SweepModule;
  const records = await (load("op-records.ts").opRecords as () => Promise<unknown>)();
  const fixtures = (load("fixtures.ts").readFixture as (name: string) => unknown)("ops.json");
  return sweepCases(load("target.ts").interpreter, records, fixtures).map((test) => ({
    ...test,
    name: `${test.op}: ${test.name}`,
  }));
}

/** Test files below packages/core/test. */
const testFiles: readonly string[] = ["sweep", "autodiff", "loops", "batching", "functions", "."]
  .flatMap((folder) =>
    readdirSync(join(core, "test", folder))
      .sort()
      .map((name) => join(folder, name)),
  )
  .filter(
    (name) =>
      name.endsWith(".test.ts") &&
      name !== "sweep/sweep.test.ts" &&
      (name.includes("/") || ALSO.test(name)) &&
      !PASSED_OVER.test(name),
  );

export interface Order {
  /** What noticed the mistakes beside this one, as `firstFailure` names it: tried first. */
  readonly first?: readonly string[];
  /** What a test file costs: the cheap ones first. */
  readonly costs?: Readonly<Record<string, number>>;
  /** Hears of each part of the tests before it runs. */
  readonly begins?: (part: string) => void;
}

/** Test files whose tests are named after ops. */
const NAMED_AFTER_OPS = ["batching/records.test.ts", "batching/shapes.test.ts"];

/** The name of the sweep among files. */
const SWEEP = "sweep";

const texts = new Map(testFiles.map((file) => [file, readFileSync(join(core, "test", file), "utf8")]));

/** Test files, the cheap ones first; those that name what the changed file exports count as a tenth of what they cost. */
function inOrder(change: Change | undefined, costs: Readonly<Record<string, number>>): string[] {
  const names = [...(change?.text ?? "").matchAll(/^export (?:const|function) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const word = new RegExp(`\\b(${names.join("|")})\\b`);
  const weighed = (file: string): number =>
    (costs[file] ?? 0) * (names.length > 0 && word.test(texts.get(file)!) ? 0.1 : 1);
  return [...testFiles].sort((a, b) => weighed(a) - weighed(b));
}

/** The name of the first test that fails, after that of its file, or undefined where none does. */
export async function firstFailure(
  change: Change | undefined,
  { first = [], costs = {}, begins = () => {} }: Order = {},
): Promise<string | undefined> {
  const { tests, vitest } = collector();
  const modules = new Modules(change, vitest);
  const testsOf = async (file: string): Promise<readonly Test[]> => {
    begins(file);
    tests.length = 0;
    await modules.entry(join(core, "test", file));
    return [...tests];
  };
  let swept: readonly SweepTest[] | undefined;
  const sweepTests = async (): Promise<readonly SweepTest[]> => {
    begins("loading");
    swept ??= await sweep(modules);
    begins(SWEEP);
    return swept;
  };
  try {
    const ops = new Set<string>();
    const isNear = ({ name }: Test): boolean => ops.has(name.split(" > ")[0]!);
    const known = (file: string, all: readonly Test[]): readonly Test[] =>
      all.filter(({ name }) => first.includes(`${file} > ${name}`));
    const before = new Set(first.map((name) => name.split(" > ")[0]!));

    if (!change || change.file.startsWith("ops/") || before.delete(SWEEP)) {
      const all = await sweepTests();
      const own = all.filter(({ file }) => file === change?.file);
      for (const { op } of own) ops.add(op);
      for (const file of own.length > 0 ? NAMED_AFTER_OPS : []) before.add(file);
      const failed = await runAll(SWEEP, [...known(SWEEP, all), ...own]);
      if (failed) return failed;
    }
    before.delete(SWEEP);
    for (const file of before) {
      const all = await testsOf(file);
      const failed = await runAll(file, [...known(file, all), ...all.filter(isNear)]);
      if (failed) return failed;
    }
    for (const file of inOrder(change, costs)) {
      const all = await testsOf(file);
      const failed = await runAll(file, [...all.filter(isNear), ...all]);
      if (failed) return failed;
    }
    return await runAll(SWEEP, await sweepTests());
  } catch (error) {
    return `loading: ${String(error).split("\n")[0]}`;
  }
}

/** Runs each test once, until one fails. */
async function runAll(file: string, tests: readonly Test[]): Promise<string | undefined> {
  for (const { name, run } of new Set(tests)) {
    try {
      await run();
    } catch {
      return `${file} > ${name}`;
    }
  }
  return undefined;
}

// A child of mutate.ts: one change a message, the parts of the tests as they begin, and one answer.
process.on("message", ({ change, ...order }: { change: Change } & Order) => {
  const begins = (part: string): void => void process.send?.({ part });
  firstFailure(change, { ...order, begins }).then((failure) => process.send?.({ failure }));
});
