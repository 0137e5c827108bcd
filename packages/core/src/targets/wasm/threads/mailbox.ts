/**
 * Memory that the main thread and its workers share besides the programs' own: `Int32Array` indices.
 *
 * A command has a number. The main thread writes the command and then its number; a worker that has done it writes
 * the number to its own slot. `listen` sends workers to their event loop, where the message with the same number
 * tells them more; only `run` needs every worker to have done everything before.
 */
export const MAIL = {
  /** The number of the latest command. */
  number: 0,
  kind: 1,
  program: 2,
  /** Workers that sleep, and whether the main thread does. */
  sleepers: 3,
  mainSleeps: 4,
  arguments: 8,
  slots: 16,
} as const;

export const KIND = { run: 0, listen: 1 } as const;
export const MOST_ARGUMENTS: number = MAIL.slots - MAIL.arguments;

/**
 * One slot per worker, in its own cache lines: the last command done, what the program returned, an error, and an open
 * file which is closed when the worker ends (`liveness.ts`).
 */
export const SLOT = { done: 0, status: 1, errorLength: 2, file: 3, error: 16, words: 80 } as const;

/** Bytes of the text of an error. */
export const MOST_TEXT: number = 4 * (SLOT.words - SLOT.error);

/** Before its first command a worker has done this one: none has this number. */
export const NOT_YET = -1;

export const mailboxBytes = (workers: number): number => 4 * (MAIL.slots + SLOT.words * workers);
