import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Gives tests another `evaluate`, which compiles: the same corpus runs on the interpreter and on the compiler. */
const compiled = {
  name: "compiled-evaluate",
  enforce: "pre" as const,
  resolveId(source: string, importer: string | undefined): string | null {
    const replacement = file("./packages/core/test/compiled/evaluate.ts");
    if (!/(^|\/)evaluate\.ts$/.test(source) || importer === replacement) return null;
    return replacement;
  },
};

const shared = {
  testTimeout: 60_000,
  setupFiles: [file("./test/random-runs.ts")],
  // Files of a worker share the modules they import: half the time of the tests went into importing them anew.
  isolate: false,
};

const config: ViteUserConfig = {
  test: {
    ...shared,
    // All processors: the default leaves one of two idle.
    maxWorkers: "100%",
    // In CI the counts also go to a file, for the line that ends .ci/run.
    reporters: process.env.CI ? ["default", "json"] : ["default"],
    outputFile: { json: "out/tests.json" },
    projects: [
      {
        test: {
          ...shared,
          name: "all",
          include: [
            "packages/*/test/**/*.test.ts",
            "examples/**/*.test.ts",
            "benchmarks/gradbench/test/*.test.ts",
            "test/*.test.ts",
          ],
        },
      },
      {
        plugins: [compiled],
        test: {
          ...shared,
          name: "compiled",
          include: [
            "packages/core/test/{autodiff,batching,functions,loops,properties}/**/*.test.ts",
            "packages/core/test/sweep/{kinks,repeated,zero-size}.test.ts",
            "packages/{nn,optim}/test/**/*.test.ts",
          ],
          exclude: [
            "packages/optim/test/node/**", // files and processes, which compute nothing of their own
            "packages/core/test/batching/{loops,shapes}.test.ts", // rules of graphs, written out example by example
            "packages/{core,nn}/test/**/*-differences.test.ts", // computed by the interpreter here, too
          ],
        },
      },
    ],
  },
};

export default config;
