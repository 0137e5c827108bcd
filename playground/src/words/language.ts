import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { english, type Words } from "./english.ts";
import { vietnamese } from "./vietnamese.ts";

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

export const language: Signal<Language> = signal(first());

/** What the page says, in the language of now. */
export const words: ReadonlySignal<Words> = computed(() => (language.value === "vi" ? vietnamese : english));

effect(() => {
  document.documentElement.lang = language.value;
  document.title = words.value.title;
  try {
    localStorage.setItem(KEPT, language.value);
  } catch {
    // Nothing is kept here.
  }
});

/** A number as the language writes it. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
