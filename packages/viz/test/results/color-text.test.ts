import { colorText } from "@org/viz";
import { expect, test } from "vitest";

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
/** What a terminal shows: without its colours. */
const bare = (text: string): string => text.replace(/\p{Cc}\[[\d;]*m/gu, "");
const attributes = (svg: string, name: string): number[] =>
  [...svg.matchAll(new RegExp(` ${name}="([\\d.]+)"`, "g"))].map(([, value]) => Number(value));
const shown = (svg: string): string[] =>
  [...svg.split('<g class="legend"')[0]!.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text!);

test("each character on the colour of its activation, in all formats", () => {
  const ansi = colorText("ab?", [-1, 0, Number.NaN], { format: "ansi" });
  expect(ansi).toBe(
    "\u001b[48;2;0;84;138m\u001b[38;2;255;255;255ma\u001b[0m" +
      "\u001b[48;2;246;246;244m\u001b[38;2;0;0;0mb\u001b[0m" +
      "\u001b[48;2;0;0;0m\u001b[38;2;255;255;255m?\u001b[0m\n",
  );
  const html = colorText("ab?", [-1, 0, Number.NaN], { format: "html" });
  expect(
    [...html.matchAll(/background:(#\w+);color:(#\w+)" title="([^"]*)">(.)</g)].map((m) => m.slice(1)),
  ).toEqual([
    ["#00548a", "#ffffff", "−1", "a"],
    ["#f6f6f4", "#000000", "0", "b"],
    ["#000000", "#ffffff", "NaN", "?"],
  ]);
  const svg = colorText("ab?", [-1, 0, Number.NaN]);
  expect(
    [...svg.matchAll(/<g class="line">.*/g)].join().match(/fill="#(00548a|f6f6f4|000000)"/g),
  ).toHaveLength(3);
});

test("activations beyond the range take its colours; a range from 0 goes from light to dark", () => {
  const beyond = colorText("ab", [1, 9], { format: "html" });
  expect(new Set(beyond.match(/background:#\w+/g)).size).toBe(1);
  expect(colorText("a", [0], { format: "html", range: [0, 1] })).toContain("background:#f4f7fa");
});

test("newlines and tabs are shown, and newlines break the line", () => {
  const text = "a\tb\r\nc\n";
  expect(bare(colorText(text, ones(7), { format: "ansi" }))).toBe("a⇥b↵\nc↵\n");
  expect(colorText(text, ones(7)).match(/class="line"/g)).toHaveLength(2);
  expect(shown(colorText(text, ones(7)))).toEqual(["a", "⇥", "b", "↵", "c", "↵"]);
});

test("nothing in the text is markup, a command of a terminal or a change of direction", () => {
  const text = `<script>"&'\u001b[31m\u0000\u202e\u2066\ud800\ufeff\u2028`;
  const activations = ones([...text].length);
  const [svg, html, ansi] = (["svg", "html", "ansi"] as const).map((format) =>
    colorText(text, activations, { format }),
  );
  for (const out of [svg!, html!]) {
    expect(out).not.toContain("<script");
    expect(out).toContain(">&lt;<");
    expect(out).toContain(">&quot;<");
  }
  expect(bare(ansi!)).toBe(`<script>"&'�[31m������\n`);
  for (const out of [svg!, html!, bare(ansi!)])
    expect(out).not.toMatch(/(?!\n)\p{Cc}|[\u202e\u2066\ufeff\u2028]|\p{Cs}/u);
});

test("characters of several code points stay whole, with the activation of the last one", () => {
  const text = "👩‍👩‍👧e\u0301🏴󠁧󠁢󠁥󠁮󠁧󠁿";
  const points = [...text];
  const html = colorText(
    text,
    points.map((_, i) => (i === 4 ? 1 : -1)),
    { format: "html" },
  );
  expect([...html.matchAll(/title="([^"]*)">([^<]*)</g)].map((m) => [m[1], m[2]])).toEqual([
    ["1", "👩‍👩‍👧"],
    ["−1", "e\u0301"],
    ["−1", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
  ]);
});

test("right-to-left characters stand in the order of reading; wide ones take two places", () => {
  const svg = colorText("שא漢a", ones(4));
  const places = attributes(svg.split('<g class="legend"')[0]!.split("text-anchor")[1]!, "x");
  // A rectangle and a text for each.
  expect(places).toEqual([16, 25, 34, 38.5, 43, 47.5, 52, 56.5]);
  // A line that begins from the right: what is written from the left stands left of it.
  expect(shown(svg)).toEqual(["漢", "a", "א", "ש"]);
});

test("tokens take one activation each", () => {
  const html = colorText(["the", " cat"], [1, -1], { format: "html" });
  expect([...html.matchAll(/title="([^"]*)">/g)].map((m) => m[1])).toEqual([
    "1",
    "1",
    "1",
    "−1",
    "−1",
    "−1",
    "−1",
  ]);
});

test("long lines are broken, and everything lies in the picture", () => {
  const svg = colorText("x".repeat(100), ones(100), { columns: 40, title: "A title & more" });
  expect(svg.match(/class="line"/g)).toHaveLength(3);
  const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
  expect(width).toBe(2 * 16 + 40 * 9);
  expect(Math.max(...attributes(svg, "x"))).toBeLessThan(width! - 9);
  expect(Math.max(...attributes(svg, "y"))).toBeLessThan(height! - 4);
  expect(svg).toContain("A title &amp; more");
});

test("what cannot be drawn is refused", () => {
  expect(() => colorText("", [])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: no text to draw]`,
  );
  expect(() => colorText("ab", [1])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: 1 activations for 2 characters (code points)]`,
  );
  expect(() => colorText(["ab"], [1, 2])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: 2 activations for 1 tokens]`,
  );
  expect(() => colorText("a", [1], { range: [1, 1] })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: a range needs low < high, received 1, 1]`,
  );
  expect(() => colorText("a", [1], { columns: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: expected at least 2 columns, received 1]`,
  );
  const long = "x".repeat(20_001);
  expect(() => colorText(long, ones(20_001))).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: colorText: a picture holds 20000 characters, received 20001; take a part, or the html format]`,
  );
  expect(colorText(long, ones(20_001), { format: "ansi" })).toContain("x");
});

test("right-to-left text stands as it is read, brackets turned, Arabic letters joined", () => {
  const drawn = (text: string): string =>
    [...colorText(text, [...text].fill("0").map(Number)).matchAll(/<text [^>]*>([^<]*)<\/text>/g)]
      .map(([, sign]) => sign!)
      .slice(0, [...text].filter((sign) => sign.trim()).length)
      .join("");
  // Unicode Standard Annex 9: numbers keep their direction, brackets open to the other side.
  expect(drawn("ab שלום (12) cd")).toBe("ab(12)םולשcd");
  expect(drawn("שלום")).toBe("םולש");
  expect(drawn("abc")).toBe("abc");
  // Beh joins both neighbours, alef only the one before: the last beh stands alone.
  expect(drawn("باب")).toBe("ب\u200dاب\u200d");
});

test("on dark pages the ground is dark, and dark is what is near 0", () => {
  const svg = colorText("abc", [-1, 0, 1], { dark: true });
  expect(svg).toContain('fill="#11171d"');
  const luminance = [...svg.matchAll(/height="20" fill="#(\w{2})(\w{2})(\w{2})"/g)].map(([, ...parts]) =>
    parts.reduce((sum, part) => sum + Number.parseInt(part, 16), 0),
  );
  expect(luminance).toHaveLength(3);
  expect(luminance[1]!).toBeLessThan(200);
  expect(Math.min(luminance[0]!, luminance[2]!)).toBeGreaterThan(450);
  expect(colorText("a", [0], { dark: true, format: "html" })).toContain("color:#ffffff");
});
