/** Mutants that mean the same as the source, each with the reason. One that matches no mutant fails the run. */
export interface Exclusion {
  readonly file: string;
  /** The line it is on, trimmed; any line where left out. */
  readonly line?: string;
  readonly kind?: string;
  readonly before?: string;
  readonly after?: string;
  readonly reason: string;
}

export const exclusions: readonly Exclusion[] = [];
