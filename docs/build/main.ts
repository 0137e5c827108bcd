/**
 * Makes the site: runs the code of the pages, which draws their pictures, and writes the reference, both at once; then
 * the pages, and the playground beside them; then looks at every link. Any fault ends it. `DOCS_BASE=/path/` is where the site will lie on its host.
 */
import { spawn } from "node:child_process";
import { join, relative } from "node:path";
import { docs, root, site } from "./places.ts";

/** Runs a program of this package, and fails as it does. */
function run(
  name: string,
  command: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const { cwd = docs, env } = options;
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("npx", command, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
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
    run("code of the pages", ["tsx", join("build", "run-blocks.ts")]),
    run("measured", ["tsx", join("build", "measured.ts")]),
    run("reference", ["tsx", join("build", "reference.ts")]),
  ]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  await run("pages", ["vitepress", "build"]);
  // The page in which networks learn is part of the site, and has a way back to it.
  const playground = join(root, "playground");
  await run("playground, its packages", ["pnpm@12", "install", "--frozen-lockfile", "--prefer-offline"], {
    cwd: playground,
  });
  await run("playground", ["vite", "build", "--outDir", join(site, "playground"), "--logLevel", "warn"], {
    cwd: playground,
    env: { VITE_DOCUMENTATION: "../" },
  });
  await run("links", ["tsx", join("build", "check-links.ts")]);
  console.log(
    `The site is in ${relative(root, site)}: any server of files shows it, such as npx vite preview`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
