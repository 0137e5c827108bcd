/**
 * Breaks each rule of gradients and of `vmap` on purpose, one mistake at a time, and runs the tests of packages/core, which have to
 * notice. `mutate`, or `mutate ops/matmul.ts …` for some files; MUTATE_WORKERS says how many processes, MUTATE_VERBOSE shows
 * each mistake and who noticed. Exits with 1 where one stays unnoticed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Exclusion, exclusions } from "./mutate-exclusions.ts";
import { applyEdits, type Mutant, mutantsOf, type Scope } from "./mutate-operators.ts";
import { firstFailure } from "./mutate-runner.ts";

const source = join(import.meta.dirname, "../packages/core/src");

/** Files that are nothing but gradients, and rules of `vmap`. */
const WHOLE = [
  "autodiff/forward.ts",
  "autodiff/reverse.ts",
  "batching/batch.ts",
  "functions/several-results.ts",
  "loops/checkpoint.ts",
  "loops/fixpoint.ts",
  "loops/loop-batching.ts",
  "loops/loop-gradient.ts",
];

/** Functions of other files that rules call, or whose result has its gradient from the way it is built. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "functions/cholesky.ts": ["symmetric"],
  "functions/jacobi.ts": ["inverseGaps", "inverseOr0", "skew"],
  "functions/matrices.ts": ["triangle", "diagonal", "inOneBatch"],
  "graph/op.ts": [],
  "loops/cond.ts": ["runWhere", "sameWidth"],
  "loops/until.ts": ["guarded"],
};

const scopeOf = (file: string): Scope => (WHOLE.includes(file) ? "whole" : (NAMED[file] ?? "rules"));
const families = ["ops", "functions"].flatMap((folder) =>
  readdirSync(join(source, folder))
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => `${folder}/${file}`),
);
const asked = process.argv.slice(2);
const files = [...new Set([...families, ...WHOLE, ...Object.keys(NAMED)])].filter(
  (file) => asked.length === 0 || asked.includes(file),
);

const read = (file: string): string => readFileSync(join(source, file), "utf8");
const all = files.flatMap((file) => mutantsOf(file, read(file), scopeOf(file)));

/** The changed line, trimmed. */
const becomes = (mutant: Mutant): string =>
  applyEdits(read(mutant.file), mutant.edits)
    .split("\n")
    [mutant.line - 1]!.trim()
    .replaceAll(/\$(ops\.)?/g, "");

const lineOf = ({ file, line }: Mutant): string => read(file).split("\n")[line - 1]!.trim();

const excludes =
  (mutant: Mutant) =>
  ({ file, line = lineOf(mutant), becomes: text }: Exclusion): boolean =>
    file === mutant.file && line === lineOf(mutant) && text === becomes(mutant);

const mutants = all.filter((mutant) => !exclusions.some(excludes(mutant)));
/** Exclusions of no mutant, or of more than the one they are meant for. */
const stale = exclusions.filter(
  (entry) => files.includes(entry.file) && all.filter((mutant) => excludes(mutant)(entry)).length !== 1,
);

function show(mutant: Mutant): string {
  return `  src/${mutant.file}:${mutant.line}  ${mutant.kind}\n    - ${lineOf(mutant)}\n    + ${becomes(mutant)}`;
}

/** Milliseconds that each part of the tests takes without a mistake, in a process that is new. */
const costs: Record<string, number> = {};

/** A part of the tests hangs after as many, on a machine as busy as it was then. */
const limitOf = (part: string): number => 20_000 + 5 * (costs[part] ?? 0);

/** A process that runs tests; made anew where a mutant hung or crashed it. */
class Runner {
  #child: ChildProcess | undefined;

  /** The test that fails, those tried `first` that are likely to. */
  run(mutant: Mutant, first: readonly string[]): Promise<string | undefined> {
    this.#child ??= fork(join(import.meta.dirname, "mutate-runner.ts"), {
      execArgv: ["--import", "tsx", "--max-old-space-size=1500"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const child = this.#child;
    return new Promise((resolve) => {
      const settle = (failure: string | undefined, alive: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (!alive) {
          child.kill("SIGKILL");
          this.#child = undefined;
        }
        resolve(failure);
      };
      const hangs = (): void => settle("hangs", false);
      let timer = setTimeout(hangs, limitOf("loading"));
      child.on("message", ({ part, failure }: { part?: string; failure?: string }) => {
        if (part === undefined) return settle(failure, true);
        clearTimeout(timer);
        timer = setTimeout(hangs, limitOf(part));
      });
      child.once("exit", () => settle("crashes", false));
      const change = { file: mutant.file, text: applyEdits(read(mutant.file), mutant.edits) };
      child.send({ change, first, costs });
    });
  }

  stop(): void {
    this.#child?.kill();
  }
}

let part = "";
let begun = performance.now();
const begins = (next: string): void => {
  costs[part] = (costs[part] ?? 0) + performance.now() - begun;
  [part, begun] = [next, performance.now()];
};
const broken = await firstFailure(undefined, { begins });
begins("");
if (broken) {
  console.error(`The tests fail without any mistake: ${broken}`);
  process.exit(1);
}

/** How many of the tests that noticed the last mistakes in a file are tried first. */
const REMEMBERED = 5;
const noticed = new Map<string, string[]>();

const started = performance.now();
const survivors: Mutant[] = [];
/** Killed by no test but by the time: on a machine that is busy with something else, perhaps wrongly. */
const hanging: Mutant[] = [];
const perFile = new Map<string, { killed: number; total: number }>();
let next = 0;

async function work(): Promise<void> {
  const runner = new Runner();
  for (let mutant = mutants[next++]; mutant; mutant = mutants[next++]) {
    const first = noticed.get(mutant.file) ?? [];
    const failure = await runner.run(mutant, first);
    if (failure?.includes(" > "))
      noticed.set(mutant.file, [failure, ...first.filter((name) => name !== failure)].slice(0, REMEMBERED));
    const count = perFile.get(mutant.file) ?? { killed: 0, total: 0 };
    perFile.set(mutant.file, count);
    count.total++;
    if (failure === "hangs") hanging.push(mutant);
    if (failure) count.killed++;
    else survivors.push(mutant);
    if (process.env.MUTATE_VERBOSE)
      console.log(`${show(mutant)}\n    ${failure ? `killed by ${failure}` : "SURVIVES"}`);
  }
  runner.stop();
}

const workers = Number(process.env.MUTATE_WORKERS ?? Math.min(4, availableParallelism()));
await Promise.all(Array.from({ length: workers }, work));

for (const file of files) {
  const { killed, total } = perFile.get(file) ?? { killed: 0, total: 0 };
  if (total > 0) console.log(`${file.padEnd(28)} ${killed} / ${total}`);
}
if (survivors.length > 0) console.log(`\nNobody noticed:\n${survivors.map(show).join("\n")}`);
if (hanging.length > 0) console.log(`\nNot done in time:\n${hanging.map(show).join("\n")}`);
if (stale.length > 0)
  console.log(
    `\nExclusions that match no mutant, or several:\n${stale.map((entry) => JSON.stringify(entry)).join("\n")}`,
  );
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const killed = mutants.length - survivors.length;
console.log(
  `\nkilled ${killed} / ${mutants.length} in ${seconds} s (${all.length - mutants.length} more mean the same as the source: mutate-exclusions.ts)`,
);
process.exit(survivors.length > 0 || stale.length > 0 ? 1 : 0);
