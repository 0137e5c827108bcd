/** Two texts, and what is true of each of their characters. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { textFeatures } from "@org/nn";
import { parse } from "acorn";
import { readText } from "../shared/moby-dick.ts";

/** 1 for each character of which the feature is true, else 0. */
export type Feature = Uint8Array;

export interface Corpus {
  readonly text: string;
  readonly features: Readonly<Record<string, Feature>>;
}

/** Letters and signs of ASCII, and newlines; all that is rare becomes one sign. */
const plain = (text: string): string => text.replaceAll("\t", "  ").replaceAll(/[^\n -~]/g, "~");

const where = (values: ArrayLike<number>, test: (value: number) => boolean): Feature =>
  Uint8Array.from({ length: values.length }, (_, i) => Number(test(values[i]!)));

/** Lines of at most `width` characters, as they are printed in a book. */
function wrapped(paragraph: string, width: number): string {
  const lines = [""];
  for (const word of paragraph.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/** The novel. Quotes end with the paragraph at the latest, since speech that goes on opens them once more. */
export function prose(): Corpus {
  const paragraphs = plain(readText().replaceAll("\r", "").replaceAll("—", "--")).split(/\n\s*\n/);
  const pages = paragraphs.map((each) => `${wrapped(each.replaceAll("\n", " ").trim(), 56)}\n\n`);
  const text = pages.join("");
  const { linePosition } = textFeatures(text);
  const quotes = pages.flatMap((page) => Array.from(textFeatures(page).insideQuotes));
  return {
    text,
    features: {
      "inside quotes": where(quotes, (inside) => inside > 0),
      "end of the line near": where(linePosition, (position) => position >= 42),
    },
  };
}

/** A library's code, read by a parser: quotes in a comment are no string, and brackets in a string no depth. */
export function code(): Corpus {
  const text = plain(readFileSync(fileURLToPath(import.meta.resolve("fast-check")), "utf8"));
  const marked = () => new Uint8Array(text.length);
  const [comments, strings, depths] = [marked(), marked(), marked()];
  let depth = 0;
  let from = 0;
  parse(text, {
    ecmaVersion: "latest",
    sourceType: "module",
    onComment: (_block, _text, start, end) => comments.fill(1, start, end),
    onToken({ type: { label }, start, end }) {
      if (label === "string" || label === "template") strings.fill(1, start, end - 1);
      depths.fill(depth, from, start);
      if (["(", "[", "{", "${"].includes(label)) depth++;
      if ([")", "]", "}"].includes(label)) depth--;
      from = start;
    },
  });
  depths.fill(depth, from);
  const { linePosition } = textFeatures(text);
  return {
    text,
    features: {
      "inside a comment": comments,
      "inside a string": strings,
      "two brackets open": where(depths, (open) => open >= 2),
      "far in the line": where(linePosition, (position) => position >= 40),
    },
  };
}
