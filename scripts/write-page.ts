/** Writes the script of viz's HTML page, packages/viz/src/html/page-script.ts, from its sources in packages/viz/page. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const viz = join(import.meta.dirname, "../packages/viz");

/** The module that holds the page's script as text. */
export function pageScriptModule(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(viz, "page/main.ts")],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    minifySyntax: true,
    minifyIdentifiers: true,
    minifyWhitespace: true,
    lineLimit: 400,
    legalComments: "none",
    logLevel: "error",
  });
  const script = outputFiles[0]!.text.replaceAll("</script", "<\\/script");
  const text = script.replace(/[\\`]|\$\{/g, "\\$&");
  return [
    "/** The page's script. Made from packages/viz/page by `npx tsx scripts/write-page.ts`: change it there. */",
    `export const pageScript: string = \`${text}\`;\n`,
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(viz, "src/html/page-script.ts"), pageScriptModule());
}
