/** Checks of gradients work without fast-check, arbitraries say what is missing or are given it; both can be bundled. */
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test("without fast-check", async () => {
  vi.resetModules();
  const createRequire = () => () => {
    throw new Error("Cannot find module");
  };
  const builtIn = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ createRequire } as never);
  const { parameter, square, sum } = await import("@org/core");
  const { arbitraryArray, arbitraryGraph, arbitraryShape, checkGradients } = await import(
    "@org/core/testing"
  );
  const x = parameter("x", [1, 2]);
  expect(checkGradients(sum(square(x)), x).passed).toBe(true);
  const missing = "draws with fast-check, which is not installed: add it to the devDependencies";
  expect(() => arbitraryShape()).toThrow(`arbitraryShape ${missing}`);
  expect(() => arbitraryArray({ shape: [2] })).toThrow(`arbitraryArray ${missing}`);
  expect(() => arbitraryGraph()).toThrow(`arbitraryGraph ${missing}`);
  builtIn.mockReturnValue(undefined as never);
  expect(() => arbitraryShape()).toThrowErrorMatchingInlineSnapshot(
    `[Error: arbitraryShape draws with fast-check, which loads itself in Node alone: elsewhere, import fc from "fast-check" and give it as the option fc]`,
  );
  expect(() => arbitraryArray({ fc: "fast-check" as never })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: arbitraryArray: fc: expected fast-check, received string
      hint: import fc from "fast-check"]
  `);
});

test.each(["esm", "cjs", "iife"] as const)(
  "a bundle in the format %s, where there is no Node",
  async (format) => {
    const contents = `
    import { parameter, square, sum } from "@org/core";
    import { arbitraryArray, arbitraryGraph, checkGradients } from "@org/core/testing";
    import fc from "fast-check";
    const x = parameter("x", [1, 2]);
    globalThis.passed = checkGradients(sum(square(x)), x).passed;
    const passes = ({ loss, parameters, feeds }) => checkGradients(loss, parameters, { feeds }).passed;
    const graphs = arbitraryGraph({ fc, instructions: 2, depth: 1, smooth: true });
    fc.assert(fc.property(graphs, passes), { numRuns: 3, seed: 7 });
    globalThis.drawn = fc.sample(arbitraryArray({ fc, dtype: "i32" }), 4).map(({ dtype }) => dtype);`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      write: false,
      format,
      logLevel: "silent",
    });
    const context: Record<string, unknown> = {
      console,
      setTimeout,
      clearTimeout,
      structuredClone,
      TextDecoder,
      TextEncoder,
    };
    runInNewContext(outputFiles[0]!.text.replaceAll("import.meta", "({})"), context);
    expect(context.passed).toBe(true);
    expect([...(context.drawn as string[])]).toEqual(["i32", "i32", "i32", "i32"]);
  },
);
