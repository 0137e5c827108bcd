/** Checks of gradients work without fast-check, arbitraries say what is missing. */
import { afterAll, expect, test, vi } from "vitest";

afterAll(() => {
  vi.doUnmock("fast-check");
  vi.resetModules();
});

test("without fast-check", async () => {
  vi.resetModules();
  vi.doMock("fast-check", () => {
    throw new Error("Cannot find package");
  });
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
});
