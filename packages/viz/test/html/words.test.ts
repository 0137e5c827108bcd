import { input, mean, mul, parameter, scan, square, tanh } from "@org/core";
import { renderHtml } from "@org/viz";
import { describe, expect, test } from "vitest";
import { english } from "../../src/html/english.ts";
import { pageScript } from "../../src/html/page-script.ts";
import { vietnamese } from "../../src/html/vietnamese.ts";
import { countOf, say } from "../../src/html/words.ts";
import { readPage } from "./read-page.ts";

/** Every sentence with its place. */
const sentences = (of: object, at = ""): [place: string, sentence: string][] =>
  Object.entries(of).flatMap(([name, value]: [string, object | string]) =>
    typeof value === "string"
      ? [[`${at}${name}`, value] as [string, string]]
      : sentences(value, `${at}${name}.`),
  );

const holes = (sentence: string): string[] => [...sentence.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

const w = parameter("w", 2);
const { ys } = scan((h, x) => ({ carry: tanh(mul(h, w)), y: mul(h, x) }), {
  init: 0.5,
  xs: input("x", [5]),
});
const loss = mean(square(ys));
const feeds = { x: [1, 2, 3, 4, 5] };

describe("the words of pages", () => {
  test("are the same sentences in every language, with the same to put in", () => {
    const [ours, theirs] = [sentences(english), sentences(vietnamese)];
    expect(theirs.map(([place]) => place)).toEqual(ours.map(([place]) => place));
    for (const [i, [place, sentence]] of ours.entries()) {
      const [, other] = theirs[i]!;
      expect(other.trim(), place).not.toBe("");
      expect(holes(other), place).toEqual(holes(sentence));
      // Nothing that HTML would read as its own.
      for (const text of [sentence, other]) expect(text, place).not.toMatch(/[<>"]|&(?!\W)/);
    }
  });

  test("are put together with numbers and names", () => {
    expect([1, 2, 1500].map((n) => countOf(n, english.mark))).toEqual(["1 mark", "2 marks", "1,500 marks"]);
    expect(say("{a} of {b}, {c}", { a: 1, b: "x {a}" })).toBe("1 of x {a}, ");
  });

  test("come with the page: its script holds none of them", () => {
    for (const [place, sentence] of sentences(english)) {
      // Pictures alone, without a page, are called so.
      if (sentence.length > 12 && place !== "bar.graph")
        expect(pageScript.includes(sentence), place).toBe(false);
    }
  });

  test("are those of the language, and English is left in names of ops alone", async () => {
    const page = async (language: "en" | "vi") =>
      readPage(await renderHtml(loss, { language, feeds, gradients: true, title: "RNN" }));
    const [en, vi] = [await page("en"), await page("vi")];
    expect(vi.html).toContain('<html lang="vi"');
    const { notes: _, ...words } = vietnamese;
    expect(vi.data.words).toEqual(words);
    const before = (html: string): string => html.slice(0, html.indexOf('id="data"'));
    const body = before(vi.html).slice(before(vi.html).indexOf("<body>"));
    for (const [place, sentence] of sentences(english.bar)) {
      const own = sentences(vietnamese.bar).find(([name]) => name === place)![1];
      if (own !== sentence && sentence.length > 4) expect(body.includes(`>${sentence}<`), place).toBe(false);
    }
    const told = ({ data }: typeof vi): string[] =>
      data.views.flatMap(({ marks, panels }) => [
        ...marks.flatMap(({ role, caption = "" }) => [role, caption]),
        ...panels.map(({ title }) => title),
      ]);
    const english_ = new Set(told(en).filter((text) => /[a-z]{3}/.test(text)));
    expect(english_.size).toBeGreaterThan(5);
    for (const text of told(vi)) expect(english_.has(text), text).toBe(false);
    // All else is the same.
    expect(vi.data.views.map(({ edges }) => edges)).toEqual(en.data.views.map(({ edges }) => edges));
  });

  test("notes too; an unknown language is refused", async () => {
    const { data } = readPage(await renderHtml(loss, { language: "vi", maxMarks: 9 }));
    expect(data.note).toMatch(/^Quá lớn để vẽ từng phép toán/);
    await expect(renderHtml(loss, { language: "fr" as never })).rejects.toThrow(
      new RangeError('language: expected "en" or "vi", received "fr"'),
    );
  });
});
