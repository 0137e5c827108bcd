import { join } from "node:path";
import { build } from "esbuild";

/** A program as one script that a page can hold between its tags; `@org/*` are the packages of this checkout. */
export async function pageProgram(program: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, "..") },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    logLevel: "error",
  });
  return outputFiles[0]!.text.replaceAll("</script", "<\\/script");
}
