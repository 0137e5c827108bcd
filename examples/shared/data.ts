/** Files of packages that are too large for the install of `start` and `test`: they have an install of their own. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const installed = join(import.meta.dirname, "../data/node_modules");

/**
 * Where a file of a data package is: `dataPath("vega-datasets/data/sp500.csv")`. The packages are listed in
 * `examples/data/package.json`; the `examples` command installs them for the examples that import this file.
 * @throws Error where they are not installed, with what installs them
 */
export function dataPath(file: string): string {
  const path = join(installed, file);
  if (existsSync(path)) return path;
  const command = "npx -y pnpm@12 --dir examples/data install --frozen-lockfile";
  throw new Error(`${file} is not installed; \`npx -y pnpm@12 examples NAME\` does that, or\n  ${command}`);
}

/** A text of a data package. */
export const readData = (file: string): string => readFileSync(dataPath(file), "utf8");
