import type { Mark, Picture } from "../graph/picture.ts";
import { px } from "../layout/geometry.ts";
import type { Frame } from "../layout/scene.ts";
import { colorAt, inkOn, notFinite } from "../results/ramps.ts";
import { text } from "../svg.ts";
import type { Colours } from "../theme.ts";
import { shortNumber } from "./short-number.ts";
import { writeLosses } from "./step-losses.ts";

/** Norms as colours on a logarithmic scale. */
export interface Heat {
  /** `undefined` where there is no norm, or where it is zero. */
  colourOf(norm: number | undefined): { readonly fill: string; readonly ink: string } | undefined;
  /** The least and the largest norm, where there are any. */
  readonly range: readonly [number, number] | undefined;
  /** Whether one is NaN or infinite. */
  readonly bad: boolean;
}

/** A scale over all norms. */
export function heatOf(norms: readonly number[], dark = false): Heat {
  const logs = norms.flatMap((norm) => (norm > 0 && norm < Infinity ? Math.log10(norm) : []));
  const least = logs.reduce((a, b) => Math.min(a, b), Infinity);
  const most = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  return {
    range: logs.length > 0 ? [10 ** least, 10 ** most] : undefined,
    bad: norms.some((norm) => !Number.isFinite(norm)),
    colourOf: (norm) => {
      if (norm === undefined || norm === 0) return undefined;
      const place = most > least ? (Math.log10(norm) - least) / (most - least) : 1;
      // Light means small, on a dark ground large.
      const fill = Number.isFinite(norm) ? colorAt("sequential", place, dark) : notFinite;
      return { fill, ink: inkOn(fill) };
    },
  };
}

/** The norm at each time column: of what it hands on to the next, or else of its largest mark. */
export function stepNorms(
  { panels, edges }: Picture,
  normOf: (mark: Mark) => number | undefined,
): (number | undefined)[] {
  const handed = panels.map(() => new Set<Mark>());
  for (const { from, to } of edges) {
    const [a, b] = [panels[from.region ?? -1], panels[to.region ?? -1]];
    if (a && b && a !== b && a.kind === "step" && a.stage === b.stage) handed[from.region!]!.add(from);
  }
  // What a last step hands on to nothing is what the others of its loop hand on.
  const states = new Set(handed.flatMap((marks) => [...marks].map(({ key }) => key)));
  return panels.flatMap(({ kind, marks }, i) => {
    if (kind !== "step") return [];
    const own = (of: Iterable<Mark>): number[] => [...of].flatMap((mark) => normOf(mark) ?? []);
    const handing = own(handed[i]!.size > 0 ? handed[i]! : marks.filter(({ key }) => states.has(key)));
    if (handing.length > 0) return [Math.hypot(...handing)];
    const all = own(marks);
    return [all.length > 0 ? all.reduce((a, b) => Math.max(a, b), 0) : undefined];
  });
}

/** From a row of columns up to the norms above it, where columns are wrapped, and the room that they take. */
const STRIP_ABOVE = 26;
export const rowHeader = (losses: boolean): number => STRIP_ABOVE + 8 + (losses ? 20 : 0);

/** Room for what stands above a picture, in pixels: a legend, and above columns the norms and losses of steps. */
export const headerHeight = ({ panels }: Picture, losses: boolean): number =>
  panels.some(({ kind }) => kind === "step") ? 66 + (losses ? 20 : 0) : 26;

/** The legend, each step's colour and number, and each step's loss. */
export function writeHeader(
  heat: Heat | undefined,
  norms: readonly (number | undefined)[],
  losses: readonly (number | undefined)[],
  frames: readonly Frame[],
  colours: Colours,
): string[] {
  const lines: string[] = [];
  let y = 20;
  if (heat) {
    lines.push(...writeLegend(heat, y, colours));
    y += 26;
    lines.push(
      ...writeStrip(
        heat,
        norms,
        frames,
        y,
        losses.some((loss) => loss !== undefined),
        colours,
      ),
    );
    y += 32;
  }
  return [...lines, ...writeLosses(losses, frames, y + 8, colours)];
}

function writeLegend({ range, bad, colourOf }: Heat, y: number, colours: Colours): string[] {
  const lines = [text("‖∂L/∂·‖", { x: 20, y: y + 10 }, 12, colours.ink, "start")];
  let x = 78;
  if (range) {
    const [low, high] = range;
    const parts = 24;
    const number = (value: number, at: number, anchor: "start" | "end"): string =>
      text(shortNumber(value), { x: at, y: y + 10 }, 11, colours.faint, anchor);
    lines.push(number(low, x + 42, "end"));
    for (let i = 0; i < parts; i++) {
      const norm = low * (high / low) ** (i / (parts - 1));
      const { fill } = colourOf(norm) ?? { fill: colours.paper };
      lines.push(`<rect x="${px(x + 48 + 5 * i)}" y="${y}" width="5" height="12" fill="${fill}"/>`);
    }
    lines.push(number(high, x + 54 + 5 * parts, "start"));
    lines.push(text("log scale", { x: x + 104 + 5 * parts, y: y + 10 }, 11, colours.faint, "start"));
    x += 166 + 5 * parts;
  }
  if (bad) {
    lines.push(
      `<rect x="${px(x)}" y="${y}" width="12" height="12" fill="${notFinite}" stroke="${colours.faint}"/>`,
    );
    lines.push(text("NaN or ∞", { x: x + 17, y: y + 10 }, 11, colours.faint, "start"));
  }
  return lines;
}

function writeStrip(
  { colourOf }: Heat,
  norms: readonly (number | undefined)[],
  frames: readonly Frame[],
  first: number,
  losses: boolean,
  colours: Colours,
): string[] {
  return frames.flatMap(({ x, width, above }, i) => {
    const norm = norms[i];
    const y = above === undefined ? first : above - STRIP_ABOVE - (losses ? 20 : 0);
    const { fill, ink } = colourOf(norm) ?? { fill: colours.paper, ink: colours.ink };
    const box = `<rect class="strip" x="${px(x)}" y="${y}" width="${px(width)}" height="20" fill="${fill}" stroke="${colours.frame}"/>`;
    const number =
      norm === undefined ? "" : text(shortNumber(norm), { x: x + width / 2, y: y + 14 }, 11, ink);
    return [box + number];
  });
}
