/** Pages with a Content-Security-Policy, by real headers: what it forbids is done without or named. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PolicyFindings } from "./app/policy.ts";
import { buildPage } from "./bundlers/esbuild.ts";
import { chromiumPath, visit } from "./chromium.ts";
import { consumer, out } from "./packages.ts";
import type { Outcome } from "./run-bundles.ts";
import { isolated, serve } from "./serve.ts";

interface Case {
  readonly name: string;
  readonly policy: string;
  readonly query?: string;
  problems(found: PolicyFindings, warnings: readonly string[]): (string | false)[];
}

const fine = ({ steps, errors, turns }: PolicyFindings): (string | false)[] => [
  steps !== 6 && `${steps} steps of 6`,
  errors.length > 0 && errors.join("; "),
  turns < 3 && `${turns} turns while a long program was compiled`,
];

const cases: readonly Case[] = [
  {
    name: "policy that allows workers from blob:",
    policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
    problems: (found, warnings) => [
      ...fine(found),
      !(found.threads === 2 && found.ready) && `${found.threads} threads`,
      warnings.length > 0 && warnings.join("; "),
    ],
  },
  {
    name: "policy without worker-src blob:",
    policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    problems: (found, warnings) => [
      ...fine(found),
      found.threads !== 1 && `${found.threads} threads`,
      !(warnings.length === 1 && /worker-src/.test(warnings[0]!)) && `warnings: ${warnings.join("; ")}`,
    ],
  },
  {
    name: "policy without worker-src blob:, workers from a file",
    policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    query: "?worker=worker.js",
    problems: (found, warnings) => [
      ...fine(found),
      !(found.threads === 2 && found.ready) && `${found.threads} threads`,
      warnings.length > 0 && warnings.join("; "),
    ],
  },
  {
    name: "policy without wasm-unsafe-eval",
    policy: "default-src 'self'; worker-src blob:",
    problems: ({ errors }) => [
      !(errors.length === 2 && errors.every((text) => /^GraphError: [\s\S]*'wasm-unsafe-eval'/.test(text))) &&
        `errors: ${errors.join("; ")}`,
    ],
  },
];

export async function runPolicies(): Promise<Outcome[]> {
  if (chromiumPath === undefined) return cases.map(({ name }) => ({ name, problems: "no browser" }));
  const folder = join(out, "policies");
  mkdirSync(folder, { recursive: true });
  await buildPage("policy", folder);
  copyFileSync(join(consumer, "node_modules/@org/core/dist/worker.js"), join(folder, "worker.js"));
  const outcomes: Outcome[] = [];
  for (const each of cases) outcomes.push({ name: each.name, problems: await problemsOf(each, folder) });
  return outcomes;
}

async function problemsOf({ policy, query = "", problems }: Case, folder: string): Promise<string[]> {
  const server = await serve(folder, { ...isolated, "Content-Security-Policy": policy });
  try {
    const { findings, messages } = await visit(`${server.url}${query}`);
    if (findings === undefined || "failed" in (findings as object))
      return [JSON.stringify(findings), ...messages];
    const warnings = messages.filter((message) => message.startsWith("warning: threads:"));
    return problems(findings as PolicyFindings, warnings).filter((problem) => problem !== false);
  } finally {
    server.close();
  }
}
