/** A program from the cache is the one that was compiled, and another graph never finds it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseCache } from "@org/core/browser";
import { folderCache } from "@org/core/node";
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { describe as about, afterAll, beforeEach, expect, test, vi } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { describe } from "../../src/cache/describe.ts";
import { ownFile } from "../../src/graph/own-code.ts";
import {
  add,
  type CompileOptions,
  compile,
  compileAsync,
  constant,
  createRuntime,
  customGradient,
  input,
  mul,
  round,
  scan,
  sub,
  sum,
  type Tensor,
} from "../../src/index.ts";
import type { Draft } from "../../src/runtime.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { threading } from "../../src/targets/wasm/runtime/threading.ts";
import { packageVersion } from "../../src/version.ts";
import { asDrawn } from "../compiled/as-drawn.ts";
import { derivatives } from "../properties/runs.ts";
import { settle } from "../runtime/eager.ts";
import { counting, trainingStep } from "./cached-step.ts";

const folder = mkdtempSync(join(tmpdir(), "unroll-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A new folder for each test. */
let own = folder;
let made = 0;
beforeEach(() => {
  own = join(folder, String(made++));
});

const files = (): string[] => readdirSync(own).sort();
/** A runtime of a process that begins. */
const newRuntime = () => createRuntime({ cache: folderCache(own) });

/** Compiles with a runtime of a process that begins; whether a program was found. */
function finds(options: CompileOptions<never, never>): boolean {
  const cache = counting(folderCache(own));
  compile({ ...options, runtime: createRuntime({ cache }) });
  return cache.found() === 1;
}

test("random graphs are found, and give the same bits", () => {
  fc.assert(
    fc.property(arbitraryGraph({ smooth: true }), (graph) => {
      const outputs = derivatives(graph);
      const before = graph.parameters.map(({ value }) => value);
      const results = [0, 1].map(() => {
        graph.parameters.forEach((parameter, i) => {
          parameter.value = before[i]!;
        });
        const cache = counting(folderCache(own));
        using runtime = createRuntime({ cache });
        const run = compile({ inputs: graph.inputs, outputs, runtime });
        return { values: run(graph.feeds as never).map(({ data }) => data), found: cache.found() };
      });
      expect(results[1]!.values).toEqual(results[0]!.values);
      expect(results[1]!.found).toBe(1);
    }),
    runs(20),
  );
});

about("a training step", () => {
  const feeds = { ids: Int32Array.of(0, 1, 2, 1, 0) };
  const losses = (step: (feeds: { ids: Int32Array }) => { loss: { item(): number } }) =>
    [1, 2, 3].map(() => step(feeds).loss.item());

  test("drawn anew finds its program, and trains as it did", async () => {
    const first = losses(compile({ ...trainingStep(), runtime: newRuntime() }));
    const cache = counting(folderCache(own));
    const runtime = () => createRuntime({ cache });
    expect(losses(compile({ ...trainingStep(), runtime: runtime() }))).toEqual(first);
    expect(losses(await compileAsync({ ...trainingStep(), runtime: runtime() }))).toEqual(first);
    expect([cache.found(), files().length]).toEqual([2, 1]);
  });

  test("says what it is and where it fails as one that is compiled does", () => {
    const seen = [0, 1].map(() => {
      const step = compile({ ...trainingStep(), runtime: newRuntime() });
      const message = () => {
        try {
          step({ ids: Int32Array.of(0, 1, 7, 1, 0) });
        } catch (error) {
          return (error as Error).message;
        }
        return "nothing was thrown";
      };
      return [
        message(),
        losses(step),
        step.report(),
        message(),
        step.profile(feeds).kernels.length,
        losses(step),
      ];
    });
    expect(seen[0]![0]).toMatch("index 7 is out of range");
    expect(seen[1]).toEqual(seen[0]);
  });

  test("on several threads, before the workers are there and after", () => {
    const seen = [0, 1].map(() => {
      using runtime = new WasmRuntime({ threading: threading(2), leastCost: 0, cache: folderCache(own) });
      const step = compile({ ...trainingStep(), runtime });
      const early = losses(step);
      settle(runtime);
      return [early, losses(step)];
    });
    expect(seen[1]).toEqual(seen[0]);
    expect(files().length).toBe(1);
  });

  test("from a damaged file is compiled again, and the file mended", () => {
    const expected = losses(compile({ ...trainingStep(), runtime: newRuntime() }));
    const file = join(own, files()[0]!);
    const whole = readFileSync(file);
    for (const damaged of [
      Buffer.alloc(0),
      whole.subarray(0, 40),
      Buffer.from(whole).fill(1, whole.length - 9),
    ]) {
      writeFileSync(file, damaged);
      expect(losses(compile({ ...trainingStep(), runtime: newRuntime() }))).toEqual(expected);
      expect(readFileSync(file).equals(whole)).toBe(true);
    }
  });

  test("where nothing can be written is compiled, with one warning", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const cache = folderCache(own);
    rmSync(own, { recursive: true });
    writeFileSync(own, "no folder");
    for (let i = 0; i < 2; i++)
      expect(losses(compile({ ...trainingStep(), runtime: createRuntime({ cache }) }))[0]).toBeTypeOf(
        "number",
      );
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^folderCache: .* not kept/),
    ]);
    warn.mockRestore();
    rmSync(own);
    folderCache(own);
  });

  test("of several models in one process, each has its own program", () => {
    const all = [0, 1].map(() => {
      const runtime = newRuntime();
      return [0, 1].map(() => losses(compile({ ...trainingStep(), runtime })));
    });
    expect(all[0]![0]).toEqual(all[0]![1]);
    expect(all[1]).toEqual(all[0]);
    expect(files().length).toBe(2);
  });

  test("of another process is found, too", () => {
    folderCache(own);
    const losses = [0, 1].map(() =>
      execFileSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "cached-step.ts"), own], {
        encoding: "utf8",
      }),
    );
    expect(losses[0]).toMatch(/^compiled \S+$/);
    expect(losses[1]).toBe(losses[0]!.replace("compiled", "found"));
  });
});

