import { Vocabulary } from "@org/nn";
import { Problem } from "../problem.ts";

/** A text to learn from, as ids of characters. */
export interface Corpus {
  readonly vocabulary: Vocabulary;
  readonly training: Int32Array;
  /** The last tenth, which training never sees. */
  readonly heldOut: Int32Array;
}

const HELD_OUT = 0.1;

/** A text in characters (code points), cut in two. @throws Problem for a text of nothing but spaces */
export function corpusOf(text: string): Corpus {
  const clean = text.replaceAll("\r\n", "\n").replace(/^\u{FEFF}/u, "");
  if (clean.trim() === "") throw new Problem({ kind: "emptyText", said: {} });
  const vocabulary = Vocabulary.of(clean);
  const ids = vocabulary.encode(clean);
  const cut = ids.length - Math.floor(ids.length * HELD_OUT);
  return { vocabulary, training: ids.subarray(0, cut), heldOut: ids.subarray(cut) };
}

/** The most streams of `window` steps, up to `batch`, that ids fill; 0 for too few ids. */
export const streamsIn = ({ length }: Int32Array, window: number, batch: number): number =>
  Math.max(0, Math.min(batch, Math.floor((length - 1) / window)));
