import type { NoteWords } from "../note-words.ts";

/** Views of a graph, from the coarsest to the finest. */
export type ViewName = "layers" | "cells" | "rolled" | "unrolled";

/** A word beside a number, `{n}`: for one, and for others. */
export type Counted = readonly [one: string, others: string];

/** All that a page says, as data: `{n}` and other names in braces are put in. */
export interface PageWords {
  /** The language by its code, such as `en`. */
  readonly language: string;
  readonly bar: {
    readonly search: string;
    readonly searchHint: string;
    readonly zoom: string;
    readonly zoomIn: string;
    readonly zoomOut: string;
    readonly fit: string;
    readonly fitHint: string;
    readonly more: string;
    readonly detail: string;
    readonly views: Readonly<Record<ViewName, string>>;
    readonly fold: string;
    readonly foldHint: string;
    readonly unfold: string;
    readonly unfoldHint: string;
    readonly show: string;
    readonly parameters: string;
    readonly parametersHint: string;
    readonly gradients: string;
    readonly gradientsHint: string;
    readonly optimizer: string;
    readonly optimizerHint: string;
    readonly colours: string;
    readonly coloursHint: string;
    readonly save: string;
    readonly saveSvg: string;
    readonly savePng: string;
    readonly theme: string;
    readonly graph: string;
    readonly chosen: string;
    readonly noScripts: string;
    /** Of the keys below the picture, after each: search, zoom, marks, fold, ways. */
    readonly keys: readonly [search: string, zoom: string, marks: string, fold: string, ways: string];
    readonly play: string;
    readonly playHint: string;
    readonly pause: string;
    readonly time: string;
  };
  readonly notes: NoteWords;
  readonly step: Counted;
  readonly weight: Counted;
  readonly mark: Counted;
  /** What search finds where regions are among it. */
  readonly hit: Counted;
  readonly noMark: string;
  readonly place: string;
  readonly onCanvas: string;
  readonly facts: {
    readonly name: string;
    readonly op: string;
    readonly rule: string;
    readonly shape: string;
    readonly dtype: string;
    readonly time: string;
    readonly region: string;
    readonly source: string;
    readonly min: string;
    readonly mean: string;
    readonly max: string;
    readonly norm: string;
    readonly notFinite: string;
    readonly bad: string;
    readonly badOf: string;
    readonly range: string;
  };
  readonly panel: {
    readonly close: string;
    readonly link: string;
    readonly foldOne: string;
    readonly foldAt: string;
    readonly foldAll: string;
    readonly unfold: string;
    readonly folded: string;
    readonly reads: string;
    readonly readBy: string;
    readonly inAll: string;
    readonly andMore: string;
    readonly second: string;
    readonly both: string;
    readonly neither: string;
    readonly depends: string;
    /** `{steps}` and `{marks}` are counted. */
    readonly ways: string;
  };
  readonly legend: {
    readonly log: string;
    readonly nothing: string;
    readonly bad: string;
    readonly norms: string;
  };
  readonly moment: { readonly values: string; readonly gradients: string };
  /** Above the columns of steps. */
  readonly columns: { readonly once: string; readonly each: string; readonly derived: string };
  /** What marks are. */
  readonly roles: {
    readonly operation: string;
    readonly ofAllSteps: string;
    readonly parameter: string;
    readonly literal: string;
    readonly cell: string;
    readonly loop: string;
    readonly cut: string;
    readonly more: string;
    readonly input: string;
    readonly constant: string;
    readonly named: string;
    readonly output: string;
    readonly slice: string;
    readonly carried: string;
    readonly derived: string;
  };
}

/** A sentence with what stands in braces put in. */
export const say = (sentence: string, values: Readonly<Record<string, string | number>>): string =>
  sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** `1 mark`, `2 marks`. */
export const countOf = (number: number, [one, others]: Counted): string =>
  say(number === 1 ? one : others, { n: number.toLocaleString("en") });
