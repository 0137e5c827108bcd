import { describe, expect, test } from "vitest";
import { gallery } from "./gallery/figures.ts";
import { galleryPage } from "./gallery/page.ts";
import { readSvg } from "./read-svg.ts";
import { readChart, textProblems } from "./results/read-chart.ts";
import { problemsOf } from "./structure.ts";

const rows = Array.from({ length: 22 }, (_, i) => `C${String(i + 1).padStart(2, "0")}`);
/** Drawn by Vega-Lite, or a text with no lines. */
const charts = ["saturation-of-tanh", "gradients-over-time", "probes", "prediction"];

test("every row of the checklist has a figure, and a name of its own", () => {
  expect([...new Set(gallery.map(({ row }) => row))]).toEqual(rows);
  expect(new Set(gallery.map(({ name }) => name)).size).toBe(gallery.length);
});

describe.each(gallery)("$row $name", ({ row, name, draw }) => {
  test("is the picture that was looked at, and the same at each call", async () => {
    const svg = await draw();
    expect(await draw()).toBe(svg);
    await expect(svg).toMatchFileSnapshot(`figures/${row}-${name}.svg`);
  });

  if (name === "color-text") return;
  test("nothing overlaps, texts lie in their boxes, lines end at theirs, columns are in order", async () => {
    const svg = await draw();
    if (charts.includes(name)) {
      expect(textProblems(readChart(svg))).toEqual([]);
      return;
    }
    const drawing = readSvg(svg);
    expect(drawing.shapes.length).toBeGreaterThan(5);
    expect(drawing.lines.length).toBeGreaterThan(4);
    expect(problemsOf(drawing)).toEqual([]);
    const steps = drawing.frames.filter(({ title }) => title.startsWith("t = "));
    steps.slice(1).forEach((frame, i) => {
      expect(frame.left).toBeGreaterThan(steps[i]!.right);
    });
  });
});

test("the page has them all, as images, and loads nothing", async () => {
  const drawn = await Promise.all(gallery.map(async (each) => ({ ...each, svg: await each.draw() })));
  const page = galleryPage(drawn);
  expect(page.match(/<img src="data:image\/svg\+xml;base64,/g)).toHaveLength(gallery.length);
  expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
});
