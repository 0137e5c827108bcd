import { writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { build, type InlineConfig } from "vite";
import { consumer } from "../packages.ts";
import type { Bundle } from "./bundle.ts";

const common = (folder: string): InlineConfig => ({
  root: consumer,
  configFile: false,
  logLevel: "error",
  base: "./",
  build: { outDir: folder, emptyOutDir: true },
});

/** Nothing may lie beside the code: a module that names its own folder makes a bundler copy a file that nobody reads. */
async function onlyCode(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  const others: string[] = [];
  for (const file of files) {
    if (
      (await stat(join(folder, file))).isFile() &&
      !/(^|\/)(index|main|node)([-.][\w-]+)?\.(html|m?js|cjs)$/.test(file)
    )
      others.push(file);
  }
  if (others.length > 0) throw new Error(`files beside the code: ${others.join(", ")}`);
}

const page =
  (entry: string): Bundle["build"] =>
  async (folder) => {
    const html = join(consumer, "index.html");
    writeFileSync(html, `<!doctype html><script type="module" src="/app/${entry}.ts"></script>`);
    await build(common(folder));
    await onlyCode(folder);
  };

const library =
  (format: "es" | "cjs" | "umd", file: string): Bundle["build"] =>
  async (folder) => {
    await build({
      ...common(folder),
      build: {
        outDir: folder,
        minify: true,
        lib: {
          entry: join(consumer, "app", "library.ts"),
          formats: [format],
          name: "stranger",
          fileName: () => file,
        },
      },
    });
    await onlyCode(folder);
    const load =
      format === "es" ? `import { check } from "./${file}";` : `const { check } = require("./${file}");`;
    const fs =
      format === "es"
        ? `import { readFileSync } from "node:fs";`
        : `const { readFileSync } = require("node:fs");`;
    const read = `async (file) => readFileSync(file.startsWith("file:") ? new URL(file) : file, "utf8")`;
    writeFileSync(
      join(folder, format === "es" ? "node.mjs" : "node.cjs"),
      `${load}\n${fs}\ncheck(${read}).then((findings) => console.log(JSON.stringify(findings)));\n`,
    );
  };

export const viteBundles: readonly Bundle[] = [
  { name: "Vite app", build: page("page"), run: { page: "." } },
  { name: "Vite inline worker", build: page("inline-worker"), run: { page: "." } },
  { name: "Vite library es", build: library("es", "main.mjs"), run: { node: "node.mjs" } },
  { name: "Vite library cjs", build: library("cjs", "main.cjs"), run: { node: "node.cjs" } },
  { name: "Vite library umd", build: library("umd", "main.cjs"), run: { node: "node.cjs" } },
];
