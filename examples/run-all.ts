/** Runs every example in its short form, one after another; fails if one of them does. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const here = import.meta.dirname;
const examples = readdirSync(here).filter((name) => existsSync(`${here}/${name}/main.ts`));
if (examples.length === 0) throw new Error(`no */main.ts in ${here}`);

for (const name of examples) {
  const start = performance.now();
  const run = spawnSync(process.execPath, ["--import", "tsx", `${here}/${name}/main.ts`, "--quick"], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const passed = run.status === 0;
  console.log(`${passed ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${name}`);
  if (passed) continue;
  console.log(run.error ?? run.stdout + run.stderr);
  process.exitCode = 1;
}
