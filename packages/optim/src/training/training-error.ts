/** Training that went wrong: a metric that is not finite, or data that ran out. */
export class TrainingError extends Error {
  /** Steps that were made before. */
  readonly step: number;
  /** Passes over the data that were made before. */
  readonly epoch: number;
  /** The metric that is not finite, where it is one. */
  readonly metric: string | undefined;

  constructor(problem: string, at: { readonly step: number; readonly epoch: number }, metric?: string) {
    super(`train: ${problem}`);
    this.name = "TrainingError";
    this.step = at.step;
    this.epoch = at.epoch;
    this.metric = metric;
  }
}
