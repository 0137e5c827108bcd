/** Builds and packs every package, then uses the tarballs as a stranger would: from JavaScript, and from TypeScript. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
}

const root = join(import.meta.dirname, "..");
const packages = readdirSync(join(root, "packages")).sort();
const consumer = mkdtempSync(join(tmpdir(), "unroll-packaging-"));
const tarballs = join(consumer, "tarballs");
const modules = join(consumer, "node_modules");

afterAll(() => rmSync(consumer, { recursive: true }));

const read = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8"));
const tarball = (name: string): string => join(tarballs, `org-${name}-0.1.0.tgz`);
const manifest = (name: string): Manifest => read(join(modules, "@org", name, "package.json"));
const entries = (): string[] =>
  packages.flatMap((name) =>
    Object.entries(manifest(name).exports).flatMap(
      ([path, entry]) => (typeof entry === "string" ? [] : [join("@org", name, path)]), // a file to serve, not a module to import
    ),
  );

/** Runs a command; what it printed stands in the error where it fails. */
function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${basename(command)} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** The pnpm that runs these tests, which need not be on the PATH. */
function pnpm(args: readonly string[], cwd: string): string {
  const own = process.env.npm_execpath ?? "";
  if (!basename(own).startsWith("pnpm")) return run("npx", ["-y", "pnpm@12", ...args], cwd);
  return /\.[cm]?js$/.test(own) ? run(process.execPath, [own, ...args], cwd) : run(own, args, cwd);
}

/**
 * The third-party modules that a package declares come from the workspace; its siblings are the extracted tarballs.
 * Optional ones stay away: everything has to import and to type-check without them.
 */
function linkDependencies(name: string): void {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest(name);
  for (const module of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (module.startsWith("@org/") || peerDependenciesMeta?.[module]?.optional) continue;
    const installed = [join(root, "packages", name), root].map((home) => join(home, "node_modules", module));
    const target = installed.find((path) => existsSync(path));
    if (!target) throw new Error(`${name} declares ${module}, which the workspace does not install`);
    mkdirSync(join(modules, module, ".."), { recursive: true });
    symlinkSync(target, join(modules, module), "dir");
  }
}

beforeAll(() => {
  pnpm(["build"], root);
  for (const name of packages) {
    pnpm(["pack", "--pack-destination", tarballs], join(root, "packages", name));
    mkdirSync(join(modules, "@org", name), { recursive: true });
    run("tar", ["-xzf", tarball(name), "-C", join(modules, "@org", name), "--strip-components=1"], root);
    linkDependencies(name);
  }
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ type: "module" }));
}, 120_000);

test.each(packages)("publint has nothing to say about %s", async (name) => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball(name));
  const { messages } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer },
    strict: true,
  });
  expect(messages).toEqual([]);
});

test.each(packages)(
  "the tarball of %s holds the build, its sources, the licence and the readme with its pictures, nothing else",
  (name) => {
    const files = run("tar", ["-tzf", tarball(name)], root)
      .trim()
      .split("\n");
    const others = files
      .filter((path) => !/^package\/(dist\/.+(\.js|\.js\.map|\.d\.ts)|src\/.+\.(ts|md))$/.test(path))
      .sort();
    const readme = readFileSync(join(modules, "@org", name, "README.md"), "utf8");
    const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => `package/${path}`);
    const beside = ["package/LICENSE", "package/README.md", "package/package.json", ...pictures];
    expect(others).toEqual(beside.sort());
  },
);

test("siblings depend on each other by version", () => {
  const versions = packages.flatMap((name) =>
    Object.entries(manifest(name).dependencies ?? {}).filter(([module]) => module.startsWith("@org/")),
  );
  expect(versions).toContainEqual(["@org/core", "0.1.0"]);
  expect(versions.filter(([, version]) => version !== "0.1.0")).toEqual([]);
});

test("JavaScript imports every entry point and computes a gradient", () => {
  const script = `
import { evaluate, grad, parameter, square } from "@org/core";
const w = parameter("w", 3);
const g = grad(square(w), w);
console.log(evaluate(g).item());
for (const name of ${JSON.stringify(entries())}) {
  if (Object.keys(await import(name)).length === 0) console.log(name, "exports nothing");
}`;
  writeFileSync(join(consumer, "main.mjs"), script);
  expect(entries()).toContain("@org/core/testing");
  expect(run(process.execPath, ["main.mjs"], consumer)).toBe("6\n");
});

test.each([
  // What strangers have set: the declarations themselves are checked too.
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
])("TypeScript resolves the declarations: $moduleResolution", (resolution) => {
  const source = `
import { evaluate, grad, parameter, square, type Tensor } from "@org/core";
${entries()
  .map((name, index) => `import * as entry${index} from "${name}";`)
  .join("\n")}
const w: Tensor = parameter("w", 3);
export const slope: number = evaluate(grad(square(w), w)).item();
export const everything: object[] = [${entries().map((_, index) => `entry${index}`)}];
// @ts-expect-error: the declarations are not any
parameter(w);
`;
  writeFileSync(join(consumer, "main.ts"), source);
  const compilerOptions = { ...resolution, target: "es2022", strict: true, noEmit: true, types: [] };
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  expect(run(process.execPath, [tsc, "--noEmit"], consumer)).toBe("");
});
