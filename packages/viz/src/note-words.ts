/** How a picture says that it has less detail than was asked for. `{how}` is one of the others, `{n}` a number. */
export interface NoteWords {
  /** For every operation, cell, layer; `{steps}` is `ofSteps`, or nothing. */
  readonly tooLarge: Readonly<Record<"op" | "cell" | "layer", string>>;
  readonly ofSteps: string;
  readonly cells: string;
  readonly firstSteps: string;
  readonly endSteps: string;
  readonly layers: string;
  readonly repeats: string;
  readonly layersRepeats: string;
  readonly last: string;
}

export const englishNotes: NoteWords = {
  tooLarge: {
    op: "Too large for every operation{steps}: {how}.",
    cell: "Too large for every cell{steps}: {how}.",
    layer: "Too large for every layer{steps}: {how}.",
  },
  ofSteps: " of {n} steps",
  cells: "drawn as cells",
  firstSteps: "drawn as cells, its first steps alone",
  endSteps: "drawn as cells, its first and last steps alone",
  layers: "drawn as layers",
  repeats: "what repeats is one box",
  layersRepeats: "drawn as layers, what repeats is one box",
  last: "the last {n} marks before the outputs",
};
