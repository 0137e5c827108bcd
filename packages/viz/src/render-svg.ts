import { checkOptionNames, type Feeds, Tensor } from "@org/core";
import { drawFitting, MOST_COLUMNS, type SizeOptions } from "./fitting.ts";
import { type GraphJson, readGraph } from "./graph/graph-json.ts";
import { type Mark, marksOf, type Picture, type PictureOptions, shownOf } from "./graph/picture.ts";
import { measureMarks } from "./html/measure-marks.ts";
import type { GraphvizEngine } from "./layout/graphviz.ts";
import { withLayout } from "./layout/laid-out.ts";
import { layOut } from "./layout/lay-out.ts";
import type { LayPanel } from "./layout/panel-layout.ts";
import { space } from "./layout/placed-panels.ts";
import type { Scene } from "./layout/scene.ts";
import { attentionHeight, writeAttention } from "./overlay/attention-lines.ts";
import { attentionsOf } from "./overlay/attention-weights.ts";
import { between, findMarks, type MarkName } from "./overlay/find-marks.ts";
import {
  type Heat,
  headerHeight,
  heatOf,
  rowHeader,
  stepNorms,
  writeHeader,
} from "./overlay/gradient-heat.ts";
import { longLoops, loopSteps } from "./overlay/loop-gradients.ts";
import { columnLosses, stepMeans } from "./overlay/step-losses.ts";
import { timeStripHeight, writeTimeStrip } from "./overlay/time-strip.ts";
import { writeSvg } from "./svg.ts";
import { type ThemeOptions, themeOf } from "./theme.ts";

/** What `renderSvg` takes. */
export interface SvgPictureOptions extends PictureOptions, ThemeOptions, SizeOptions {
  /**
   * A value for each input: marks are then coloured by `‖∂L/∂mark‖` for the first tensor, a scalar `L`, on a log scale,
   * NaN and infinity black, and a strip shows the norm at every step. Where there is attention, lines below the picture
   * show how much each step looks at each other. Default: no colours.
   */
  readonly feeds?: Feeds;
  /** `[time, ...]`, with `feeds`: each step's mean is written above its column. Default: none. */
  readonly losses?: Tensor;
  /** Everything on the ways from one mark to another stands out: how does `h3` depend on `x1`? Default: nothing. */
  readonly path?: readonly [from: MarkName, to: MarkName];
  /** Everything that a mark depends on stands out. Default: nothing. */
  readonly ancestors?: MarkName;
  /** Marks that stand out. Default: none does. */
  readonly highlight?: readonly MarkName[];
  /** Graphviz, as a call from its language to the text of its `json` format. Default: `@hpcc-js/wasm-graphviz`. */
  readonly engine?: GraphvizEngine;
}

/**
 * The graph below a tensor, or several, as SVG text: operators in circles, variables in squares, parameters in shaded
 * squares, shapes below them. With `unroll`, the first steps of every loop stand in columns in the order of time,
 * parameters are drawn once, and what comes after a loop stands behind its last column. Two red strokes stand where
 * gradients are cut. A graph that is too large is drawn with less detail, and a note says so. The same graph gives the
 * same bytes. Laid out by Graphviz, which is loaded at the first call. Graphs as `toJson` gives them are drawn too.
 * @throws RangeError for an `unroll` that is not whole, or below 0, for unknown presets, details and names, and for data
 *   that are no graph; FeedError for `feeds` that don't fit
 * @example
 * const w = parameter("w", 2);
 * const svg = await renderSvg(mul(w, square(w)), { gradients: true });
 * svg.startsWith("<svg"); // → true
 */
export async function renderSvg(
  graph: Tensor | readonly Tensor[] | GraphJson,
  options: SvgPictureOptions = {},
): Promise<string> {
  checkOptionNames(
    "renderSvg",
    options,
    "feeds losses path ancestors highlight engine unroll gradients detail folded parameters preset dark maxMarks timeLimit",
  );
  const tensors = [graph].flat() as Tensor[];
  // Whatever is no tensor is data, which its reader refuses where it makes no graph.
  if (!tensors.every((each) => each instanceof Tensor))
    return draw(readGraph(graph as GraphJson), [], options);
  return draw(drawFitting(tensors, options), tensors, options);
}

