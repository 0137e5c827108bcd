import type { UserConfig } from "tsdown";
import { workerSource } from "./packages/core/src/targets/wasm/threads/worker-source.ts";
import { pureDefinitions } from "./scripts/pure-definitions.ts";

/**
 * Functions at both ends of each file, whose traces say where the library's code lies when a bundler has put it among
 * the user's (`core/src/graph/own-code.ts`).
 */
const trace = (name: string): string =>
  `function ${name}(again) { return again ? new Error() : ${name}(true); }`; // calls itself: is not inlined

const isLibrary = (id: string): boolean =>
  /\/src\/(?!testing\/|node\/|index\.|all-ops\.)/.test(id) && !id.endsWith(".d.ts");

/** The program of workers as a file, for pages that serve it themselves. */
const worker: NonNullable<UserConfig["plugins"]> = {
  name: "worker",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "worker.js", source: workerSource });
  },
};

const library = (name: string, entry: Record<string, string>): UserConfig => ({
  name,
  cwd: `packages/${name}`,
  entry,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  fixedExtension: false, // ".js", the names that publishConfig.exports promises
  dts: { oxc: true },
  sourcemap: true,
  plugins: [pureDefinitions(), name === "core" && worker],
  banner: {
    js: trace("codeBegins"),
    // Executables and runtimes can be used with `using`, which older lists of libraries don't know.
    dts: '/// <reference lib="esnext.disposable" />',
  },
  footer: { js: trace("codeEnds") },
  inputOptions: { checks: { pluginTimings: false } },
  outputOptions: {
    // What several entries share and what one of them has alone: one file, so that its ends are the package's.
    codeSplitting: { groups: [{ name: "library", test: isLibrary }] },
  },
  tsconfig: "../../tsconfig.json",
  skipNodeModulesBundle: true,
  external: [/^node:/],
  failOnWarn: true,
});

const packages: UserConfig[] = [
  library("core", {
    index: "src/index.ts",
    "browser/index": "src/browser/index.ts",
    "node/index": "src/node/index.ts",
    ops: "src/all-ops.ts",
    "testing/index": "src/testing/index.ts",
  }),
  library("nn", { index: "src/index.ts" }),
  library("optim", { index: "src/index.ts", "node/index": "src/node/index.ts" }),
  library("export", { index: "src/index.ts" }),
  library("viz", { index: "src/index.ts", "node/index": "src/node/index.ts" }),
];

export default packages;
