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
      const loss = training.advance();
      if (!Number.isFinite(loss)) throw new UserError(divergence(loss, training.step));
      progress.advance(training.step, loss, batch * window);
      if (training.step % interval === 0 && training.step < steps) {
        const held = training.validate(glance);
        training.validations.push({ step: training.step, loss: held });
        progress.print(`\nstep ${training.step}, ${describe(held)} on held-out text`);
        progress.print(quote(training.sampler.write(promptOf(corpus), 160)));
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
  `the loss became ${loss} at step ${step}: a smaller --learning-rate may help. ` +
  "The checkpoint of the last look at the held-out text is still there.";

/** Samples begin where a paragraph does. */
export const promptOf = ({ vocabulary: { characters } }: Corpus): string =>
  characters.includes("\n") ? "\n" : (characters[1] ?? "");

export const describe = (loss: number): string =>
  `loss ${loss.toFixed(3)}, ${bitsOf(loss).toFixed(3)} bits per character`;

export const quote = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `  │ ${line}`)
    .join("\n");
