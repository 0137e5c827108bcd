/** How many of the questions that are wanted were answered rightly, percent to one digit. */
export function percentRight<Asked extends { readonly answer: string }>(
  asked: readonly Asked[],
  said: readonly string[],
  wanted: (one: Asked) => boolean,
): number {
  const right = asked.flatMap((one, i) => (wanted(one) ? [said[i] === one.answer] : []));
  return Number(((100 * right.filter(Boolean).length) / right.length).toFixed(1));
}
