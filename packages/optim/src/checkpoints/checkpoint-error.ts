/** One way in which a checkpoint and a program's state differ. */
export interface CheckpointDifference {
  /** `missing` in the checkpoint, `unexpected` there, or of another `shape` or `dtype`. */
  readonly kind: "missing" | "unexpected" | "shape" | "dtype";
  /** The path, such as `weights.lstm.0.W_xi`. */
  readonly name: string;
  /** What the checkpoint has, such as `[3, 4]`. */
  readonly found?: string;
  /** What the state has. */
  readonly expected?: string;
}

/** A checkpoint that can't be gone on from. What was to be restored is unchanged. */
export class CheckpointError extends Error {
  /** Which checkpoint. */
  readonly checkpoint: string;
  /** All differences; none for bytes that are damaged or no checkpoint. */
  readonly differences: readonly CheckpointDifference[];

  constructor(
    checkpoint: string,
    problem: string,
    { differences = [], cause }: { differences?: readonly CheckpointDifference[]; cause?: unknown } = {},
  ) {
    super([`${checkpoint}: ${problem}`, ...differences.map(describe)].join("\n"), cause ? { cause } : {});
    this.name = "CheckpointError";
    this.checkpoint = checkpoint;
    this.differences = differences;
  }
}

function describe({ kind, name, found, expected }: CheckpointDifference): string {
  const path = JSON.stringify(name);
  if (kind === "missing") return `  missing: ${path}  ${expected}`;
  if (kind === "unexpected") return `  unexpected: ${path}  ${found}`;
  return `  ${kind}: ${path}  ${found} in the checkpoint, ${expected} here`;
}
