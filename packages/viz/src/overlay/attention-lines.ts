import { px } from "../layout/geometry.ts";
import { textWidth } from "../layout/typeset.ts";
import { text } from "../svg.ts";
import type { Colours } from "../theme.ts";
import type { Attention } from "./attention-weights.ts";

const SIZE = { above: 18, name: 18, between: 84, number: 14, label: 12, tick: 10, dot: 2.6 };
/** Between neighbouring steps. */
const WIDEST = 56;
/** Of a line of the weight 1. */
const THICKEST = 5;
/** Lines of less than that are not seen. */
const FAINTEST = 1 / 255;
/** Of more lines the heaviest are drawn. */
const MOST_LINES = 4000;

const rowHeight = SIZE.above + SIZE.name + SIZE.number + SIZE.between + SIZE.number + SIZE.name;

export const attentionHeight = (all: readonly Attention[]): number => all.length * rowHeight;

/**
 * Attention as lines: what is looked at above, what looks below, a point for each of their steps, and between them a line
 * for each pair, thicker and darker where the weight is greater.
 * Source: Vig 2019, A multiscale visualization of attention in the transformer model.
 */
export const writeAttention = (
  all: readonly Attention[],
  place: { readonly left: number; readonly top: number; readonly width: number },
  colours: Colours,
): string[] =>
  all.flatMap((each, i) => writeOne(each, { ...place, top: place.top + i * rowHeight }, colours));

function writeOne(
  { keys, queries, weights }: Attention,
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
  colours: Colours,
): string[] {
  const [columns, rows] = [weights[0]?.length ?? 0, weights.length];
  const longest = Math.max(columns, rows, 1);
  const across = Math.min(WIDEST, width / longest);
  const middle = left + width / 2;
  const placeOf = (count: number) => (k: number) => middle + (k - (count - 1) / 2) * across;
  const [x, u] = [placeOf(columns), placeOf(rows)];
  const upper = top + SIZE.above + SIZE.name + SIZE.number;
  const lower = upper + SIZE.between;
  const lines = weights
    .flatMap((row, q) => row.map((weight, k) => ({ weight, q, k })))
    .filter(({ weight }) => !(weight < FAINTEST))
    .sort((a, b) => a.weight - b.weight)
    .slice(-MOST_LINES);
  const every = Math.ceil(longest / Math.max(1, Math.floor((longest * across) / 26)));
  const steps = (count: number, at: (k: number) => number, y: number, below: number): string[] => [
    ...Array.from(
      { length: count },
      (_, k) => `<circle cx="${px(at(k))}" cy="${px(y)}" r="${SIZE.dot}" fill="${colours.ink}"/>`,
    ),
    ...Array.from({ length: Math.ceil(count / every) }, (_, k) =>
      text(String(k * every), { x: at(k * every), y: below }, SIZE.tick, colours.faint),
    ),
  ];
  const name = (of: string, y: number): string => {
    const half = Math.ceil(textWidth(of, SIZE.label) / 2);
    return text(of, { x: Math.max(left + half, middle), y }, SIZE.label, colours.ink);
  };
  return [
    `<g class="attention">`,
    name(keys, top + SIZE.above + 10),
    ...lines.map(({ weight, q, k }) => lineOf(weight, [x(k), upper], [u(q), lower], colours)),
    ...steps(columns, x, upper, upper - 7),
    ...steps(rows, u, lower, lower + 13),
    name(queries, lower + SIZE.number + 14),
    "</g>",
  ];
}

/** A weight that is no number is dashed, in the colour of gradients that are none. */
function lineOf(
  weight: number,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  { accent, ink }: Colours,
): string {
  const ends = `x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"`;
  if (!Number.isFinite(weight)) return `<line ${ends} stroke="${ink}" stroke-dasharray="2 2"/>`;
  const part = Math.min(1, weight);
  return `<line ${ends} stroke="${accent}" stroke-width="${px(0.5 + (THICKEST - 0.5) * part)}" stroke-opacity="${px(0.1 + 0.9 * part)}"><title>${weight.toPrecision(3)}</title></line>`;
}
