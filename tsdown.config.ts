import type { UserConfig } from "tsdown";

const library = (name: string, entry: Record<string, string>): UserConfig => ({
  name,
  cwd: `packages/${name}`,
  entry,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  fixedExtension: false, // ".js", the names that publishConfig.exports promises
  dts: { oxc: true },
  // Executables and runtimes can be used with `using`, which older lists of libraries don't know.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  tsconfig: "../../tsconfig.json",
  skipNodeModulesBundle: true,
  external: [/^node:/],
  failOnWarn: true,
});

const packages: UserConfig[] = [
  library("core", { index: "src/index.ts", "testing/index": "src/testing/index.ts" }),
  library("nn", { index: "src/index.ts" }),
  library("optim", { index: "src/index.ts", "node/index": "src/node/index.ts" }),
  library("viz", { index: "src/index.ts" }),
];

export default packages;
