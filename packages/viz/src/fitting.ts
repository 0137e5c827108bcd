import { ancestors, isLoop, type Loop, type Tensor } from "@org/core";
import type { Detail } from "./graph/fold.ts";
import { drawPicture, marksOf, type Picture, type PictureOptions, shownOf } from "./graph/picture.ts";
import type { Shown } from "./graph/vertex.ts";
import { say } from "./html/words.ts";
import { englishNotes, type NoteWords } from "./note-words.ts";

/** How large a picture may be. */
export interface SizeOptions {
  /**
   * A picture of more marks is drawn with less detail, and a note says so; the same where more than a quarter of them
   * would lie in one place, a time step or outside of loops. First layers become boxes, then fewer steps are shown, then
   * what repeats is one box (`×N`); what is still too large is drawn from its end. Default 4000.
   */
  readonly maxMarks?: number;
  /** Seconds after which Graphviz is given up for rows, with a note. In Node, for the default engine. Default 20. */
  readonly timeLimit?: number;
}

/** Whether a picture is small enough for layout. */
export const fits = (picture: Picture, maxMarks: number): boolean => {
  const most = picture.panels.reduce((most, { marks }) => Math.max(most, marks.length), 0);
  return marksOf(picture).length <= maxMarks && most <= Math.max(1, maxMarks / 4);
};

/** A picture that fits, and how it is drawn. */
export interface Fitting {
  readonly picture: Picture;
  readonly detail: Detail;
  /** Which steps of every loop are written out. */
  readonly unroll: Shown;
}

/** More columns side by side nobody reads. */
export const MOST_COLUMNS = 32;
/** What is shown of more: of columns that are as wide as every operation of a step makes them, fewer. */
const ENDS = { cell: { first: 6, last: 4 }, op: { first: 2, last: 1 } } as const;

/** The picture asked for; or, where it is too large, the next that fits; of long sequences the beginning and the end. */
export function drawFitting(tensors: readonly Tensor[], options: PictureOptions & SizeOptions): Picture {
  const { first, last } = shownOf(options.unroll ?? 0);
  const long = ancestors(tensors).some(
    (node) => isLoop(node) && Math.min((node.attributes as Loop).length, first + last) > MOST_COLUMNS,
  );
  const { detail = "op" } = options;
  if (!long || detail === "layer") return findFitting(tensors, options).picture;
  const ends = ENDS[detail];
  const picture = findFitting(tensors, { ...options, unroll: ends }).picture;
  const end = ends.last === 1 ? "last" : `last ${ends.last}`;
  const shown = `Of ${first + last} steps, the first ${ends.first} and the ${end}.`;
  return { ...picture, ends, note: [picture.note, shown].filter(Boolean).join(" ") };
}

/** The same, with how it is drawn. Something always fits. */
export function findFitting(
  tensors: readonly Tensor[],
  options: PictureOptions & SizeOptions,
  notes: NoteWords = englishNotes,
): Fitting {
  const { unroll = 0, detail = "op", maxMarks = 4000 } = options;
  const shown = shownOf(unroll);
  const draw = (detail: Detail, unroll: Shown, repeats = false): Picture =>
    drawPicture(tensors, { ...options, detail, unroll }, { repeats });
  // Writing out thousands of steps only to count them takes long as well.
  const limit = (most: number): Shown => ({
    first: Math.min(shown.first, most),
    last: Math.min(shown.last, most),
  });
  const steps = limit(Math.ceil(maxMarks / 2));
  const whole = steps.first === shown.first && steps.last === shown.last;
  const asked = draw(detail, steps);
  const size = marksOf(asked).length;
  if (whole && fits(asked, maxMarks)) return { picture: asked, detail, unroll: steps };
  const count = shown.first + shown.last;
  const few = Math.min(steps.first, Math.max(1, Math.floor((count * maxMarks) / (2 * size))));
  const some = shown.last > 0 ? notes.endSteps : notes.firstSteps;
  const ways: [detail: Detail, unroll: Shown, how: string, repeats?: boolean][] = [
    ["cell", steps, whole ? notes.cells : some],
    ["cell", limit(Math.min(few, 200)), some],
    ["cell", limit(Math.min(few, 10)), some],
    ["layer", { first: 0, last: 0 }, notes.layers],
    [detail, shown, notes.repeats, true],
    ["layer", { first: 0, last: 0 }, notes.layersRepeats, true],
  ];
  for (const [way, unroll, how, repeats = false] of ways) {
    if (way === "cell" && (detail === "layer" || count === 0) && !repeats) continue;
    if (repeats && way !== "layer" && count > 0) continue;
    const picture = draw(way, unroll, repeats);
    if (!fits(picture, maxMarks)) continue;
    return { picture: { ...picture, note: tooLarge(notes, detail, count, how) }, detail: way, unroll };
  }
  const last = Math.max(2, Math.floor(maxMarks / 4) - 2);
  const none = { first: 0, last: 0 };
  const picture = drawPicture(tensors, { ...options, detail: "layer", unroll: 0 }, { repeats: true, last });
  const note = tooLarge(notes, detail, count, say(notes.last, { n: last.toLocaleString("en") }));
  return { picture: { ...picture, note }, detail: "layer", unroll: none };
}

/** Why a picture is not the one asked for. */
const tooLarge = (notes: NoteWords, detail: Detail, steps: number, how: string): string =>
  say(notes.tooLarge[detail], { steps: steps > 0 ? say(notes.ofSteps, { n: steps }) : "", how });
