import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

const root = import.meta.dirname;
const folder = join(root, "out", "contestants");

/** Where the bundle of a contestant is. */
export const bundleOf = (name: string): string => join(folder, `${name}.mjs`);

/** What TensorFlow.js expects around it in Node: its modules for bundlers know their gradients, those for Node don't. */
const nodeNames = `
import { createRequire as makeRequire } from "node:module";
const require = makeRequire(import.meta.url);
const __dirname = import.meta.dirname;
`;

const programs: Readonly<Record<string, BuildOptions>> = {
  unroll: {},
  "xla-program": {},
  peak: {},
  "jax-js": { external: ["@jax-js/*"] },
  tfjs: { mainFields: ["module", "main"], banner: { js: nodeNames } },
};

/**
 * One file for each contestant, so that plain Node runs what a user would publish: no compiler and no hundred files
 * are in the time of a cold start. jax-js ships one file already.
 */
export async function bundleContestants(): Promise<void> {
  const builds = Object.entries(programs).map(([name, options]) =>
    build({
      entryPoints: [join(root, "contestants", `${name}.ts`)],
      outfile: bundleOf(name),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "warning",
      ...options,
    }),
  );
  await Promise.all(builds);
}
