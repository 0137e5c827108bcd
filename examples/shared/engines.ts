/** Engines that are too large for the install of `start` and `test`: they have an install of their own. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const home = join(import.meta.dirname, "../engines");

/** Where a file of an engine's package is. The packages are listed in `examples/engines/package.json`. */
export const enginePath = (file: string): string => join(home, "node_modules", file);

/**
 * An engine, by the name of its package; the `examples` command installs it for the examples that import this file.
 * @throws Error where it is not installed, with what installs it
 */
export function engine(name: string): unknown {
  if (existsSync(enginePath(name))) return createRequire(join(home, "package.json"))(name);
  const command = "npx -y pnpm@12 --dir examples/engines install --frozen-lockfile";
  throw new Error(`${name} is not installed; \`npx -y pnpm@12 examples NAME\` does that, or\n  ${command}`);
}
