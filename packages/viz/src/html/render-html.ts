import { checkOptionNames, type Feeds, Tensor } from "@org/core";
import { functionNames } from "../graph/functions.ts";
import { marksOf, type PictureOptions } from "../graph/picture.ts";
import { stepNorms } from "../overlay/gradient-heat.ts";
import { columnLosses, stepMeans } from "../overlay/step-losses.ts";
import { type ThemeOptions, themeOf } from "../theme.ts";
import { describeView, type Part, withoutCommonFolder } from "./describe-marks.ts";
import { english } from "./english.ts";
import { type Measurement, measureMarks } from "./measure-marks.ts";
import type { View } from "./page-data.ts";
import { nearest, pageViews, shownFirst, viewNames } from "./page-views.ts";
import { writePage } from "./shell.ts";
import type { PageWords } from "./words.ts";

/** What pages speak: English or Vietnamese. */
export type PageLanguage = "en" | "vi";

/** The words of a language, loaded when they are wanted. */
async function wordsOf(language: PageLanguage): Promise<PageWords> {
  if (language === "vi") return (await import("./vietnamese.ts")).vietnamese;
  if (language === "en") return english;
  throw new RangeError(`language: expected "en" or "vi", received ${JSON.stringify(language)}`);
}

/** What `renderHtml` takes. */
export interface HtmlOptions extends Omit<PictureOptions, "detail" | "folded">, ThemeOptions {
  /** How many steps of every loop the unrolled picture writes out; 0 leaves that picture out. Default 3. */
  readonly unroll?: number;
  /** Regions that the page opens with as one box, by name. Default `["softmax", "logSoftmax", "crossEntropy"]`. */
  readonly folded?: readonly string[];
  /** Default "Compute graph". */
  readonly title?: string;
  /** The language of the page's own words; names, ops and rules stay what they are. Default "en". */
  readonly language?: PageLanguage;
  /** A value for each input; with them the page shows values and gradients. Default: it shows neither. */
  readonly feeds?: Feeds;
  /** `[time, ...]`, with `feeds`: each step's mean is written above its column. Default: none. */
  readonly losses?: Tensor;
  /**
   * A picture of more marks is left out, and so is one with more than a quarter of them in one place: in a time step, or
   * outside of loops. The page then opens with cells, with layers or with loops rolled, and a note says so. Default 8000.
   */
  readonly maxMarks?: number;
}

/** What `renderHtml` draws: a graph, or several by name, side by side. */
export type Graphs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor | readonly Tensor[]>>;

/**
 * The graph below a tensor, or several, as one HTML file to explore: zoom and pan, search by name, region, op or shape,
 * loops as layers, as cells, rolled or written out, every cell, layer and region folded into a box and back, each time
 * laid out anew, and for each mark its op and rule, equation, shape, dtype, source line, what it depends on and what
 * depends on it. A record of graphs stands side by side. With `feeds` also the values, and where the first tensor is a
 * scalar `L` the norms `‖∂L/∂mark‖`, as colours on request, and played through time: values forward, gradients back. What
 * is shown can be saved as SVG and PNG, and each mark has a link. What is too large is left out, and a note says so. The
 * page loads nothing, so that it opens from a disk; the same graph gives the same bytes. Source lines are shown without
 * the folder that all of them lie in.
 * @throws RangeError for an `unroll` that is not whole, or below 0, for a record without graphs, an unknown
 *   language, and for a graph of too many marks even as layers; FeedError for `feeds` that don't fit
 * @example
 * const [x, w] = [input("x", []), parameter("w", 2)];
 * const html = await renderHtml(square(mul(w, x)), { title: "A square", feeds: { x: 3 } });
 * html.startsWith("<!DOCTYPE html>"); // → true
 */
export async function renderHtml(graphs: Graphs, options: HtmlOptions = {}): Promise<string> {
  checkOptionNames(
    "renderHtml",
    options,
    "unroll folded title language feeds losses maxMarks gradients parameters preset dark",
  );
  const { unroll = 3, title = "Compute graph", feeds, maxMarks = 8000, gradients = false } = options;
  const { folded = functionNames, language = "en" } = options;
  const { notes, ...words } = await wordsOf(language);
  const { preset } = themeOf({ preset: themeOf(options).preset });
  const named = namedGraphs(graphs);
  const drawn = named.map(([name, roots]) => {
    const found = pageViews(roots, { unroll, gradients, maxMarks, notes });
    const marks = found.views.flatMap(({ picture }) => marksOf(picture));
    const measure = feeds ? measureMarks(roots, marks, found.steps, feeds) : () => ({}) as Measurement;
    const means = feeds && options.losses ? stepMeans(options.losses, feeds) : [];
    const partOf = (view: View["name"]): Part => {
      const { picture } = nearest(found.views, view);
      // The loss itself has the gradient 1, whatever the others have.
      const norms = stepNorms(picture, (mark) => {
        const { gradient } = measure(mark);
        return gradient === undefined || mark.tensor === roots[0] ? undefined : Number(gradient);
      });
      const steps = { norms, losses: columnLosses(picture, means) };
      return { title: name, picture, measure, steps, loss: roots[0] };
    };
    return { ...found, marks, partOf };
  });
  const names = viewNames.filter((view) =>
    drawn.some(({ views }) => views.some(({ name }) => name === view)),
  );
  const place = withoutCommonFolder(drawn.flatMap(({ marks }) => marks));
  const note = [...new Set(drawn.flatMap(({ note }) => note ?? []))].join(" ");
  return writePage(
    {
      title,
      preset,
      words,
      shown: shownFirst(names.map((name) => ({ name }))),
      ...(note && { note }),
      views: names.map((name) =>
        describeView(
          name,
          drawn.map(({ partOf }) => partOf(name)),
          place,
          folded,
          words,
        ),
      ),
    },
    options.dark ?? false,
  );
}

function namedGraphs(graphs: Graphs): [name: string, roots: readonly Tensor[]][] {
  if (graphs instanceof Tensor || Array.isArray(graphs)) return [["", [graphs].flat() as Tensor[]]];
  const named = Object.entries(graphs as Readonly<Record<string, Tensor | readonly Tensor[]>>);
  if (named.length === 0) throw new RangeError("renderHtml: expected a graph, received an empty record");
  return named.map(([name, roots]) => [name, [roots].flat() as Tensor[]]);
}
