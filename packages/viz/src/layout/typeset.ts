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

/** A piece of a label: on the line, or below it. */
export interface Run {
  readonly text: string;
  readonly below: boolean;
}

const signs = "₀₁₂₃₄₅₆₇₈₉₋₊ₜ";
const plain = "0123456789−+t";
/** Signs below the line, with what joins them. */
const lowered = /[₀-₉₋₊ₜ]+(?:[,…][₀-₉₋₊ₜ]+)*/g;
/** What stands below the line in names of parameters and of states: `W_xh`, `h_0`. */
const underscored = /^(.*[^_\s])_([^_\s.]{1,4})$/u;

/** A label as it is set: `W_xh` is W with xh below, and so is h₋₁ with a real minus and a one. */
export function runsOf(label: string): Run[] {
  const named = underscored.exec(label);
  if (named) return [...runsOf(named[1]!), { text: named[2]!, below: true }];
  const runs: Run[] = [];
  let at = 0;
  for (const { 0: found, index } of label.matchAll(lowered)) {
    if (index > at) runs.push({ text: label.slice(at, index), below: false });
    const text = [...found].map((sign) => plain[signs.indexOf(sign)] ?? sign).join("");
    runs.push({ text, below: true });
    at = index + found.length;
  }
  if (at < label.length || runs.length === 0) runs.push({ text: label.slice(at), below: false });
  return runs;
}

/** Whether something stands below the line. */
export const hasBelow = (label: string): boolean => runsOf(label).some(({ below }) => below);

/** The size of what stands below the line, beside that of the line. */
export const BELOW = 0.72;

/** The width of a label as it is set. */
export const labelWidth = (label: string, size: number): number =>
  runsOf(label).reduce((sum, { text, below }) => sum + textWidth(text, below ? size * BELOW : size), 0);
