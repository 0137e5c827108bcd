import type { JSX } from "preact";
import type { Diagnosis } from "../training/diagnostics.ts";
import { number, words } from "../words/language.ts";

/** A bar for each gate: how often it is shut, from the left, and open, from the right. */
export function Gates({ gates }: { readonly gates: Diagnosis["gates"] }): JSX.Element {
  const { shut: shutWord, open: openWord } = words.value.train;
  const percent = (share: number): string => `${number(100 * share)} %`;
  return (
    <ul class="gates">
      {gates.map(({ name, shut, open }) => (
        <li key={name}>
          <span class="gate-name">{name}</span>
          <span class="gate-bar" aria-hidden="true">
            <span class="gate-shut" style={{ width: `${100 * shut}%` }} />
            <span class="gate-open" style={{ width: `${100 * open}%` }} />
          </span>
          <span class="gate-numbers">
            {percent(shut)} {shutWord}, {percent(open)} {openWord}
          </span>
        </li>
      ))}
    </ul>
  );
}
