import type { Mark } from "../graph/picture.ts";
import { lookOf, type Preset } from "../theme.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface MarkSize extends Size {
  /** An ellipse, not a box. */
  readonly round: boolean;
}

export const fontSize = { label: 13, caption: 8, title: 13 } as const;

const narrow = /[ijltfrI.,:;'|!()[\]₀₁₂₃₄₅₆₇₈₉₋₊ₜ ]/;
const wide = /[mwMW@%—⋯]/;
const full = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]|\p{Extended_Pictographic}/u;

/** The width of a text in a sans-serif font, in pixels: rather too wide than too narrow. */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const sign of text)
    ems += narrow.test(sign) ? 0.42 : full.test(sign) ? 1.1 : wide.test(sign) ? 1 : 0.66;
  return ems * size;
}

const MAX_LABEL = 28;

/** A label as it is drawn: a long one loses its middle. */
export function shorten(label: string): string {
  const signs = [...label.replace(/\s+/g, " ")];
  if (signs.length <= MAX_LABEL) return signs.join("");
  return `${signs.slice(0, MAX_LABEL - 9).join("")}…${signs.slice(-8).join("")}`;
}

/** How large a mark is drawn: its texts fit. */
export function markSize({ kind, label, caption, op }: Mark, preset: Preset = "d2l"): MarkSize {
  const text = textWidth(shorten(label), fontSize.label);
  const below = textWidth(caption, fontSize.caption);
  const inner = Math.max(text, below);
  const box = (width: number, height: number): MarkSize => ({
    width: Math.ceil(width),
    height,
    round: false,
  });
  if (kind === "literal") return box(Math.max(20, text + 8), 20);
  if (kind === "cut") return box(30, 16);
  if (kind === "cell" || kind === "loop") return box(Math.max(72, inner + 24), 44);
  if (kind === "more") return box(Math.max(64, below + 16), 44);
  if (!lookOf(preset, kind, op).round) return box(Math.max(34, inner + 12), caption ? 32 : 24);
  // In an ellipse 34 high, a line that ends d from the middle line can be √(1 − (d/17)²) of the width.
  const width = Math.max(text / (caption ? 0.86 : 0.92), below / 0.68) + 3;
  return { width: Math.max(34, Math.ceil(width)), height: 34, round: true };
}

/** The size of a mark that stands in line with others: label and caption side by side. */
export function rowSize({ label, caption }: Mark): Size {
  const texts = textWidth(shorten(label), fontSize.label) + textWidth(caption, fontSize.caption);
  return { width: Math.ceil(texts + (caption ? 20 : 14)), height: 22 };
}
