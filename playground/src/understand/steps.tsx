import type { JSX } from "preact";
import { number } from "../words/language.ts";

interface StepsProps {
  readonly xs: readonly number[];
  /** A number for each step, from -1 to 1: the state, or a gradient. */
  readonly above: readonly number[];
  /** What the numbers are. */
  readonly name: string;
  /** From which step on the numbers are known; the others are not shown. Counted from 0. */
  readonly from?: number;
  /** Which way the steps are gone through. */
  readonly back?: boolean;
}

/** A network written out: a column for each step, the state above what was read. */
export function Steps({ xs, above, name, from = 0, back = false }: StepsProps): JSX.Element {
  const most = Math.max(1e-9, ...above.map(Math.abs));
  return (
    <ol class={`steps ${back ? "back" : ""}`}>
      {xs.map((x, t) => {
        const value = above[t]!;
        const known = t >= from;
        const share = known ? Math.round((100 * Math.abs(value)) / most) : 0;
        const color = value < 0 ? "--negative" : "--positive";
        return (
          <li key={t}>
            <span
              class="state"
              style={{ background: `color-mix(in srgb, var(${color}) ${share * 0.6}%, var(--ground))` }}
            >
              {name}
              <sub>{t + 1}</sub>
              <br />
              <b>{known ? number(value, 2) : "?"}</b>
            </span>
            <span class="read">
              x<sub>{t + 1}</sub> = {number(x)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
