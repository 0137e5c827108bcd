import { sampleTable } from "@org/viz";
import { expect, test } from "vitest";

const texts = (svg: string): string[] =>
  [...svg.matchAll(/xml:space="preserve">([^<]*)</g)].map(([, text]) => text!);

test("a row per sample, its lines broken at newlines and columns", () => {
  const svg = sampleTable(
    [
      { name: "temperature 0.5", text: "the cat\nsat" },
      { name: "temperature 2", text: "x".repeat(25) },
      { name: "nothing", text: "" },
    ],
    { columns: 10 },
  );
  expect(texts(svg)).toEqual(["the cat↵", "sat", "x".repeat(10), "x".repeat(10), "xxxxx", "(empty)"]);
  expect(svg.match(/class="sample"/g)).toHaveLength(3);
  const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
  for (const [, x, y] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"/g)) {
    expect(Number(x)).toBeLessThan(width! - 10 * 8.43);
    expect(Number(y)).toBeLessThan(height! - 4);
  }
});

test("long samples end with an ellipsis", () => {
  const svg = sampleTable([{ name: "a", text: "x".repeat(25) }], { columns: 10, lines: 2 });
  expect(texts(svg)).toEqual(["x".repeat(10), `${"x".repeat(9)}…`]);
});

test("samples and names are text", () => {
  const svg = sampleTable([{ name: '<b> & "σ" 😀', text: "<script>\u0000\u202e שלום 👩‍👩‍👧" }], {
    title: "a & b",
  });
  expect(svg).not.toMatch(/<script|<b>|\u202e|(?!\n)\p{Cc}/u);
  expect(texts(svg)).toEqual(["&lt;script&gt;�� שלום 👩‍👩‍👧"]);
});

test("what cannot be drawn is refused", () => {
  expect(() => sampleTable([])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: sampleTable: no samples to draw]`,
  );
  expect(() => sampleTable([{ name: "a", text: "b" }], { columns: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: sampleTable: expected at least 2 columns and 1 line, received 0 and 6]`,
  );
});

test("on dark pages it is dark", () => {
  const svg = sampleTable([{ name: "a", text: "b" }], { dark: true });
  expect(svg).toContain('fill="#11171d"');
  expect(svg).not.toMatch(/#ffffff|#1f2933/);
});
