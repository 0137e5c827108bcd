import { ancestors, type Feeds, isLoop, type Tensor } from "@org/core";
import { drawPicture, marksOf, type Picture, type PictureOptions } from "../graph/picture.ts";
import { loadGraphviz } from "../layout/graphviz.ts";
import { layOut } from "../layout/scene.ts";
import { writeSvg } from "../svg.ts";
import { describePicture, withoutCommonFolder } from "./describe-marks.ts";
import { measureMarks } from "./measure-marks.ts";
import { writePage } from "./shell.ts";

export interface HtmlOptions extends PictureOptions {
  /** How many steps of every loop the unrolled picture writes out; 0 leaves that picture out. Default 3. */
  readonly unroll?: number;
  /** Default "Compute graph". */
  readonly title?: string;
  /** A value for each input; with them the page shows values and gradients. Default: it shows neither. */
  readonly feeds?: Feeds;
  /**
   * A picture of more marks is refused, and so is one with more than a quarter of them in one place: in a time step, or
   * outside of loops. Layout takes seconds there. Default 3000.
   */
  readonly maxMarks?: number;
}

/** @throws RangeError */
function checkSize(picture: Picture, maxMarks: number): void {
  const { length } = marksOf(picture);
  const most = Math.max(0, ...picture.panels.map(({ marks }) => marks.length));
  if (length <= maxMarks && most <= maxMarks / 4) return;
  const size =
    length > maxMarks
      ? `the picture has ${length} marks, more than ${maxMarks}: unroll fewer steps`
      : `one part of the picture has ${most} marks, more than ${maxMarks / 4}: draw a part of the graph`;
  throw new RangeError(`renderHtml: ${size}, or raise maxMarks`);
}

/**
 * The graph below a tensor, or several, as one HTML file to explore: zoom and pan, search by name or op, loops rolled or
 * written out, and for each mark its op and rule, equation, shape, dtype, source line, what it depends on and what
 * depends on it. With `feeds` also the values, and where the first tensor is a scalar `L` the norms `‖∂L/∂mark‖`, on
 * request as colours. It loads nothing, so that it opens from a disk; the same graph gives the same bytes. Source lines
 * are shown without the folder that all of them lie in.
 * @throws RangeError for an `unroll` that is not whole, or below 0, and for too many marks; FeedError for `feeds` that
 *   don't fit
 * @example
 * const [x, w] = [input("x", []), parameter("w", 2)];
 * const html = await renderHtml(square(mul(w, x)), { title: "A square", feeds: { x: 3 } });
 * html.startsWith("<!DOCTYPE html>"); // → true
 */
export async function renderHtml(
  tensors: Tensor | readonly Tensor[],
  options: HtmlOptions = {},
): Promise<string> {
  const { unroll = 3, title = "Compute graph", feeds, maxMarks = 3000, gradients = false } = options;
  const roots = [tensors].flat() as Tensor[];
  const steps = ancestors(roots).some(isLoop) && unroll !== 0 ? [0, unroll] : [unroll];
  const pictures = steps.map((count) => {
    const picture = drawPicture(roots, { unroll: count, gradients });
    checkSize(picture, maxMarks);
    return { name: count < unroll ? ("rolled" as const) : ("unrolled" as const), picture };
  });
  const marks = pictures.flatMap(({ picture }) => marksOf(picture));
  const measure = feeds ? measureMarks(roots, marks, steps.at(-1)!, feeds) : () => ({});
  const place = withoutCommonFolder(marks);
  const graphviz = await loadGraphviz();
  return writePage(
    {
      title,
      views: pictures.map(({ name, picture }) => describePicture(name, picture, measure, place)),
    },
    pictures.map(({ name, picture }) =>
      writeSvg(layOut(picture, graphviz, { pitch: gradients ? 11 : 8 }), { prefix: `${name}-` }),
    ),
  );
}
