import { setImmediate as turn } from "node:timers/promises";
import type { Options } from "./options.ts";
import { bitsOf, type Progress } from "./progress.ts";
import type { Corpus } from "./text.ts";
import type { Training } from "./training.ts";
import { UserError } from "./user-error.ts";

/** How often a run looks at the held-out text, writes a sample and saves. */
const looks = 6;
/** Windows of the held-out text that such a look reads. */
const glance = 24;
/** Characters that a sample is given to begin with. */
const promptLength = 40;

interface RunOptions {
  readonly options: Options;
  readonly corpus: Corpus;
  /** Makes the run end after the step that it is in. */
  readonly stop: { readonly aborted: boolean };
  readonly save: () => void;
  readonly progress: Progress;
}

/** Trains until all steps are done or `stop` says so; saves then and now and then. */
export async function run(training: Training, given: RunOptions): Promise<void> {
  const { options, corpus, stop, save, progress } = given;
  const { steps, batch, window } = options;
  const interval = Math.ceil(steps / looks);
  try {
    while (training.step < steps && !stop.aborted) {
      const started = performance.now();
      const loss = training.advance();
      const seconds = (performance.now() - started) / 1000;
      if (!Number.isFinite(loss)) throw new UserError(divergence(loss, training.step));
      progress.advance(training.step, loss, batch * window, seconds);
      if (training.step % interval === 0 && training.step < steps) {
        const held = training.validate(glance);
        training.validations.push({ step: training.step, loss: held });
        progress.print(`\nstep ${training.step}: ${describe(held)} on held-out text`);
        progress.print(showSample(training, corpus, 160));
        save();
      }
      // Signals are delivered between turns.
      await turn();
    }
  } finally {
    progress.stop();
  }
  save();
}

const divergence = (loss: number, step: number): string =>
  `the loss became ${loss} at step ${step}: a smaller --learning-rate may help; what was saved before is unchanged`;

/** The first words of the held-out text and what the model makes of them, in lines that fit a terminal. */
export function showSample(
  { sampler }: Training,
  { validation, vocabulary }: Corpus,
  length: number,
): string {
  const prompt = validation.subarray(0, promptLength);
  const text = `…${vocabulary.decode(prompt)}▸${sampler.write(prompt, length)}`;
  return text
    .split("\n")
    .flatMap((line) => line.match(/.{1,90}(?=\s|$)|.{90}/gu) ?? [""])
    .map((line) => `  │ ${line.trim()}`)
    .join("\n");
}

export const describe = (loss: number): string =>
  `loss ${loss.toFixed(3)}, ${bitsOf(loss).toFixed(3)} bits per character`;
