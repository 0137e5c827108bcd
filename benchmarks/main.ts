/** `pnpm bench [part …] [--rounds n] [--quick]`: measures, prints, and writes the results of this processor, and RESULTS.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleContestants } from "./build.ts";
import { type Measure, makeContext } from "./measure.ts";
import { ablation } from "./measures/ablation.ts";
import { coldStart } from "./measures/cold-start.ts";
import { compileGrowth } from "./measures/compile-growth.ts";
import { hessianVector } from "./measures/hessian-vector.ts";
import { largeSteps } from "./measures/large-steps.ts";
import { linearCellRuns } from "./measures/linear-cells.ts";
import { longLoops } from "./measures/long-loops.ts";
import { memory } from "./measures/memory.ts";
import { nodeGrowth } from "./measures/node-growth.ts";
import { optimizer } from "./measures/optimizer.ts";
import { padding } from "./measures/padding.ts";
import { products } from "./measures/products.ts";
import { stencils } from "./measures/stencils.ts";
import { stepGrowth } from "./measures/step-growth.ts";
import { steps } from "./measures/steps.ts";
import { parseOptions } from "./options.ts";
import { fileOf, load, overviewOf, processorName, showMachine, writeSection } from "./results.ts";
import { versions } from "./session.ts";
import { showSection } from "./tables.ts";

const measures: readonly Measure[] = [
  steps,
  largeSteps,
  coldStart,
  memory,
  optimizer,
  products,
  hessianVector,
  padding,
  stepGrowth,
  longLoops,
  linearCellRuns,
  stencils,
  compileGrowth,
  nodeGrowth,
  ablation,
];

const titles = measures.map(({ title }) => title);

function chosen(parts: readonly string[]): readonly Measure[] {
  const names = measures.map(({ name }) => name);
  const unknown = parts.find((part) => !names.includes(part));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are ${names.join(", ")}`);
  return parts.length === 0 ? measures : measures.filter(({ name }) => parts.includes(name));
}

const started = performance.now();

/** One line that changes, or nothing where the output is not a terminal. */
function progress(text: string): void {
  if (!process.stderr.isTTY) return;
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`\r\x1b[K${seconds} s  ${text}`.slice(0, process.stderr.columns + 4));
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const list = chosen(options.parts);
  const busy = load();
  const folder = join(import.meta.dirname, options.quick ? "out/quick" : "results");
  const path = join(folder, fileOf(processorName()));
  mkdirSync(folder, { recursive: true });
  await bundleContestants();
  for (const [i, measure] of list.entries()) {
    const place = `${measure.name} (${i + 1} of ${list.length})`;
    const { context, remove } = makeContext(options, (text) => progress(`${place}: ${text}`));
    versions.clear();
    if (!process.stderr.isTTY) process.stderr.write(`${place} …\n`);
    try {
      const section = await measure.run(context);
      const text = showSection(measure.title, section);
      progress("");
      process.stdout.write(`${text}\n`);
      writeSection(path, measure.title, `${text}\n${showMachine(versions, busy, options.rounds)}`, titles);
      if (!options.quick) writeFileSync(join(import.meta.dirname, "RESULTS.md"), overviewOf(folder));
    } finally {
      remove();
    }
  }
  process.stderr.write(`${Math.round((performance.now() - started) / 1000)} s; written to ${path}\n`);
}

process.once("SIGINT", () => process.exit(130));
await main();
