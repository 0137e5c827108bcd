/**
 * Texts of a chart are data: names and titles may hold anything. Vega-Lite writes some of them into expressions, and
 * Vega looks them up in plain objects, so `C:\x`, a line break and "constructor" would not be texts to them. So every
 * string of a specification is drawn by stand-ins, which are what Unicode keeps for such use inside of programs and
 * never means in a text (noncharacters, U+FDD0 to U+FDEF); the picture has the text again.
 */
const written: readonly (readonly [sign: string, inSvg: string])[] = [
  ["\\", "\\"],
  ['"', "&quot;"],
  ["'", "'"],
  ["`", "`"],
  ["\t", "\t"],
  ["\n", "\n"],
  ["\r", "&#13;"],
  ["\u2028", "\u2028"],
  ["\u2029", "\u2029"],
];

/** Before a text that every plain object has as a key. */
const NO_KEY = "\ufdef";
const standIn = (i: number): string => String.fromCharCode(0xfdd0 + i);

/** What a specification has as expressions of its own. */
const expressions: ReadonlySet<string> = new Set([
  "calculate",
  "expr",
  "filter",
  "labelExpr",
  "signal",
  "test",
]);

/** A specification with stand-ins in all its strings but expressions. */
export function withStandIns<Spec>(spec: Spec): Spec {
  return replaced(spec) as Spec;
}

function replaced(part: unknown): unknown {
  if (typeof part === "string") return standInsFor(part);
  if (Array.isArray(part)) return part.map(replaced);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, expressions.has(key) ? value : replaced(value)]),
  );
}

function standInsFor(text: string): string {
  const plain = text.replace(/[\ufdd0-\ufdef]/g, "\ufffd").replace(/[\\"'`\t\n\r\u2028\u2029]/g, (sign) => {
    return standIn(written.findIndex(([each]) => each === sign));
  });
  return plain in Object.prototype ? `${NO_KEY}${plain}` : plain;
}

/** SVG text with the texts that were meant. */
export const withTexts = (svg: string): string =>
  svg.replace(/[\ufdd0-\ufdef]/g, (sign) => written[sign.charCodeAt(0) - 0xfdd0]?.[1] ?? "");
