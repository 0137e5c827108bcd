/**
 * Makes the site: runs the code of the pages, which draws their pictures, and writes the reference, both at once; then
 * the pages; then looks at every link. Any fault ends it. `DOCS_BASE=/path/` is where the site will lie on its host.
 */
import { spawn } from "node:child_process";
import { join, relative } from "node:path";
import { docs, root, site } from "./places.ts";

/** Runs a program of this package, and fails as it does. */
function run(name: string, ...command: readonly [string, ...string[]]): Promise<void> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("npx", command, { cwd: docs, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => {
      console.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
      if (code === 0) resolve();
      else reject(new Error(`${name} failed`));
    });
  });
}

try {
  const results = await Promise.allSettled([
    run("code of the pages", "tsx", join("build", "run-blocks.ts")),
    run("measured", "tsx", join("build", "measured.ts")),
    run("reference", "tsx", join("build", "reference.ts")),
  ]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  await run("pages", "vitepress", "build");
  await run("links", "tsx", join("build", "check-links.ts"));
  console.log(
    `The site is in ${relative(root, site)}: any server of files shows it, such as npx vite preview`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
