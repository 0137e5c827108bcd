/**
 * The packages as others use them: bundled, measured, and in pages with a policy.
 *     npx -y pnpm@12 bundles            # everything
 *     npx -y pnpm@12 bundles run sizes  # parts of it
 *     npx -y pnpm@12 bundles sizes --files  # what the bundles that are measured are made of; --folders: less of it
 */
import { parseArgs } from "node:util";
import { chromiumPath, closeBrowser } from "./chromium.ts";
import { installPackages } from "./packages.ts";
import { runBundles } from "./run-bundles.ts";
import { runPolicies } from "./run-policies.ts";
import { runSizes } from "./run-sizes.ts";

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { files: { type: "boolean" }, folders: { type: "boolean" } },
});
const list = values.files ? "files" : values.folders ? "folders" : undefined;
const parts = { sizes: () => runSizes(list), run: runBundles, policies: runPolicies };
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(", ")}: there are ${Object.keys(parts).join(", ")}`);

installPackages();
let failed = 0;
for (const [part, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  for (const { name, problems } of await run()) {
    if (problems === "no browser") console.log(`-  ${name}: not run, there is no browser`);
    else if (problems.length === 0) console.log(`✓  ${name}`);
    else {
      failed++;
      console.log(`✗  ${name}\n${problems.map((problem) => `     ${problem}`).join("\n")}`);
    }
  }
}
await closeBrowser();
if (chromiumPath === undefined)
  console.log("Pages need Chromium: apt-get install chromium, or CHROMIUM=path");
if (failed > 0) process.exitCode = 1;
