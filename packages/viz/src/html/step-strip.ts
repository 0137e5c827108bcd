import { px } from "../layout/geometry.ts";
import type { Frame } from "../layout/scene.ts";
import { shortNumber } from "../overlay/short-number.ts";
import { writeLosses } from "../overlay/step-losses.ts";
import { text } from "../svg.ts";
import type { Colours } from "../theme.ts";

/** What stands above the columns of a picture, one for each column. */
export interface Steps {
  /** `‖∂L/∂·‖`; empty where the page has no gradients. */
  readonly norms: readonly (number | undefined)[];
  /** Empty where the page has none. */
  readonly losses: readonly (number | undefined)[];
}

const rows = { strip: 44, losses: 20, margin: 8 };

const parts = ({ norms, losses }: Steps): { strip: number; losses: number } => ({
  strip: norms.some((norm) => norm !== undefined) ? rows.strip : 0,
  losses: losses.some((loss) => loss !== undefined) ? rows.losses : 0,
});

/** Room for the strip and the losses above a picture, in pixels. */
export function stripHeight(steps: Steps): number {
  const { strip, losses } = parts(steps);
  return strip + losses === 0 ? 0 : strip + losses + rows.margin;
}

/** What stands above the columns of one picture, and how far below the upper side of all. */
export interface Strip extends Steps {
  readonly frames: readonly Frame[];
  readonly top: number;
}

/** Above the columns' titles: each step's norm in a box, which the page colours as it colours marks, and its loss; `title` says what norms are. */
export function writeStrip(
  { frames, top: above, ...steps }: Strip,
  colours: Colours,
  title: string,
): string[] {
  const { strip } = parts(steps);
  const lines: string[] = [];
  const [first] = frames;
  if (!first) return lines;
  const top = above + 14;
  if (strip > 0) {
    lines.push(text(title, { x: first.x, y: top + 12 }, 11, colours.faint, "start"));
    frames.forEach(({ x, width }, i) => {
      const norm = steps.norms[i];
      if (norm === undefined) return;
      const box = `<rect x="${px(x)}" y="${px(top + 18)}" width="${px(width)}" height="20" fill="${colours.paper}" stroke="${colours.frame}"/>`;
      const number = text(shortNumber(norm), { x: x + width / 2, y: top + 32 }, 11, colours.ink);
      lines.push(`<g class="strip" data-norm="${norm}">${box}${number}</g>`);
    });
  }
  return [...lines, ...writeLosses(steps.losses, frames, top + strip + 12, colours)];
}
