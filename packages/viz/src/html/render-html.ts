import type { Feeds, Tensor } from "@org/core";
import { functionNames } from "../graph/fold.ts";
import { marksOf, type PictureOptions } from "../graph/picture.ts";
import { type GraphvizEngine, LayoutTimeout, loadGraphviz } from "../layout/graphviz.ts";
import { layOut } from "../layout/scene.ts";
import { stepNorms } from "../overlay/gradient-heat.ts";
import { columnLosses, stepMeans } from "../overlay/step-losses.ts";
import { writeSvg } from "../svg.ts";
import { type ThemeOptions, themeOf } from "../theme.ts";
import { describePicture, withoutCommonFolder } from "./describe-marks.ts";
import { type Measurement, measureMarks } from "./measure-marks.ts";
import { type PageView, pageViews, shownFirst } from "./page-views.ts";
import { writePage } from "./shell.ts";
import { type Steps, stripHeight, writeStrip } from "./step-strip.ts";

export interface HtmlOptions extends Omit<PictureOptions, "detail" | "folded">, ThemeOptions {
  /** How many steps of every loop the unrolled picture writes out; 0 leaves that picture out. Default 3. */
  readonly unroll?: number;
  /** Regions that the page opens with as one box, by name. Default `["softmax", "logSoftmax", "crossEntropy"]`. */
  readonly folded?: readonly string[];
  /** Default "Compute graph". */
  readonly title?: string;
  /** A value for each input; with them the page shows values and gradients. Default: it shows neither. */
  readonly feeds?: Feeds;
  /** `[time, ...]`, with `feeds`: each step's mean is written above its column. Default: none. */
  readonly losses?: Tensor;
  /**
   * A picture of more marks is left out, and so is one with more than a quarter of them in one place: in a time step, or
   * outside of loops. The page then opens with cells, with layers or with loops rolled, and a note says so. Default 3000.
   */
  readonly maxMarks?: number;
  /** Seconds after which finer pictures are left out, with a note. In Node, for the default engine. Default 20. */
  readonly timeLimit?: number;
  /** Graphviz, as a call from its language to the text of its `json` format. Default: `@hpcc-js/wasm-graphviz`. */
  readonly engine?: GraphvizEngine;
}

/**
 * The graph below a tensor, or several, as one HTML file to explore: zoom and pan, search by name or op, loops as layers,
 * as cells, rolled or written out, every cell and layer folded into a box and back, and for each mark its op and rule,
 * equation, shape, dtype, source line, what it depends on and what depends on it. With `feeds` also the values, and where
 * the first tensor is a scalar `L` the norms `‖∂L/∂mark‖`, on request as colours, and those of every step above its
 * column. What is too large is left out, and a note says so. It loads nothing, so that it opens from a disk; the same graph gives the same bytes. Source lines
 * are shown without the folder that all of them lie in.
 * @throws RangeError for an `unroll` that is not whole, or below 0, and for a graph of too many marks even as layers;
 *   FeedError for `feeds` that don't fit
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
  const { folded = functionNames } = options;
  const roots = [tensors].flat() as Tensor[];
  const theme = themeOf({ preset: themeOf(options).preset });
  const { preset } = theme;
  const { views, steps, note } = pageViews(roots, { unroll, gradients, maxMarks });
  const marks = views.flatMap(({ picture }) => marksOf(picture));
  const measure = feeds ? measureMarks(roots, marks, steps, feeds) : () => ({}) as Measurement;
  const means = feeds && options.losses ? stepMeans(options.losses, feeds) : [];
  const place = withoutCommonFolder(marks);
  const graphviz = await loadGraphviz(options.engine, options.timeLimit);
  const draw = ({ name, picture }: PageView): string => {
    const above: Steps = {
      // The loss itself has the gradient 1, whatever the others have.
      norms: stepNorms(picture, (mark) => {
        const { gradient } = measure(mark);
        return gradient === undefined || mark.tensor === roots[0] ? undefined : Number(gradient);
      }),
      losses: columnLosses(picture, means),
    };
    const header = stripHeight(above);
    const scene = layOut(picture, graphviz, { pitch: gradients ? 11 : 8, header, preset });
    return writeSvg(scene, {
      prefix: `${name}-`,
      theme,
      above: writeStrip(above, scene.frames, theme.colours),
    });
  };
  const drawn = views.flatMap((view) => {
    try {
      return [{ view, svg: draw(view) }];
    } catch (error) {
      if (error instanceof LayoutTimeout) return [];
      throw error;
    }
  });
  if (drawn.length === 0) {
    throw new RangeError(
      "renderHtml: the layout takes longer than timeLimit: draw a part of the graph, or make regions with withScope",
    );
  }
  const shown = shownFirst(drawn.map(({ view }) => view));
  const left = [note, drawn.length < views.length ? `Layout took too long: drawn as ${shown}.` : undefined];
  const notes = left.filter((one) => one !== undefined).join(" ");
  return writePage(
    {
      title,
      shown,
      ...(notes && { note: notes }),
      views: drawn.map(({ view: { name, picture } }) =>
        describePicture(name, picture, measure, place, folded),
      ),
    },
    drawn.map(({ svg }) => svg),
    { preset, dark: options.dark ?? false },
  );
}
