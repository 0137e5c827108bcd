import type { Tensor } from "@org/core";
import type { Detail } from "./graph/fold.ts";
import { drawPicture, marksOf, type Picture, type PictureOptions } from "./graph/picture.ts";

export interface SizeOptions {
  /**
   * A picture of more marks is drawn with less detail, and a note says so; the same where more than a quarter of them
   * would lie in one place, a time step or outside of loops. Default 4000.
   */
  readonly maxMarks?: number;
  /** Seconds after which layout is given up for less detail, with a note. In Node, for the default engine. Default 20. */
  readonly timeLimit?: number;
}

/** Whether a picture is small enough for layout. */
export const fits = (picture: Picture, maxMarks: number): boolean => {
  const most = picture.panels.reduce((most, { marks }) => Math.max(most, marks.length), 0);
  return marksOf(picture).length <= maxMarks && most <= maxMarks / 4;
};

/** What is drawn where layout took too long, with less detail than before. */
export function drawCoarser(
  tensors: readonly Tensor[],
  { detail = "op", ...options }: PictureOptions & SizeOptions,
): Picture | undefined {
  if (detail === "layer") return undefined;
  const [coarser, word] = detail === "op" ? (["cell", "cells"] as const) : (["layer", "layers"] as const);
  const unroll = coarser === "layer" ? 0 : (options.unroll ?? 0);
  const picture = drawFitting(tensors, { ...options, unroll, detail: coarser });
  return { ...picture, note: `Layout took too long: drawn as ${word}.` };
}

/** A picture that fits, and how it is drawn. */
export interface Fitting {
  readonly picture: Picture;
  readonly detail: Detail;
  /** How many steps of every loop are written out. */
  readonly unroll: number;
}

/**
 * The picture asked for; or, where it is too large, the next that fits: cells, fewer steps, layers.
 * @throws RangeError where nothing fits
 */
export function drawFitting(tensors: readonly Tensor[], options: PictureOptions & SizeOptions): Picture {
  const { maxMarks = 4000 } = options;
  const found = findFitting(tensors, { ...options, maxMarks });
  if (found) return found.picture;
  throw nothingFits(maxMarks);
}

export const nothingFits = (maxMarks: number): RangeError =>
  new RangeError(
    `the graph has more than ${maxMarks} marks even as layers: draw a part of it, or raise maxMarks`,
  );

/** The same, `undefined` where nothing fits. */
export function findFitting(
  tensors: readonly Tensor[],
  options: PictureOptions & Required<Pick<SizeOptions, "maxMarks">>,
): Fitting | undefined {
  const { unroll = 0, detail = "op", maxMarks } = options;
  const draw = (detail: Detail, unroll: number): Picture =>
    drawPicture(tensors, { ...options, detail, unroll });
  // Writing out thousands of steps only to count them takes long as well.
  const steps = Math.min(unroll, Math.ceil(maxMarks / 2));
  const asked = draw(detail, steps);
  const size = marksOf(asked).length;
  if (steps === unroll && fits(asked, maxMarks)) return { picture: asked, detail, unroll };
  const few = Math.min(steps, Math.max(1, Math.floor((steps * maxMarks) / (2 * size))));
  const ways: [Detail, number, string][] = [
    ["cell", steps, steps === unroll ? "drawn as cells" : "drawn as cells, its first steps alone"],
    ["cell", Math.min(few, 200), "drawn as cells, its first steps alone"],
    ["cell", Math.min(few, 10), "drawn as cells, its first steps alone"],
    ["layer", 0, "drawn as layers"],
  ];
  for (const [way, count, how] of ways) {
    if (way === "cell" && detail === "layer") continue;
    const picture = draw(way, count);
    if (count <= unroll && fits(picture, maxMarks)) {
      const note = tooLarge(detail, unroll, how);
      return { picture: { ...picture, note }, detail: way, unroll: count };
    }
  }
  return undefined;
}

/** Why a picture is not the one asked for. */
export const tooLarge = (detail: Detail, unroll: number, how: string): string =>
  `Too large for every ${detail === "op" ? "operation" : detail} of ${unroll} steps: ${how}.`;
