/**
 * `gradcheck [--seed N] [--runs N] [--only TEXT]`: gradients of every op, function, loop, cell and layer against
 * differences, orders 1 and 2. Exits with 1 where one fails.
 */
import { parseArgs } from "node:util";
import { NumericError } from "@org/core";
import { checkGradients, type GradientReport } from "@org/core/testing";
import { type Case, graphCases, opCases, type Run } from "./gradcheck-cases.ts";
import { networkCases } from "./gradcheck-networks.ts";

const HELP = `Compares gradients with finite differences, orders 1 and 2.

usage: gradcheck [options]
  --seed N     determines points, directions and weights (default 0)
  --runs N     how many times; the first run takes each op's own samples, others points beside them (default 2)
  --only TEXT  only what has TEXT in its name
  --help       this text

Errors are relative to the derivative where it is larger than 1. Exits with 1 where a check fails.`;

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly only: string;
}

/** Exits with 2 where the options make no sense. */
function readOptions(): Options {
  const complain = (problem: string): never => {
    console.error(`gradcheck: ${problem}\n\n${HELP}`);
    process.exit(2);
  };
  const whole = (name: string, text: string, least: number): number => {
    const value = Number(text);
    return Number.isSafeInteger(value) && value >= least && text.trim() !== ""
      ? value
      : complain(`--${name}: expected a whole number from ${least}, received ${JSON.stringify(text)}`);
  };
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string", default: "0" },
        runs: { type: "string", default: "2" },
        only: { type: "string", default: "" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const { seed, runs, only } = values;
    return { seed: whole("seed", seed, 0), runs: whole("runs", runs, 1), only };
  } catch (error) {
    return complain((error as Error).message);
  }
}

/** mulberry32. */
function uniformOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Row {
  readonly name: string;
  readonly points: number;
  readonly errors: readonly (number | undefined)[];
  readonly failure: GradientReport | undefined;
}

/** All runs of one case. Points at which the outputs are not finite are left out. */
function check({ name, problems }: Case, { seed, runs }: Options): Row {
  const errors: (number | undefined)[] = [undefined, undefined];
  let points = 0;
  let failure: GradientReport | undefined;
  for (let index = 0; index < runs; index++) {
    const run: Run = { index, uniform: uniformOf(seed * 7919 + index) };
    for (const { outputs, wrt } of problems(run)) {
      const report = reportOf(() => checkGradients(outputs, wrt, { order: 2, seed: seed + index }));
      if (!report) continue;
      points++;
      for (const [order, { error, numeric }] of report.orders) {
        const relative = error / Math.max(1, Math.abs(numeric));
        errors[order - 1] = Math.max(errors[order - 1] ?? 0, relative);
      }
      if (!report.passed) failure ??= report;
    }
  }
  return { name, points, errors, failure };
}

function reportOf(run: () => GradientReport): GradientReport | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof NumericError) return undefined;
    throw error;
  }
}

const WIDTH = 30;
const show = (error: number | undefined): string => (error === undefined ? "-" : error.toExponential(1));

function verdict({ points, failure, errors }: Row): string {
  if (failure) return "FAIL";
  return points === 0 || errors[0] === undefined ? "no derivative" : "PASS";
}

function print(row: Row): void {
  const [first, second] = row.errors.map((error) => show(error).padStart(9));
  console.log(
    `${row.name.padEnd(WIDTH)} ${String(row.points).padStart(6)} ${first} ${second}  ${verdict(row)}`,
  );
}

const options = readOptions();
const cases = [...(await opCases()), ...graphCases, ...networkCases].filter(({ name }) =>
  name.includes(options.only),
);
const started = performance.now();
const rows: Row[] = [];
let group = "";
for (const each of cases) {
  if (each.group !== group) {
    group = each.group;
    console.log(`\n${group.padEnd(WIDTH)} points   order 1   order 2`);
  }
  const row = check(each, options);
  rows.push(row);
  print(row);
}
const failed = rows.filter(({ failure }) => failure);
for (const { name, failure } of failed) console.log(`\n${name}: ${failure?.text}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const points = rows.reduce((total, row) => total + row.points, 0);
console.log(
  `\n${rows.length - failed.length} of ${rows.length} pass, ${points} points, seed ${options.seed}, ${options.runs} runs, ${seconds} s`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
