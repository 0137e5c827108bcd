/** What stands for a character that no font has. */
const REPLACEMENT = "\ufffd";
/** No font has it: how it is drawn is how missing characters are. */
const NOWHERE = "\u{10ffff}";
/** Characters that DejaVu Sans has, and signs that only change or join others. */
const common = /[\0-\u052f\u2000-\u2bff\p{M}\p{Cf}\p{Cc}\p{Cs}]/u;
/** Signs that belong to the one before: joiners with what they join, variants, skin tones. */
const attached = "(?:[\\ufe00-\\ufe0f\\u{1f3fb}-\\u{1f3ff}]|\\u200d.)*";

/**
 * The picture with � for what would be an empty box: each character, or emoji of several characters, that none of the
 * fonts has. `draw` writes a picture with its texts as paths.
 */
export function replaceMissing(svg: string, draw: (svg: string) => string): string {
  const asked = [...new Set(svg)].filter((sign) => !common.test(sign));
  if (asked.length === 0) return svg;
  const shapes = shapesOf([NOWHERE, ...asked], draw);
  const missing = asked.filter((_, i) => shapes[i + 1] === shapes[0]);
  if (missing.length === 0) return svg;
  const any = missing.map((sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`).join("");
  return svg.replace(new RegExp(`[${any}]${attached}`, "gu"), REPLACEMENT);
}

/** What each character is drawn as, all at the same place. */
function shapesOf(signs: readonly string[], draw: (svg: string) => string): string[] {
  const texts = signs.map((sign, i) => `<g id="sign${i}"><text font-size="10">${sign}</text></g>`);
  const drawn = draw(
    `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" font-family="DejaVu Sans">${texts.join("")}</svg>`,
  );
  const found = new Map(
    drawn
      .split('id="sign')
      .slice(1)
      .map((part) => {
        const [number] = part.split('"', 1);
        return [Number(number), (part.match(/ d="[^"]*"/g) ?? []).join()] as const;
      }),
  );
  return signs.map((_, i) => found.get(i) ?? `nothing ${i}`);
}
