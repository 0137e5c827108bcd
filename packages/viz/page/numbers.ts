import type { JsonNumber } from "../src/html/page-data.ts";

/** A number in four digits, with a proper minus. */
export function showNumber(value: JsonNumber): string {
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? number.toExponential(3)
      : String(Number(number.toPrecision(4)));
  return text.replaceAll("-", "−");
}

const lowered = "₀₁₂₃₄₅₆₇₈₉";

/** Text for searching: small letters, digits on the line, so that `h3` finds `h₃`. */
export const plain = (text: string): string =>
  text.toLowerCase().replace(/[₀-₉]/g, (sign) => String(lowered.indexOf(sign)));
