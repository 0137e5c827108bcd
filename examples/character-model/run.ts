import {
  CheckpointError,
  type CheckpointStore,
  type TrainingEnd,
  TrainingError,
  type TrainOptions,
  train,
} from "@org/optim";
import type { ProgressBar } from "@org/optim/node";
import { type Identity, metadataOf, recall } from "./checkpoint.ts";
import type { Options } from "./options.ts";
import { bitsOf } from "./progress.ts";
import type { Corpus } from "./text.ts";
import type { Training } from "./training.ts";
import { UserError } from "./user-error.ts";

/** How often a run looks at the held-out text, writes a sample and saves. */
const looks = 6;
/** Windows of the held-out text that such a look reads; the last one reads all. */
const glance = 100;
/** Characters that a sample is given to begin with. */
const promptLength = 40;

interface RunOptions {
  readonly options: Options;
  readonly corpus: Corpus;
  readonly identity: Identity;
  readonly store: CheckpointStore;
  readonly progress: Pick<ProgressBar, "start" | "step" | "end" | "print">;
  /** Makes the run end after the step that it is in. */
  readonly signal: NonNullable<TrainOptions<never, never, never>["signal"]>;
}

/**
 * Trains until all steps are done or the signal is aborted; goes on from what was saved, if that is asked for.
 * @returns how it ended, and the steps made
 */
export async function run(
  training: Training,
  given: RunOptions,
): Promise<{ readonly ended: TrainingEnd; readonly made: number }> {
  const { options, corpus, identity, store, progress, signal } = given;
  const { steps, resume } = options;
  const every = Math.ceil(steps / looks);
  const { start, step, end } = progress;
  let first = 0;
  try {
    const { ended } = await train({
      data: (from) => training.windows(from.step),
      step: (window) => ({ ...training.advance(window) }),
      steps,
      validate: () => ({ loss: training.validate(training.step < steps ? glance : undefined) }),
      validateEvery: every,
      signal,
      checkpoint: {
        store,
        state: training.state,
        every,
        resume,
        metadata: () => metadataOf(training, identity),
        restored: (metadata) => recall(training, metadata),
      },
      callbacks: [
        {
          async start(event) {
            first = event.step;
            await start?.(event);
            if (event.step > 0) progress.print(`goes on after step ${event.step}`);
          },
          ...(step ? { step } : {}),
          ...(end ? { end } : {}),
        },
        {
          validation({ step, metrics: { loss } }) {
            if (step === steps) return;
            progress.print(`\nstep ${step}: ${describe(loss)}`);
            progress.print(showSample(training, corpus, 160));
          },
        },
      ],
    });
    return { ended, made: training.step - first };
  } catch (error) {
    if (error instanceof TrainingError && error.metric) throw new UserError(divergence(error));
    if (error instanceof CheckpointError) throw new UserError(error.message);
    throw error;
  }
}

const divergence = ({ step, metric }: TrainingError): string =>
  `the ${metric} is not finite in step ${step + 1}: a smaller --learning-rate may help; what was saved before is unchanged`;

/** The first words of the held-out text and what the model makes of them, in lines that fit a terminal. */
export function showSample(
  { sampler }: Training,
  { validation, vocabulary }: Corpus,
  length: number,
): string {
  const prompt = validation.subarray(0, promptLength);
  const text = `…${vocabulary.decode(prompt)}▸${sampler(prompt, length)}`;
  return text
    .split("\n")
    .flatMap((line) => line.match(/.{1,90}(?=\s|$)|.{90}/gu) ?? [""])
    .map((line) => `  │ ${line.trim()}`)
    .join("\n");
}

export const describe = (loss: number): string =>
  `${bitsOf(loss).toFixed(3)} bits per character on held-out text`;
