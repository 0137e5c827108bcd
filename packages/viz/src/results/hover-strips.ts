import { px } from "../layout/geometry.ts";
import { shortNumber } from "../overlay/short-number.ts";
import { escapeText } from "../svg.ts";

interface Points {
  readonly name: string;
  readonly x?: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** More strips than that are too narrow to point at. */
const MOST = 140;

/**
 * The chart with strips over its plotting area that tell, under the pointer, the numbers of all series there: as titles,
 * which browsers show without any script.
 */
export function hoverStrips(
  svg: string,
  series: readonly Points[],
  { width, height, logX, xLabel }: { width: number; height: number; logX: boolean; xLabel: string },
): string {
  const scale = logX ? Math.log : (x: number): number => x;
  const xOf = ({ x }: Points, i: number): number => (x ? x[i]! : i);
  let [least, most] = [Infinity, -Infinity];
  for (const one of series) {
    for (let i = 0; i < one.y.length; i++) {
      least = Math.min(least, scale(xOf(one, i)));
      most = Math.max(most, scale(xOf(one, i)));
    }
  }
  const strips = new Map<number, { x: number; told: Map<string, number> }>();
  const count = Math.min(MOST, Math.max(...series.map(({ y }) => y.length)));
  for (const one of series) {
    for (let i = 0; i < one.y.length; i++) {
      const x = xOf(one, i);
      const part = most > least ? (scale(x) - least) / (most - least) : 0.5;
      const at = Math.min(count - 1, Math.floor(part * count));
      const strip = strips.get(at) ?? { x, told: new Map() };
      strips.set(at, strip);
      strip.told.set(one.name, one.y[i]!);
    }
  }
  const wide = width / count;
  const drawn = [...strips]
    .sort(([a], [b]) => a - b)
    .map(([at, { x, told }]) => {
      const lines = [...told].map(([name, y]) => `${name}: ${shortNumber(y)}`);
      const title = [`${xLabel ? `${xLabel} ` : ""}${shortNumber(x)}`, ...lines].join("\n");
      return `<rect class="hover" x="${px(at * wide)}" y="0" width="${px(wide)}" height="${height}" fill="#6b7785" fill-opacity="0"><title>${escapeText(title)}</title></rect>`;
    });
  // The chart's own group, where its plotting area begins, is the first that is moved.
  const place =
    /<g[^>]* transform="(translate\([^)]*\))"[^>]*>\s*<g class="mark-group role-frame root"/.exec(svg)?.[1] ??
    "";
  const style = "<style>.hover:hover{fill-opacity:.14}</style>";
  return svg.replace(/<\/svg>\s*$/, `${style}<g transform="${place}">\n${drawn.join("\n")}\n</g></svg>\n`);
}
