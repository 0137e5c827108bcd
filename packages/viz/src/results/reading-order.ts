import bidiFactory, { type Bidi } from "bidi-js";
import type { Cell } from "./text-cells.ts";

/**
 * A line's cells from left to right as they are read, brackets turned to the side they open to, Arabic letters in the
 * forms they have beside each other.
 * Source: Unicode Standard Annex 9, the bidirectional algorithm
 */
export function inReadingOrder(line: readonly Cell[]): readonly Cell[] {
  const text = line.map(({ shown }) => shown).join("");
  if (!rightToLeft.test(text)) return line;
  const { getEmbeddingLevels, getMirroredCharactersMap, getReorderedIndices } = algorithm();
  const levels = getEmbeddingLevels(text);
  const mirrored = getMirroredCharactersMap(text, levels.levels);
  // A cell may have several code units: it goes where its first one goes.
  const owner: number[] = [];
  const starts: number[] = [];
  line.forEach(({ shown }, i) => {
    starts.push(owner.length);
    for (let k = 0; k < shown.length; k++) owner.push(i);
  });
  const order = [...new Set(getReorderedIndices(text, levels).map((at) => owner[at]!))];
  return order.map((i): Cell => {
    const cell = line[i]!;
    const turned = mirrored.get(starts[i]!);
    if (turned !== undefined) return { ...cell, shown: turned };
    if (!arabic.test(cell.shown)) return cell;
    const [before, after] = [line[i - 1]?.shown ?? "", line[i + 1]?.shown ?? ""];
    const joinsBefore = arabic.test(before) && !endsJoining.test(before);
    const joinsAfter = arabic.test(after) && !endsJoining.test(cell.shown);
    return { ...cell, shown: `${joinsBefore ? JOINER : ""}${cell.shown}${joinsAfter ? JOINER : ""}` };
  });
}

/** Its types take what it exports for a module. */
const algorithm = (): Bidi => (bidiFactory as unknown as () => Bidi)();

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A letter that joins its neighbours, with its marks. */
const arabic = /^(?=\p{L})\p{Script=Arabic}/u;

/** Letters that join only the one before: alef, dal, dhal, reh, zain, waw and their kin; hamza joins none. */
const endsJoining =
  /^[\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5]/u;

/** ZERO WIDTH JOINER: the letter beside it takes the form it has in a word. */
const JOINER = "\u200d";