about("graphs that compute something else find nothing", () => {
  const x = () => input("x", [2, 3]);
  const drawn: Readonly<Record<string, () => CompileOptions<never, never>>> = {
    plain: () => options((x) => mul(add(x, 1), 2)),
    "another constant": () => options((x) => mul(add(x, 1), 3)),
    "a constant of the other sign of zero": () => options((x) => mul(add(x, 1), -0)),
    "zero": () => options((x) => mul(add(x, 1), 0)),
    "another op": () => options((x) => mul(sub(x, 1), 2)),
    "another order": () => options((x) => add(mul(x, 1), 2)),
    "another axis": () => options((x) => sum(x, { axis: 0 })),
    "the other axis": () => options((x) => sum(x, { axis: 1 })),
    "a loop": () => options((x) => scan((c: Tensor, r: Tensor) => ({ carry: add(c, r), y: c }), { init: constant([0, 0, 0]), xs: x }).ys),
    "a loop the other way": () => options((x) => scan((c: Tensor, r: Tensor) => ({ carry: add(c, r), y: c }), { init: constant([0, 0, 0]), xs: x, reverse: true }).ys),
    "a loop with another body": () => options((x) => scan((c: Tensor, r: Tensor) => ({ carry: sub(c, r), y: c }), { init: constant([0, 0, 0]), xs: x }).ys),
    "the other output": () => options((x) => scan((c: Tensor, r: Tensor) => ({ carry: add(c, r), y: c }), { init: constant([0, 0, 0]), xs: x }).carry),
    "without a rewrite": () => ({ ...options((x) => mul(add(x, 1), 2)), rewrites: { fuseMaps: false } }),
    "watched": () => ({ ...options((x) => mul(add(x, 1), 2)), checkNumerics: true }),
  }; // biome-ignore format: a table
  function options(draw: (x: Tensor) => Tensor): CompileOptions<never, never> {
    const given = x();
    return { inputs: { x: given }, outputs: { y: draw(given) } } as never;
  }

  test.each(Object.keys(drawn))("%s", (name) => {
    folderCache(own);
    for (const [other, draw] of Object.entries(drawn)) if (other !== name) expect(finds(draw())).toBe(false);
    expect([finds(drawn[name]!()), finds(drawn[name]!())]).toEqual([false, true]);
  });
});

test("names say nothing of what is computed; functions cannot be compared", () => {
  const described = (draw: (name: string) => Tensor, name: string) => {
    const y = draw(name);
    const inputs = [...new Set(y.inputs)].filter(({ op }) => op.name === "input");
    const job = { inputs, outputs: [y], updates: [], checkNumerics: false, disabled: new Set<string>() };
    return describe(asDrawn(job) as Draft)?.parts;
  };
  const double = (name: string) => add(input(name, [2]), input(`${name}2`, [2]));
  expect(described(double, "a")).toEqual(described(double, "b"));
  const through = customGradient((x: Tensor) => round(x), (g) => [g]); // biome-ignore format: one line
  expect(described((name) => through(input(name, [2])), "a")).toBeDefined();
});

test.each([undefined, 7, "", new URL("https://example.org/"), {}])("%s is no folder", (folder) => {
  expect(() => folderCache(folder as string)).toThrow(/^folderCache: expected a folder/);
});

test("a database has a name, and without one programs are compiled", async () => {
  expect(() => databaseCache(7 as never)).toThrow("databaseCache: expected a name, received 7");
  const runtime = createRuntime({ cache: databaseCache() });
  const step = await compileAsync({ ...trainingStep(), runtime });
  expect(step({ ids: Int32Array.of(0, 1, 2, 1, 0) }).loss.item()).toBeTypeOf("number");
  expect(() => createRuntime({ cache: "folder" as never })).toThrow("createRuntime: cache");
});

test("code knows where it was loaded from, in the traces of every engine", () => {
  expect(ownFile()).toMatch(/packages\/core\/src\/graph\/own-code\.ts$/);
  const traces = {
    "/a b/x.js": "Error\n    at ownAddress (file:///a b/x.js:10:20)\n    at y (file:///z.js:1:1)",
    "/a b/x.cjs": "Error\n    at ownAddress (/a b/x.cjs:10:20)",
    "C:/a/x.cjs": "Error\n    at C:\\a\\x.cjs:1:2",
    "http://127.0.0.1:80/x.js?v=1": "ownAddress@http://127.0.0.1:80/x.js?v=1:1:2\ny@http://z.js:3:4",
  };
  for (const [address, stack] of Object.entries(traces)) {
    const spy = vi.spyOn(globalThis, "Error").mockImplementation(function (this: { stack: string }) {
      this.stack = stack;
    } as never);
    const found = ownFile();
    spy.mockRestore();
    expect(found).toBe(address);
  }
});

test("the version that programs are found by is that of the package", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  expect(packageVersion).toBe(version);
});
