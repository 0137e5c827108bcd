import type { Mark } from "../graph/picture.ts";
import { lookOf, type Preset } from "../theme.ts";
import { hasBelow, labelWidth, textWidth } from "./typeset.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface MarkSize extends Size {
  /** An ellipse, not a box. */
  readonly round: boolean;
}

export const fontSize = { label: 13, caption: 8, title: 13 } as const;

const MAX_LABEL = 32;

/** A label as it is drawn: a long one loses its middle. */
export function shorten(label: string): string {
  const signs = [...label.replace(/\s+/g, " ")];
  if (signs.length <= MAX_LABEL) return signs.join("");
  return `${signs.slice(0, MAX_LABEL - 9).join("")}…${signs.slice(-8).join("")}`;
}

/** How large a mark is drawn: its texts fit. */
export function markSize({ kind, label, caption, op, pointwise }: Mark, preset: Preset = "d2l"): MarkSize {
  const text = labelWidth(shorten(label), fontSize.label);
  const below = textWidth(caption, fontSize.caption);
  const inner = Math.max(text, below);
  // Below the line of the label stands an index, and below that the caption.
  const apart = caption && hasBelow(label) ? 4 : 0;
  const box = (width: number, height: number): MarkSize => ({
    width: Math.ceil(width),
    height,
    round: false,
  });
  if (kind === "literal") return box(Math.max(20, text + 8), 20);
  if (kind === "cut") return box(30, 16);
  if (kind === "cell" || kind === "loop") return box(Math.max(72, inner + 24), 44);
  if (kind === "more") return box(Math.max(64, below + 16), 44);
  if (!lookOf(preset, kind, op, pointwise).round) {
    return box(Math.max(34, inner + 12), (caption ? 32 : 24) + apart);
  }
  // In an ellipse 34 high, a line that ends d from the middle line can be √(1 − (d/17)²) of the width.
  const width = Math.max(text / (caption ? 0.86 : 0.92), below / 0.68) + 3;
  return { width: Math.max(34, Math.ceil(width)) + 2 * apart, height: 34 + apart, round: true };
}

/** The size of a mark that stands in line with others: label and caption side by side. */
export function rowSize({ label, caption }: Mark): Size {
  const texts = labelWidth(shorten(label), fontSize.label) + textWidth(caption, fontSize.caption);
  return { width: Math.ceil(texts + (caption ? 20 : 14)), height: 22 };
}
