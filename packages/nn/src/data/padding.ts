import { array, checkOptionNames, type DType, GraphError, inWords, type NDArray } from "@org/core";

/** What `pad` takes. */
export interface PadOptions {
  /** Steps of the result. Default: those of the longest sequence. */
  readonly length?: number;
  /** What fills the end of shorter sequences. @default 0 */
  readonly value?: number;
  /** @default "time-major" */
  readonly layout?: "time-major" | "batch-major";
  /** @default "i32" */
  readonly dtype?: DType;
}

/**
 * Ragged sequences as one array, and how long each is: what `recurrent` and the layers take as `x` and `lengths`.
 * Shapes: `count` sequences of numbers → `values [length, count]` (`[count, length]` batch-major), `lengths i32 [count]`
 * @throws GraphError for a sequence longer than `length`
 * @example
 * const { values, lengths } = pad([[1, 2, 3], [4]]);
 * values; // → [[1, 4], [2, 0], [3, 0]]
 * lengths; // → [3, 1]
 */
export function pad(
  sequences: readonly ArrayLike<number>[],
  options: PadOptions = {},
): { readonly values: NDArray; readonly lengths: NDArray } {
  checkOptionNames("pad", options, "length value layout dtype");
  requireSequences("pad", sequences);
  const { value = 0, layout = "time-major", dtype = "i32" } = options;
  const lengths = sequences.map((sequence) => sequence.length);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  const { length = longest } = options;
  if (!(Number.isInteger(length) && length >= longest)) {
    const problem = `length is a whole number from ${longest}, that of the longest sequence, received ${length}`;
    throw new GraphError({ op: "pad", problem });
  }
  const count = sequences.length;
  const timeMajor = layout === "time-major";
  const values = new Float64Array(length * count).fill(value);
  for (const [row, sequence] of sequences.entries())
    for (let t = 0; t < sequence.length; t++)
      values[timeMajor ? t * count + row : row * length + t] = sequence[t]!;
  const shape = timeMajor ? [length, count] : [count, length];
  return { values: array(values, { shape, dtype }), lengths: array(Int32Array.from(lengths)) };
}

/** @throws GraphError for what is no array of things with a length */
function requireSequences(op: string, sequences: unknown): void {
  if (!Array.isArray(sequences))
    throw new GraphError({ op, problem: `expected an array of sequences, received ${inWords(sequences)}` });
  const odd = sequences.findIndex(
    (each) => !Number.isInteger((each as ArrayLike<unknown> | null | undefined)?.length),
  );
  if (odd < 0) return;
  throw new GraphError({ op, problem: `expected sequences, received ${inWords(sequences[odd])} at ${odd}` });
}

/** Sequences of like length. */
export interface Bucket {
  /** What sequences of it are padded to: one of the bounds. */
  readonly length: number;
  /** Which sequences it has, in their order. */
  readonly members: readonly number[];
}

/**
 * Sequences sorted into a few lengths, so that little of a batch is padding and a few compiled programs serve all: each goes
 * to the smallest bound that holds it. Buckets without members are left out.
 * @throws GraphError for bounds that do not ascend, and for a sequence longer than the last of them
 * @example
 * bucket([[1, 2], [3], [4, 5, 6, 7]], [2, 4]); // → [{ length: 2, members: [0, 1] }, { length: 4, members: [2] }]
 */
export function bucket(sequences: readonly ArrayLike<unknown>[], bounds: readonly number[]): Bucket[] {
  requireSequences("bucket", sequences);
  if (!Array.isArray(bounds))
    throw new GraphError({
      op: "bucket",
      problem: `expected an array of bounds, received ${inWords(bounds)}`,
    });
  const wrong = bounds.findIndex((bound, i) => !(Number.isInteger(bound) && bound > (bounds[i - 1] ?? -1)));
  if (wrong >= 0 || bounds.length === 0) {
    const problem = `bounds are whole numbers from 0 that ascend, received ${bounds.join(", ") || "none"}`;
    throw new GraphError({ op: "bucket", problem });
  }
  const members = bounds.map((): number[] => []);
  for (const [i, { length }] of sequences.entries()) {
    const place = bounds.findIndex((bound) => length <= bound);
    if (place < 0) {
      const problem = `sequence ${i} has ${length} steps, the last bound is ${bounds.at(-1)}`;
      throw new GraphError({ op: "bucket", problem });
    }
    members[place]!.push(i);
  }
  return bounds
    .map((length, i) => ({ length, members: members[i]! }))
    .filter(({ members }) => members.length > 0);
}
