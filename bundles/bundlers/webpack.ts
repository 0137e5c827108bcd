import { writeFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import webpack, { type Configuration } from "webpack";
import { consumer } from "../packages.ts";
import type { Bundle } from "./bundle.ts";

/** webpack reads JavaScript: the programs without their types. */
async function plainPrograms(): Promise<string> {
  const folder = join(consumer, "plain");
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(join(consumer, "app"))) {
    const { code } = await transform(await readFile(join(consumer, "app", file), "utf8"), { loader: "ts" });
    await import("node:fs/promises").then(({ writeFile }) =>
      writeFile(
        join(folder, file.replace(/\.ts$/, ".js")),
        code.replaceAll(/(from "\.\/[a-z-]+)\.ts"/g, '$1.js"'),
      ),
    );
  }
  return folder;
}

async function bundle(entry: string, folder: string, options: Configuration): Promise<void> {
  const plain = await plainPrograms();
  const compiler = webpack({
    mode: "production",
    context: consumer,
    entry: join(plain, `${entry}.js`),
    output: { path: folder, filename: "main.js" },
    performance: false,
    ...options,
  })!;
  await new Promise<void>((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error) reject(error);
      else if (stats!.hasErrors() || stats!.hasWarnings())
        reject(new Error(stats!.toString({ all: false, errors: true, warnings: true })));
      else resolve();
    });
  });
}

const html = `<!doctype html><script defer src="main.js"></script>`;

export const webpackBundles: readonly Bundle[] = [
  {
    name: "webpack in Node",
    build: async (folder) => {
      await bundle("node", folder, { target: "node" });
      writeFileSync(join(folder, "package.json"), `{ "type": "commonjs" }`);
    },
    run: { node: "main.js" },
  },
  {
    name: "webpack in a page",
    build: async (folder) => {
      await bundle("page", folder, { target: "web" });
      writeFileSync(join(folder, "index.html"), html);
    },
    run: { page: "." },
  },
  {
    name: "webpack for development in a page",
    build: async (folder) => {
      await bundle("page", folder, { target: "web", mode: "development", devtool: false });
      writeFileSync(join(folder, "index.html"), html);
    },
    run: { page: "." },
  },
];
