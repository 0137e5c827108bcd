/** Builds a program with every bundler, runs what came out, and looks at what it found. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Findings } from "./app/check.ts";
import type { Bundle } from "./bundlers/bundle.ts";
import { esbuildBundles } from "./bundlers/esbuild.ts";
import { viteBundles } from "./bundlers/vite.ts";
import { webpackBundles } from "./bundlers/webpack.ts";
import { chromiumPath, visit } from "./chromium.ts";
import { out } from "./packages.ts";
import { serve } from "./serve.ts";

export type Outcome = { readonly name: string; readonly problems: readonly string[] | "no browser" };

/** All bundles, one after another. */
export async function runBundles(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const bundle of [...esbuildBundles, ...viteBundles, ...webpackBundles]) {
    const { name } = bundle;
    if ("page" in bundle.run && chromiumPath === undefined) outcomes.push({ name, problems: "no browser" });
    else
      outcomes.push({ name, problems: await runBundle(bundle).catch((error: unknown) => [String(error)]) });
  }
  return outcomes;
}

async function runBundle({ name, build, run }: Bundle): Promise<string[]> {
  const folder = join(out, "bundles", name.replaceAll(" ", "-"));
  mkdirSync(folder, { recursive: true });
  await build(folder);
  if ("node" in run) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, run.node)]);
    return problemsOf(JSON.parse(stdout) as Findings);
  }
  const server = await serve(join(folder, run.page));
  try {
    const { findings, messages } = await visit(server.url);
    if (findings === undefined) return ["the page found nothing", ...messages];
    return [...problemsOf(findings as Findings | { failed: string }), ...messages];
  } finally {
    server.close();
  }
}

/** The numbers that stand in the stranger's own lines. */
const marks: Readonly<Record<string, string>> = {
  core: "31415",
  layer: "14142",
  loss: "57721",
  optimizer: "22360",
};

function problemsOf(findings: Findings | { readonly failed: string }): string[] {
  if ("failed" in findings) return [findings.failed];
  const { losses, threads, lines, errors } = findings;
  const problems: string[] = [];
  if (!(losses[1] < 0.9 * losses[0])) problems.push(`training went from ${losses[0]} to ${losses[1]}`);
  if (threads !== 2) problems.push(`${threads} threads of 2`);
  if (errors.join() !== "GraphError,GraphError,NumericError,NumericError")
    problems.push(`errors: ${errors.join()}`);
  for (const [name, mark] of Object.entries(marks)) {
    const { place = "nowhere", code = "" } = lines[name] ?? {};
    if (!code.includes(mark)) problems.push(`the line of ${name} is ${place}: ${code}`);
  }
  return problems;
}
