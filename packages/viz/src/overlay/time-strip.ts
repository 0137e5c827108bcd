import { type Shown, stepsShown } from "../graph/vertex.ts";
import { px } from "../layout/geometry.ts";
import { textWidth } from "../layout/typeset.ts";
import { text } from "../svg.ts";
import type { Colours } from "../theme.ts";
import type { Heat } from "./gradient-heat.ts";
import type { LoopSteps } from "./loop-gradients.ts";

const SIZE = { above: 14, row: 22, between: 5, axis: 26, label: 12, tick: 10 };
/** A column for each step, no wider than that. */
const WIDEST = 40;

export const timeStripHeight = (loops: readonly LoopSteps[]): number =>
  loops.length === 0 ? 0 : SIZE.above + loops.length * (SIZE.row + SIZE.between) + SIZE.axis;

/**
 * Whole sequences as strips below a picture that shows some of their steps: a thin column for each step, in the colour
 * of its gradient, a row for each loop, and a bracket around the steps that are drawn above.
 */
export function writeTimeStrip(
  loops: readonly LoopSteps[],
  shown: Shown,
  heat: Heat | undefined,
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
  colours: Colours,
): string[] {
  const labels = loops.reduce((most, { name }) => Math.max(most, textWidth(name, SIZE.label)), 0);
  const x0 = left + Math.ceil(labels) + 10;
  const longest = loops.reduce((most, { length }) => Math.max(most, length), 1);
  const column = Math.min(WIDEST, (left + width - x0) / longest);
  const lines = loops.flatMap((loop, i) => {
    const y = top + SIZE.above + i * (SIZE.row + SIZE.between);
    const label = text(loop.name, { x: x0 - 8, y: y + SIZE.row / 2 + 4 }, SIZE.label, colours.ink, "end");
    const drawn = stepsShown(shown, loop.length);
    return [
      `<g class="time-strip">`,
      label,
      ...columnsOf(loop, heat, { x: x0, y, column }, colours),
      ...ranges(drawn).map(
        ([from, to]) =>
          `<rect x="${px(x0 + from * column)}" y="${px(y - 2)}" width="${px((to - from) * column)}" height="${SIZE.row + 4}" fill="none" stroke="${colours.ink}" stroke-width="1.4"/>`,
      ),
      "</g>",
    ];
  });
  return [
    ...lines,
    ...axis(longest, { x: x0, y: top + timeStripHeight(loops) - SIZE.axis, column }, colours),
  ];
}

interface At {
  readonly x: number;
  readonly y: number;
  readonly column: number;
}

/** Neighbours of one colour are one rectangle. */
function columnsOf({ norms, length }: LoopSteps, heat: Heat | undefined, at: At, colours: Colours): string[] {
  const box = (from: number, to: number, fill: string): string =>
    `<rect x="${px(at.x + from * at.column)}" y="${at.y}" width="${px((to - from) * at.column)}" height="${SIZE.row}" fill="${fill}"/>`;
  const around = `<rect x="${px(at.x)}" y="${at.y}" width="${px(length * at.column)}" height="${SIZE.row}" fill="none" stroke="${colours.frame}"/>`;
  if (!norms || !heat) {
    // Without colours a line between steps, as far as these can be told apart.
    const every = Math.ceil(3 / at.column);
    const inner = Array.from({ length: Math.floor((length - 1) / every) }, (_, k) => (k + 1) * every);
    const d = inner.map((t) => `M${px(at.x + t * at.column)},${at.y}v${SIZE.row}`).join("");
    return [
      box(0, length, colours.column),
      d ? `<path d="${d}" stroke="${colours.frame}" stroke-width="0.5"/>` : "",
      around,
    ];
  }
  const fills = norms.map((norm) => heat.colourOf(norm)?.fill ?? colours.paper);
  const boxes: string[] = [];
  for (let from = 0; from < length; ) {
    let to = from + 1;
    while (to < length && fills[to] === fills[from]) to++;
    boxes.push(box(from, to, fills[from]!));
    from = to;
  }
  return [...boxes, around];
}

/** Steps in a row, as half-open ranges. */
function ranges(steps: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const t of steps) {
    const last = found.at(-1);
    if (last && last[1] === t) last[1] = t + 1;
    else found.push([t, t + 1]);
  }
  return found;
}

/** Numbers of steps at round places. */
function axis(length: number, { x, y, column }: At, colours: Colours): string[] {
  const rough = Math.max(1, 60 / column);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const ticks = Array.from({ length: Math.ceil(length / step) }, (_, k) => k * step);
  return [
    ...ticks.map((t) => text(String(t), { x: x + (t + 0.5) * column, y: y + 8 }, SIZE.tick, colours.faint)),
    text("t", { x: x + length * column + 8, y: y + 8 }, SIZE.label, colours.faint, "start"),
  ];
}
