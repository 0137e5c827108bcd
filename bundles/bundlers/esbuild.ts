import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Format } from "esbuild";
import { consumer } from "../packages.ts";
import type { Bundle } from "./bundle.ts";

const bundle = (
  entry: string,
  format: Format,
  platform: "node" | "browser",
  outfile: string,
): Promise<unknown> =>
  build({
    entryPoints: [join(consumer, "app", `${entry}.ts`)],
    absWorkingDir: consumer,
    bundle: true,
    minify: true,
    format,
    platform,
    outfile,
    logLevel: "error",
    logOverride: { "empty-import-meta": "error" },
  });

const forNode = (format: Format, file: string): Bundle => ({
  name: `esbuild ${format} in Node`,
  build: (folder) => bundle("node", format, "node", join(folder, file)).then(() => undefined),
  run: { node: file },
});

/** A page of one classic script. */
export async function buildPage(entry: string, folder: string): Promise<void> {
  await bundle(entry, "iife", "browser", join(folder, "main.js"));
  writeFileSync(join(folder, "index.html"), `<!doctype html><script src="main.js"></script>`);
}

export const esbuildBundles: readonly Bundle[] = [
  forNode("esm", "main.mjs"),
  forNode("cjs", "main.cjs"),
  forNode("iife", "main.cjs"),
  {
    name: "esbuild iife in a page",
    build: (folder) => buildPage("page", folder),
    run: { page: "." },
  },
];
