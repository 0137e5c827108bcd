import type { JSX } from "preact";
import type { Language } from "../words/language.ts";

/** What a chapter says in one language. */
export interface Told {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** What to try. */
  readonly task: string;
}

/** A few sentences, an equation, and one thing to play with. */
export interface Chapter {
  readonly told: Readonly<Record<Language, Told>>;
  /** As `Equation` reads it. */
  readonly equations: readonly string[];
  Play(): JSX.Element;
}
