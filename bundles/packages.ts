/** The packages as they are published: built, packed, and unpacked where a stranger's program would find them. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Where everything is made. */
export const out: string = join(import.meta.dirname, "out");
/** The stranger's program: a copy of `app/` beside the packages. */
export const consumer: string = join(out, "consumer");

export const packageNames = ["core", "nn", "optim", "viz"] as const;

const pnpm = (args: readonly string[], cwd: string): void => {
  execFileSync("npx", ["-y", "pnpm@12", ...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
};

/** Builds and unpacks them all, and copies the programs that use them. */
export function installPackages(): void {
  rmSync(out, { recursive: true, force: true });
  pnpm(["build", "--logLevel", "warn"], root);
  for (const name of packageNames) {
    const target = join(consumer, "node_modules", "@org", name);
    mkdirSync(target, { recursive: true });
    pnpm(["pack", "--pack-destination", out], join(root, "packages", name));
    execFileSync("tar", ["-xzf", join(out, `org-${name}-0.1.0.tgz`), "-C", target, "--strip-components=1"]);
  }
  cpSync(join(import.meta.dirname, "app"), join(consumer, "app"), { recursive: true });
  symlinkSync(join(import.meta.dirname, "node_modules", "@types"), join(consumer, "node_modules", "@types"));
}
