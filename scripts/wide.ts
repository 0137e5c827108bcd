/**
 * `pnpm wide`: the compiler's tests with wide vectors, from the first call of a program on in V8's optimising compiler.
 * V8 calls the pass that makes them an experiment, so its work is looked at. Needs a Node whose V8 has it: this one, the one that
 * `WIDE_NODE` names, or the package `node`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const tests = [
  "packages/core/test/compiled",
  "packages/core/test/wasm",
  "packages/core/test/node",
  "packages/core/test/lower",
  "packages/core/test/kernel-rules.test.ts",
];

/** The program and the parameters that run a newer Node. */
function newerNode(): readonly string[] {
  if (process.env.WIDE_NODE) return [process.env.WIDE_NODE];
  if (Number.parseInt(process.versions.node, 10) >= 24) return [process.execPath];
  return ["npx", "-y", "node@24"];
}

function run(parameters: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const [program, ...before] = newerNode();
  const { status } = spawnSync(program!, [...before, ...parameters], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

const probe = `
import("@org/core/node").then(({ useFastVectors }) => {
  const { wide, reason } = useFastVectors();
  if (!wide) console.log("skipped: " + reason);
  process.exitCode = wide ? 0 : 77;
});`;
const status = run(["--import", "tsx", "--input-type=module", "-e", probe]);
if (status === 0)
  process.exitCode = run(
    ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--project=all", ...tests],
    {
      FAST_VECTORS: "1",
    },
  );
else if (status !== 77) process.exitCode = status;
