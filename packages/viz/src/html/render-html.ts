import { ancestors, type Feeds, isLoop, type Tensor } from "@org/core";
import { drawPicture, marksOf, type Picture, type PictureOptions } from "../graph/picture.ts";
import { type GraphvizEngine, loadGraphviz } from "../layout/graphviz.ts";
import { layOut } from "../layout/scene.ts";
import { writeSvg } from "../svg.ts";
import { type ThemeOptions, themeOf } from "../theme.ts";
import { describePicture, withoutCommonFolder } from "./describe-marks.ts";
import { measureMarks } from "./measure-marks.ts";
import type { View } from "./page-data.ts";
import { writePage } from "./shell.ts";

export interface HtmlOptions extends Omit<PictureOptions, "detail">, ThemeOptions {
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
  /** Graphviz, as a call from its language to the text of its `json` format. Default: `@hpcc-js/wasm-graphviz`. */
  readonly engine?: GraphvizEngine;
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
 * The graph below a tensor, or several, as one HTML file to explore: zoom and pan, search by name or op, loops as layers,
 * as cells, rolled or written out, every cell and layer folded into a box and back, and for each mark its op and rule, equation, shape, dtype, source line, what it depends on and what
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
  const { preset } = themeOf(options);
  const loops = ancestors(roots).some(isLoop) && unroll !== 0;
  const draw = (name: View["name"], picture: Picture): { name: View["name"]; picture: Picture } => {
    checkSize(picture, maxMarks);
    return { name, picture };
  };
  const unrolled = draw("unrolled", drawPicture(roots, { unroll, gradients }));
  const cells = draw("cells", drawPicture(roots, { unroll, gradients, detail: "cell" }));
  const pictures = [unrolled];
  if (loops) pictures.unshift(draw("rolled", drawPicture(roots, { unroll: 0, gradients })));
  if (marksOf(cells.picture).length < marksOf(unrolled.picture).length) pictures.unshift(cells);
  if (loops) pictures.unshift(draw("layers", drawPicture(roots, { gradients, detail: "layer" })));
  const marks = pictures.flatMap(({ picture }) => marksOf(picture));
  const measure = feeds ? measureMarks(roots, marks, unroll, feeds) : () => ({});
  const place = withoutCommonFolder(marks);
  const graphviz = await loadGraphviz(options.engine);
  return writePage(
    {
      title,
      views: pictures.map(({ name, picture }) => describePicture(name, picture, measure, place)),
    },
    pictures.map(({ name, picture }) =>
      writeSvg(layOut(picture, graphviz, { pitch: gradients ? 11 : 8, preset }), {
        prefix: `${name}-`,
        theme: themeOf({ preset }),
      }),
    ),
    { preset, dark: options.dark ?? false },
  );
}
