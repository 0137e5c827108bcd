import { basename, join } from "node:path";
import { build } from "esbuild";

/** A program of this folder as one file of JavaScript, which starts several times faster than TypeScript through a loader. */
export async function bundled(program: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(program, ".ts")}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, program)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "silent",
  });
  return outfile;
}
