/** The lazy answer of whoever remembers everything and understands nothing. */
import { editDistance } from "@org/nn";

/** The place of the known item that has the fewest edits from what is asked; the first of equals. */
export function nearest<Item, Symbol>(
  asked: ArrayLike<Symbol>,
  known: readonly Item[],
  sequenceOf: (item: Item) => ArrayLike<Symbol>,
): number {
  let [place, fewest] = [0, Number.POSITIVE_INFINITY];
  for (const [i, item] of known.entries()) {
    const sequence = sequenceOf(item);
    // So many edits it takes at least.
    if (Math.abs(sequence.length - asked.length) >= fewest) continue;
    const edits = editDistance(asked, sequence);
    if (edits < fewest) [place, fewest] = [i, edits];
  }
  return place;
}
