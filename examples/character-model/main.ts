/**
 * An LSTM reads Moby-Dick and learns to write like it; stops and resumes exactly (row D02).
 *
 * A character model: reads a book one character at a time, learns to say which comes next, and then writes.
 * Everything it needs of a run lies in files of their own; this one puts them together.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { useFastVectors } from "@org/core/node";
import { parameters } from "@org/nn";
import { checkpointFile, interruptible } from "@org/optim/node";
import { bigrams } from "../shared/counts.ts";
import { type Found, saveResults } from "../shared/result.ts";
import { adopt, checkIdentity, identityOf, readIdentity } from "./checkpoint.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { stepsInTime } from "./pace.ts";
import { bitsOf, duration, showProgress } from "./progress.ts";
import { writeReport } from "./report.ts";
import { describe, run, showSample } from "./run.ts";
import { type Corpus, readCorpus } from "./text.ts";
import { Training } from "./training.ts";
import { UserError } from "./user-error.ts";

async function main(args: readonly string[]): Promise<void> {
  const asked = parseOptions(args);
  if (asked.help) return console.log(usage);
  const path = join(asked.out, "checkpoint.safetensors");
  const found = asked.resume ? readIdentity(path) : undefined;
  const settled = found ? adopt(asked, found) : asked;
  const corpus = readCorpus(settled.text);
  useFastVectors();
  const options = found || asked.quick || asked.given.has("steps") ? settled : inTime(settled, corpus);
  const identity = identityOf(options, corpus);
  if (found) checkIdentity(path, found, identity);
  const training = new Training(options, corpus, options.temperature);
  introduce(training, options, corpus);
  if (!found && existsSync(path)) console.log(`replaces ${path}, which --resume would go on from`);

  const started = performance.now();
  const progress = showProgress(options.batch * options.window);
  const store = checkpointFile(path);
  const { ended, made } = await interruptible((signal) =>
    run(training, { options, corpus, identity, store, progress, signal }),
  );
  const seconds = (performance.now() - started) / 1000;
  if (ended === "interrupted") {
    console.log(`stopped after step ${training.step}; saved in ${path}\ngo on with  ${resumption(options)}`);
    process.exitCode = 130;
    training.dispose();
    return;
  }

  const loss = training.validations.at(-1)?.loss ?? Number.NaN;
  console.log(`\n${showSample(training, corpus, 400)}\n`);
  for (const { what, path } of await writeReport(options.out, training))
    console.log(`${what.padEnd(24)} ${path}`);
  console.log(`${"checkpoint".padEnd(24)} ${path}`);
  const speed = Math.round((made * options.batch * options.window) / seconds);
  console.log(
    `\n${weightsOf(training)} weights, ${made} steps in ${duration(seconds)}: ` +
      `${speed} characters/s, ${describe(loss)}`,
  );
  training.dispose();
  // What came of other settings goes with them; without any, it is what this example says of itself.
  if (!options.given.has("out")) saveResults("character-model", foundBy(loss, corpus));
  if (options.quick) {
    const first = training.seen[0]?.loss ?? Number.NaN;
    assert(loss < 0.85 * first, `the loss went from ${first} to ${loss} only`);
  }
}

/** The options with as many steps as take about two minutes here, which is said. */
function inTime(options: Options, corpus: Corpus): Options {
  const { steps, milliseconds } = stepsInTime(options, corpus);
  const limit = steps === options.steps ? "no more than two minutes" : "about two minutes";
  console.log(
    `a step takes ${milliseconds.toFixed(1)} ms here: ${steps} steps in ${limit}; --steps makes another number`,
  );
  return { ...options, steps };
}

/** Bits per character beside counts of pairs. */
const foundBy = (loss: number, { training, validation, vocabulary }: Corpus): Found => ({
  seeds: 1,
  results: [
    {
      metric: "bits per character of held-out text",
      value: Number(bitsOf(loss).toFixed(3)),
      baseline: `${Math.log2(bigrams(training, validation, vocabulary.size)).toFixed(3)}, pairs of characters`,
    },
  ],
});

const weightsOf = ({ model }: Training): number =>
  Object.values(parameters(model)).reduce((sum, { value }) => sum + value.data.length, 0);

function introduce(training: Training, options: Options, corpus: Corpus): void {
  const { cell, hidden, steps, batch, window, threads } = options;
  const { name, vocabulary } = corpus;
  console.log(
    `${name}: ${corpus.training.length} characters to learn from, ${corpus.validation.length} held out, ${vocabulary.size} kinds`,
  );
  console.log(
    `${cell} of ${hidden} units, ${weightsOf(training)} weights; ${steps} steps of ${batch} × ${window} characters, ` +
      `${threads} thread${threads > 1 ? "s" : ""}`,
  );
}

/** The command that goes on with a run; its other settings are in the checkpoint. */
function resumption({ given, ...options }: Options): string {
  const kept = (["temperature", "out"] as const).filter((name) => given.has(name));
  const flags = kept.map((name) => ` --${name} ${options[name]}`);
  return `npx -y pnpm@12 start${options.quick ? " --quick" : ""}${flags.join("")} --resume`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