const draw = (drawn: Picture, tensors: readonly Tensor[], options: SvgPictureOptions): Promise<string> =>
  withLayout(drawn, options, (picture, layPanel) => write(picture, layPanel, tensors, options));

function write(
  picture: Picture,
  layPanel: LayPanel,
  tensors: readonly Tensor[],
  options: SvgPictureOptions,
): string {
  const theme = themeOf(options);
  const { preset } = theme;
  const { feeds, losses, unroll = 0 } = options;
  const emphasized = emphasis(picture, options);
  const long = picture.ends ? longLoops(tensors, MOST_COLUMNS).slice(0, MOST_STRIPS) : [];
  const loops = loopSteps(tensors, long, feeds);
  const strip = timeStripHeight(loops);
  const attentions = feeds ? attentionsOf(tensors, feeds, options.parameters) : [];
  const room = strip + attentionHeight(attentions);
  const lay = (header: number): Scene => {
    const scene = layOut(picture, layPanel, {
      pitch: options.gradients ? 11 : 8,
      header,
      preset,
      wrap: header > 0 ? rowHeader(losses !== undefined) : 0,
    });
    return { ...scene, height: scene.height + room };
  };
  /** Whole sequences and attention stand below the picture, above its note. */
  const below = ({ width, height }: Scene, heat?: Heat): string[] => {
    const place = { left: space.margin, top: height - room - space.margin, width: width - 2 * space.margin };
    return [
      ...(strip > 0 ? writeTimeStrip(loops, picture.ends!, heat, place, theme.colours) : []),
      ...writeAttention(attentions, { ...place, top: place.top + strip }, theme.colours),
    ];
  };
  const how = { theme, ...(emphasized && { emphasized }) };
  if (!feeds || tensors.length === 0) {
    const scene = lay(0);
    return writeSvg(scene, { ...how, above: below(scene) });
  }

  const marks = marksOf(picture);
  const measure = measureMarks(tensors, marks, picture.ends ?? shownOf(unroll), feeds);
  const normOf = (mark: Mark): number | undefined => {
    const { gradient } = measure(mark);
    // The loss itself has the gradient 1, whatever the others have.
    return gradient === undefined || mark.tensor === tensors[0] ? undefined : Number(gradient);
  };
  const norms = stepNorms(picture, normOf);
  const heat = heatOf(
    [...marks.map(normOf), ...norms, ...loops.flatMap((loop) => loop.norms ?? [])].flatMap(
      (norm) => norm ?? [],
    ),
    options.dark,
  );
  const perStep = losses ? columnLosses(picture, stepMeans(losses, feeds)) : [];
  const scene = lay(headerHeight(picture, perStep.length > 0));
  return writeSvg(scene, {
    ...how,
    fillOf: (mark) => heat.colourOf(normOf(mark)),
    above: [...writeHeader(heat, norms, perStep, scene.frames, theme.colours), ...below(scene, heat)],
  });
}

/** More loops than that have no strip. */
const MOST_STRIPS = 8;

/** What stands out, where something does. */
function emphasis(
  picture: Picture,
  { path, highlight, ancestors }: Pick<SvgPictureOptions, "path" | "highlight" | "ancestors">,
): Set<Mark> | undefined {
  if (!path && !highlight && ancestors === undefined) return undefined;
  const marks = marksOf(picture);
  const chosen = (highlight ?? []).flatMap((name) => findMarks(marks, name));
  const ways = path ? between(findMarks(marks, path[0]), findMarks(marks, path[1]), picture.edges) : [];
  const read = ancestors === undefined ? [] : between(marks, findMarks(marks, ancestors), picture.edges);
  return new Set([...chosen, ...ways, ...read]);
}
