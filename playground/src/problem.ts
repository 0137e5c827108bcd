/** What can go wrong in this page, as data: it crosses from the worker, and `words` says it in the reader's language. */
import type { Bounded, Text } from "./settings.ts";

type Nothing = Readonly<Record<never, never>>;

/** Each problem, and what its sentence is made of. Those that the library describes more closely carry its words as `detail`. */
export interface Problems {
  readonly emptyText: Nothing;
  /** A window takes `needed` characters, and there are `found` to learn from. */
  readonly shortText: { readonly window: number; readonly needed: number; readonly found: number };
  readonly notUtf8: { readonly file: string };
  /** A text that ships with the page did not arrive. */
  readonly textNotFetched: { readonly text: Text["name"] };

  readonly outOfBounds: { readonly setting: Bounded; readonly least: number; readonly most: number };
  /** Lines are counted from 1, as readers do. */
  readonly noEquation: { readonly line: number; readonly found: string };
  readonly xIsSet: { readonly line: number };
  readonly noState: Nothing;
  readonly wrongEquation: { readonly line: number };
  readonly wrongState: { readonly line: number; readonly wanted: string; readonly found: string };
  readonly notBuilt: Nothing;

  readonly damagedFile: Nothing;
  readonly fileOfAnotherText: Nothing;
  readonly unreadableSettings: Nothing;
  readonly wrongSetting: { readonly setting: string };
  readonly notLoaded: Nothing;

  readonly noWebAssembly: Nothing;
  readonly noWorker: Nothing;
  readonly noNetwork: Nothing;
  readonly stopped: Nothing;

  readonly notDrawn: Nothing;
  readonly unknownCharacters: Nothing;
  readonly notRead: Nothing;

  readonly emptyFunction: Nothing;
  readonly noNumbers: { readonly name: string; readonly found: string };
  readonly wrongValue: { readonly name: string };
  readonly notExamined: Nothing;

  readonly pageNotFetched: Nothing;
}

export type ProblemKind = keyof Problems;

/** Why something could not be done. */
export type Reason = {
  readonly [Kind in ProblemKind]: {
    readonly kind: Kind;
    readonly said: Problems[Kind];
    /** The library's own words, in English. */
    readonly detail?: string;
  };
}[ProblemKind];

/** Problems whose sentence is made of nothing: what an error is that nobody foresaw. */
export type Unforeseen = {
  [Kind in ProblemKind]: Nothing extends Problems[Kind] ? Kind : never;
}[ProblemKind];

/** Something that cannot be done, and why. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly reason: Reason;
  constructor(reason: Reason) {
    super(JSON.stringify(reason));
    this.reason = reason;
  }
}

/** Why an error was thrown: what a `Problem` says, and of another error, that `unforeseen` happened. */
export function reasonOf(error: unknown, unforeseen: Unforeseen): Reason {
  return error instanceof Problem ? error.reason : { kind: unforeseen, said: {}, detail: wordsOf(error) };
}

/** What the library says, without `math`, which readers did not call, and without lines of the page's own program. */
export const wordsOf = (error: unknown): string =>
  (error as Error).message
    .replace(/^math: /, "")
    .replace(/^\s+at \S+:\d+:\d+$\n?/gm, "")
    .trimEnd();
