import { batch, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Reason } from "../problem.ts";
import type { Words } from "./english.ts";

export type Language = "en" | "vi";

const KEPT = "unroll-language";

function first(): Language {
  const wanted = kept() ?? navigator.language;
  return wanted.startsWith("vi") ? "vi" : "en";
}

/** A page whose browser keeps nothing begins anew each time. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** The words of a language, which arrive when it is spoken: a page begins with one of them. */
const wordsOf = async (spoken: Language): Promise<Words> =>
  spoken === "vi" ? (await import("./vietnamese.ts")).vietnamese : (await import("./english.ts")).english;

const now: Signal<Language> = signal(first());
const said: Signal<Words> = signal(await wordsOf(now.value));

export const language: ReadonlySignal<Language> = now;

/** What the page says, in the language of now. */
export const words: ReadonlySignal<Words> = said;

/** Goes over to a language, as soon as its words are there. */
export async function speak(spoken: Language): Promise<void> {
  const its = await wordsOf(spoken);
  batch(() => {
    now.value = spoken;
    said.value = its;
  });
}

effect(() => {
  document.documentElement.lang = language.value;
  document.title = words.value.title;
  try {
    localStorage.setItem(KEPT, language.value);
  } catch {
    // Nothing is kept here.
  }
});

/** What went wrong, and what to do, in the language of now. */
export function sentenceOf({ kind, said }: Reason): string {
  // Each sentence is made of what its own kind says, which the index does not know.
  const sentence = words.value.problems[kind] as (said: Reason["said"]) => string;
  return sentence(said);
}

/** A number as the language writes it. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A number with so many digits that count: `0.0050` with two. */
export const significant = (value: number, digits: number): string =>
  value.toLocaleString(language.value, {
    minimumSignificantDigits: digits,
    maximumSignificantDigits: digits,
  });

const SUPERSCRIPT: Readonly<Record<string, string>> = Object.fromEntries(
  [..."-0123456789"].map((sign, i) => [sign, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][i]!]),
);

/** A number as a multiple of a power of ten: `8.52·10⁻⁵`. */
export function scientific(value: number, digits: number): string {
  if (value === 0 || !Number.isFinite(value)) return number(value);
  const [mantissa, power] = value.toExponential(digits).split("e") as [string, string];
  const raised = [...power.replace("+", "")].map((sign) => SUPERSCRIPT[sign]).join("");
  return `${number(Number(mantissa), digits)}·10${raised}`;
}
