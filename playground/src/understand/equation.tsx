import type { JSX } from "preact";

/** `_a`, `_{ab}`, `^a`, `^{ab}`: what stands below and above the line. */
const MARK = /([_^])(?:\{([^}]*)\}|(\S))/g;

/** A text with what stands below and above its line: `h_t`, `W_{hh}`, `w^{12}`. */
export function Marked({ text }: { readonly text: string }): JSX.Element {
  const parts: (JSX.Element | string)[] = [];
  let from = 0;
  for (const match of text.matchAll(MARK)) {
    parts.push(text.slice(from, match.index));
    const inner = match[2] ?? match[3];
    parts.push(
      match[1] === "_" ? <sub key={match.index}>{inner}</sub> : <sup key={match.index}>{inner}</sup>,
    );
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return <>{parts}</>;
}

/** An equation in a line: `h_t = tanh(x_t W_{xh} + h_{t−1} W_{hh} + b_h)`. */
export const Equation = ({ text }: { readonly text: string }): JSX.Element => (
  <p class="equation" role="math" aria-label={text}>
    <Marked text={text} />
  </p>
);
