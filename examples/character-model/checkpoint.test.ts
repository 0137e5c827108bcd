import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadMetadata } from "@org/core";
import { checkpointFile } from "@org/optim/node";
import { expect, test } from "vitest";
import { adopt, checkIdentity, type Identity, identityOf, readIdentity } from "./checkpoint.ts";
import { cells, type Options, parseOptions } from "./options.ts";
import { run } from "./run.ts";
import { makeCorpus } from "./text.ts";
import { Training } from "./training.ts";

const folder = mkdtempSync(join(tmpdir(), "character-model-"));
const sentence = "The sea was calm, and then it was not. ";
const tide = makeCorpus("tide", sentence.repeat(60));

const optionsOf = (...more: string[]): Options =>
  parseOptions([..."--hidden 6 --batch 2 --window 5 --steps 14 --learning-rate 0.02".split(" "), ...more]);

const silent = { print: () => {} };

/** A run that stops after `until` steps at the latest; returns its checkpoint's bytes. */
async function train(path: string, options: Options, until = Infinity, corpus = tide): Promise<Buffer> {
  const training = new Training(options, corpus, options.temperature);
  const signal = {
    get aborted(): boolean {
      return training.step >= until;
    },
  };
  const identity = identityOf(options, corpus);
  await run(training, { options, corpus, identity, store: checkpointFile(path), signal, progress: silent });
  training.dispose();
  return readFileSync(path);
}

const seenIn = (bytes: Buffer): unknown[] => JSON.parse(loadMetadata(bytes).seen ?? "");

/** Trains with a stop after each of some steps, and to the end; everything seen on the way, and the end, are `whole`'s. */
async function expectSame(
  path: string,
  whole: Buffer,
  stops: readonly number[],
  options: readonly string[],
  corpus = tide,
): Promise<void> {
  let resume: string[] = [];
  for (const until of stops) {
    const stopped = await train(path, optionsOf(...options, ...resume), until, corpus);
    expect(seenIn(stopped), `stopped after step ${until}`).toEqual(seenIn(whole).slice(0, until));
    resume = ["--resume"];
  }
  const resumed = await train(path, optionsOf(...options, ...resume), Infinity, corpus);
  expect(resumed.equals(whole)).toBe(true);
}

test.each(cells)("%s: stopped after every step and resumed, a run ends in the same bytes", async (cell) => {
  const whole = await train(join(folder, `${cell}.safetensors`), optionsOf("--cell", cell));
  const everyStep = Array.from({ length: 13 }, (_, i) => i + 1);
  await expectSame(join(folder, `${cell}-stopped.safetensors`), whole, everyStep, ["--cell", cell]);
});

test("the same where the text begins again", async () => {
  const short = makeCorpus("tide", sentence.repeat(6));
  const steps = ["--steps", "24"];
  const whole = await train(join(folder, "short.safetensors"), optionsOf(...steps), Infinity, short);
  await expectSame(join(folder, "short-stopped.safetensors"), whole, [21, 22, 23], steps, short);
});

const identity: Identity = identityOf(optionsOf(), tide);

test("settings that are not given are those of the checkpoint", () => {
  const options = adopt(parseOptions(["--resume", "--steps", "99"]), identity);
  expect(options).toMatchObject({ hidden: 6, batch: 2, window: 5, learningRate: 0.02, steps: 99 });
  expect(identityOf(options, tide)).toEqual({ ...identity, steps: 99 });
  expect(() => checkIdentity("a run may become longer", identity, identityOf(options, tide))).not.toThrow();
  expect(adopt(parseOptions(["--resume"]), identity).steps).toBe(14);
});

test("a checkpoint of another run is refused, with the differences", () => {
  const asked = adopt(parseOptions(["--resume", "--hidden", "7", "--learning-rate", "0.1"]), identity);
  const other = makeCorpus("other", "Another text altogether. ".repeat(60));
  expect(() =>
    checkIdentity("out/checkpoint.safetensors", identity, identityOf(asked, other)),
  ).toThrowErrorMatchingInlineSnapshot(`
    [Error: out/checkpoint.safetensors belongs to another run:
      --hidden: 6 there, 7 here
      --learning-rate: 0.02 there, 0.1 here
      SHA-256 of the text: 853302182590… there, 2030bea7443b… here
    Options that are left out are taken from the checkpoint; without --resume, a new run replaces it.]
  `);
});

test("files that are no checkpoints", async () => {
  const path = join(folder, "broken.safetensors");
  expect(() => readIdentity(path)).toThrow("there is no checkpoint to resume from");
  const bytes = await train(path, optionsOf(), 1);
  writeFileSync(path, bytes.subarray(0, 30));
  expect(() => readIdentity(path)).toThrow("not a checkpoint of this program");
  writeFileSync(path, bytes.subarray(0, bytes.length - 3));
  await expect(train(path, optionsOf("--resume"))).rejects.toThrow("damaged, or no checkpoint");
});
