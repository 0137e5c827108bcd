/** A process of several that train together is gone, or does something else than the others. */
export class ProcessError extends Error {
  /** Its number; undefined where it has none, or where all of them are concerned. */
  readonly rank: number | undefined;

  constructor(op: string, problem: string, rank?: number) {
    super(`${op}: ${problem}`);
    this.name = "ProcessError";
    this.rank = rank;
  }
}
