import { fontSize, shorten } from "../src/layout/measure.ts";
import type { PlacedMark } from "../src/layout/scene.ts";
import { BELOW, hasBelow, type Run, runsOf } from "../src/layout/typeset.ts";
import { fontFamily } from "../src/palette.ts";
import { type Colours, lookOf, type Preset } from "../src/theme.ts";
import type { Look } from "./surface.ts";

/** Where a line ends, and in which direction. */
export type Tip = readonly [x: number, y: number, angle: number];

/** A colour of the page's style. */
export const colourOf = (state: string): string => {
  const name =
    state === "chosen" ? "accent" : state === "between" ? "way" : state === "current" ? "hit" : state;
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
};

/** The tip of a line, in the colour of its stroke. */
export function arrowHead(context: CanvasRenderingContext2D, [x, y, angle]: Tip): void {
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(x, y);
  for (const side of [-1, 1])
    context.lineTo(x - 6 * Math.cos(angle + side * 0.4), y - 6 * Math.sin(angle + side * 0.4));
  context.fill();
}

export function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  size: number,
  fill: string,
  align: "left" | "center" | "right" = "center",
): void {
  context.font = `${size}px ${fontFamily}`;
  context.textAlign = align;
  context.fillStyle = fill;
  context.fillText(text, x, y);
}

/** A label with what stands below its line, around a point; it returns where it ends. */
function set(
  context: CanvasRenderingContext2D,
  label: string,
  { x, y, fill }: { x: number; y: number; fill: string },
): number {
  const size = ({ below }: Run): number => fontSize.label * (below ? BELOW : 1);
  const runs = runsOf(label).map((run) => {
    context.font = `${size(run)}px ${fontFamily}`;
    return { run, width: context.measureText(run.text).width };
  });
  let at = x - runs.reduce((sum, { width }) => sum + width, 0) / 2;
  for (const { run, width } of runs) {
    write(context, run.text, at, y + (run.below ? 3 : 0), size(run), fill, "left");
    at += width;
  }
  return at;
}

/** A mark as `src/svg.ts` writes it; what would be too small to be read is left out. */
export function drawMark(
  context: CanvasRenderingContext2D,
  { mark, x, y, width, height, round, inRow }: PlacedMark,
  { classes, fill, ink }: Look,
  { colours, preset, scale }: { colours: Colours; preset: Preset; scale: number },
): void {
  context.beginPath();
  if (round) context.ellipse(x, y, width / 2, height / 2, 0, 0, 2 * Math.PI);
  else context.roundRect(x - width / 2, y - height / 2, width, height, mark.kind === "cell" ? 8 : 3);
  context.fillStyle = fill ?? colours[lookOf(preset, mark.kind, mark.op, mark.pointwise).fill];
  context.fill();
  const state = classes.at(-1);
  context.strokeStyle = state ? colourOf(state) : mark.derived ? colours.gradient : colours.ink;
  context.lineWidth = state ? 2.6 : 1;
  context.setLineDash(mark.kind === "more" ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (scale < 0.3) return;
  const label = shorten(mark.label);
  const { label: large, caption: small } = fontSize;
  const dark = ink ?? colours.ink;
  if (!mark.caption) set(context, label, { x, y: y + large * 0.35, fill: dark });
  else if (inRow) {
    const end = set(context, label, { x: x - 12, y: y + 4.5, fill: dark });
    write(context, mark.caption, end + 6, y + 3.5, small, ink ?? colours.faint, "left");
  } else {
    const apart = hasBelow(label) ? 2 : 0;
    set(context, label, { x, y: y + 2 - apart, fill: dark });
    if (scale > 0.5) write(context, mark.caption, x, y + 11.5 + apart, small, ink ?? colours.faint);
  }
}
