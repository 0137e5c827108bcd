import { ancestors, isLoop, type Tensor } from "@org/core";
import { findFitting, fits } from "../fitting.ts";
import { drawPicture, marksOf, type Picture } from "../graph/picture.ts";
import type { Shown } from "../graph/vertex.ts";
import type { NoteWords } from "../note-words.ts";
import type { View } from "./page-data.ts";

export interface PageView {
  readonly name: View["name"];
  readonly picture: Picture;
}

/** The pictures of a page. */
export interface PageViews {
  /** From the coarsest. */
  readonly views: readonly PageView[];
  /** Which steps of every loop they write out at most. */
  readonly steps: Shown;
  /** What the page leaves out, in words. */
  readonly note?: string;
}

interface Wanted {
  readonly unroll: number;
  readonly gradients: boolean;
  readonly maxMarks: number;
  readonly notes: NoteWords;
}

/**
 * Every picture that fits: by layers, by cells, rolled, written out. Where not every operation of all steps does, as
 * many cells as do, and a note. Functions are open: the page folds them.
 */
export function pageViews(
  roots: readonly Tensor[],
  { unroll, gradients, maxMarks, notes }: Wanted,
): PageViews {
  const found = findFitting(roots, { unroll, gradients, maxMarks, folded: [] }, notes);
  const loops = ancestors(roots).some(isLoop) && unroll !== 0;
  const views: PageView[] = [];
  const add = (name: View["name"], picture: Picture): void => {
    const { note: _, ...rest } = picture;
    if (fits(picture, maxMarks)) views.push({ name, picture: rest });
  };
  if (found.detail === "layer") add("layers", found.picture);
  else if (loops) add("layers", drawPicture(roots, { gradients, detail: "layer" }));
  if (found.detail === "cell") add("cells", found.picture);
  if (found.detail === "op") {
    const cells = drawPicture(roots, { unroll, gradients, detail: "cell" });
    if (marksOf(cells).length < marksOf(found.picture).length) add("cells", cells);
  }
  if (loops) add("rolled", drawPicture(roots, { unroll: 0, gradients, folded: [] }));
  if (found.detail === "op") add("unrolled", found.picture);
  const { note, ...picture } = found.picture;
  // Where one part is larger than it should be, there is still the picture as a whole.
  if (views.length === 0) views.push({ name: "layers", picture });
  return { views, steps: found.unroll, ...(note !== undefined && { note }) };
}

/** From the coarsest. */
export const viewNames: readonly View["name"][] = ["layers", "cells", "rolled", "unrolled"];

/** The view of that name, or the one that comes nearest to it. */
export function nearest(views: readonly PageView[], name: View["name"]): PageView {
  const far = (view: PageView): number => Math.abs(viewNames.indexOf(view.name) - viewNames.indexOf(name));
  return views.reduce((best, view) => (far(view) < far(best) ? view : best));
}

/** The finest picture in which time can be seen, or what is left. */
export function shownFirst(views: readonly Pick<PageView, "name">[]): View["name"] {
  const order = ["unrolled", "cells", "layers", "rolled"] as const;
  return order.find((name) => views.some((view) => view.name === name))!;
}
