/** Checks of gradients work without fast-check, arbitraries say what is missing; both can be bundled in any format. */
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
  expect(() => arbitraryShape()).toThrow(
    "arbitraryShape draws with fast-check, which is loaded in Node alone",
  );
});

test.each(["esm", "cjs", "iife"] as const)("a bundle in the format %s", async (format) => {
  const contents = `
    import { parameter, square, sum } from "@org/core";
    import { checkGradients } from "@org/core/testing";
    const x = parameter("x", [1, 2]);
    globalThis.passed = checkGradients(sum(square(x)), x).passed;`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format,
    logLevel: "silent",
  });
  const context: Record<string, unknown> = {
    console,
    structuredClone,
    TextDecoder,
    TextEncoder,
  };
  runInNewContext(outputFiles[0]!.text.replaceAll("import.meta", "({})"), context);
  expect(context.passed).toBe(true);
});
