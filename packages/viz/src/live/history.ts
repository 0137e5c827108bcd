import type { Series } from "../line-chart.ts";
import { type Spot, thinned } from "../results/thinned.ts";

/** More points of a series are thinned to what charts show. */
const MOST_POINTS = 8000;
const COLUMNS = 1000;
/** Values that are not finite, of each series. */
const MOST_BROKEN = 200;
/** Columns of norms over steps. */
const MOST_LOOKS = 320;

/** What training has measured so far, in bounded memory: curves by metric, norms by layer. */
export class History {
  readonly #curves = new Map<string, Map<string, Spot[]>>();
  readonly #broken = new Map<Spot[], number>();
  #looks: { readonly step: number; readonly norms: Readonly<Record<string, number>> }[] = [];
  #every = 1;
  #seen = 0;

  /** Adds a metric's value in a series such as "training". */
  add(metric: string, series: string, step: number, value: number): void {
    const of = this.#curves.get(metric) ?? new Map<string, Spot[]>();
    this.#curves.set(metric, of);
    const points = of.get(series) ?? [];
    of.set(series, points);
    if (!Number.isFinite(value)) {
      const broken = (this.#broken.get(points) ?? 0) + 1;
      this.#broken.set(points, broken);
      if (broken > MOST_BROKEN) return;
    }
    points.push({ x: step, y: value });
    if (points.length > MOST_POINTS) this.#thin(points);
  }

  /** Adds the norms of gradients at a step, by layer; of many looks every second, fourth … is kept. */
  look(step: number, norms: Readonly<Record<string, number>>): void {
    if (this.#seen++ % this.#every !== 0) return;
    this.#looks.push({ step, norms });
    if (this.#looks.length <= MOST_LOOKS) return;
    this.#looks = this.#looks.filter((_, i) => i % 2 === 0);
    this.#every *= 2;
  }

  /** The curves of each metric. */
  curves(): [metric: string, series: Series[]][] {
    return [...this.#curves].map(([metric, of]) => [
      metric,
      [...of].map(([name, points]) => ({
        name,
        x: points.map(({ x }) => x),
        y: points.map(({ y }) => y),
      })),
    ]);
  }

  /** Norms `[look, layer]`, NaN where a layer was not there; undefined without any. */
  norms():
    | { readonly names: string[]; readonly rows: number[][]; readonly steps: readonly number[] }
    | undefined {
    const names = [...new Set(this.#looks.flatMap(({ norms }) => Object.keys(norms)))];
    if (names.length === 0) return undefined;
    const rows = this.#looks.map(({ norms }) => names.map((name) => norms[name] ?? Number.NaN));
    return { names, rows, steps: this.#looks.map(({ step }) => step) };
  }

  #thin(points: Spot[]): void {
    const [first, last] = [points[0]!.x, points.at(-1)!.x];
    const width = Math.max(1, last - first);
    const finite = points.filter(({ y }) => Number.isFinite(y));
    const broken = points.filter(({ y }) => !Number.isFinite(y));
    const kept = thinned(finite, (x) => Math.floor(((x - first) / width) * COLUMNS));
    points.splice(0, points.length, ...[...kept, ...broken].sort((a, b) => a.x - b.x));
  }
}
