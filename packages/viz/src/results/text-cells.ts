/** What takes one place of a coloured text. */
export interface Cell {
  /** What stands there; control characters by a sign. */
  readonly shown: string;
  readonly activation: number;
  /** Places it takes in a line: 2 for wide characters, as terminals have it. */
  readonly width: number;
  /** A new line begins behind it. */
  readonly newline: boolean;
}

/** One cell for each character that readers see, or for each token. @throws RangeError */
export function cellsOf(text: string | readonly string[], activations: ArrayLike<number>): Cell[] {
  const parts = typeof text === "string" ? [...text] : text;
  const unit = typeof text === "string" ? "characters (code points)" : "tokens";
  if (parts.length === 0) throw new RangeError("colorText: no text to draw");
  if (parts.length !== activations.length)
    throw new RangeError(`colorText: ${activations.length} activations for ${parts.length} ${unit}`);
  if (typeof text !== "string")
    return parts.flatMap((token, i) => graphemes(token).map((sign) => cell(sign, activations[i]!)));
  let end = 0;
  return graphemes(text).map((sign) => {
    end += [...sign].length;
    return cell(sign, activations[end - 1]!);
  });
}

function cell(sign: string, activation: number): Cell {
  // Inside of a character, as in emoji of several code points, formatting ones belong to it.
  const alone = [...sign].length === 1;
  const shown = signs[sign] ?? sign.replace(alone ? hidden : unprintable, "\ufffd");
  return { shown, activation, width: wide.test(sign) ? 2 : 1, newline: sign === "\n" || sign === "\r\n" };
}

const signs: Readonly<Record<string, string>> = { "\n": "↵", "\r\n": "↵", "\t": "⇥" };

/** Control characters, halves of pairs, and what XML cannot hold. */
const unprintable = /\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;
/** These and what is not seen, such as the marks that turn the direction of writing. */
const hidden = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|[\ufffe\uffff]/gu;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const graphemes = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** Cells in lines of at most `columns` places. */
export function linesOf(cells: readonly Cell[], columns: number): Cell[][] {
  const lines: Cell[][] = [[]];
  let used = 0;
  cells.forEach((each, i) => {
    if (used + each.width > columns) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)!.push(each);
    used += each.width;
    if (each.newline && i < cells.length - 1) {
      lines.push([]);
      used = 0;
    }
  });
  return lines;
}
