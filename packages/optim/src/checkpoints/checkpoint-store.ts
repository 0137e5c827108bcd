/** A checkpoint that was kept. */
export interface StoredCheckpoint {
  /** What to call it, such as the path of its file. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Where checkpoints are kept: `checkpointFolder` and `checkpointFile` of `@org/optim/node` on disk; in a browser, an
 * object of these two functions around whatever storage there is.
 */
export interface CheckpointStore {
  /** Keeps a checkpoint. It is the latest once this has returned, and not in part before. */
  save(bytes: Uint8Array): void | Promise<void>;
  /** The last one that was kept as a whole, undefined where there is none. */
  latest(): StoredCheckpoint | undefined | Promise<StoredCheckpoint | undefined>;
  /**
   * The one that was kept before another, undefined where there is none: `train` goes on from it where the later one
   * turns out to be damaged. Default: a damaged one is an error.
   */
  before?(name: string): StoredCheckpoint | undefined | Promise<StoredCheckpoint | undefined>;
}
