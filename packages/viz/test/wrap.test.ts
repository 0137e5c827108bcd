/** Many columns of time, in rows below each other. */
import type { Tensor } from "@org/core";
import { renderSvg, type SvgPictureOptions } from "@org/viz";
import { describe, expect, test } from "vitest";
import * as models from "./gallery/models.ts";
import { feedsOf, languageModel } from "./gallery/networks.ts";
import { type Drawing, readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const rowsOf = ({ frames }: Drawing): string[][] => {
  const rows = new Map<number, string[]>();
  for (const { top, title } of frames) rows.set(top, [...(rows.get(top) ?? []), title]);
  return [...rows.entries()].sort(([a], [b]) => a - b).map(([, titles]) => titles);
};

const draw = async (tensor: Tensor, options: SvgPictureOptions): Promise<Drawing> =>
  readSvg(await renderSvg(tensor, options));

const character = models.characterLstm(25).tensors as Tensor;

describe("columns that would be wider than a page", () => {
  const backward = languageModel({ kind: "GRU", layers: 2, bidirectional: true, steps: 12 }).loss;
  test.each<[string, Tensor, SvgPictureOptions]>([
    ["a language model", character, { unroll: 25 }],
    ["with its gradients", character, { unroll: 25, gradients: true }],
    ["with the norm of each step", character, { unroll: 25, feeds: feedsOf([character]) }],
    ["in two directions", backward, { unroll: 12, gradients: true }],
  ])("stand in rows, soundly drawn: %s", async (_, tensor, options) => {
    const drawing = await draw(tensor, { ...options, detail: "cell" });
    expect(drawing.width).toBeLessThan(1700);
    const rows = rowsOf(drawing);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.flat()).toEqual(Array.from({ length: options.unroll as number }, (_, t) => `t = ${t}`));
    for (const row of rows.slice(0, -1)) expect(row.length).toBe(rows[0]!.length);
    expect(problemsOf(drawing)).toEqual([]);
  });

  test("the norm and the loss of each step stand above its column, in every row", async () => {
    const { loss, losses } = languageModel({ steps: 16 });
    const feeds = feedsOf([loss]);
    const svg = await renderSvg(loss, { unroll: 16, detail: "cell", feeds, losses });
    const { frames } = readSvg(svg);
    const strips = [...svg.matchAll(/<rect class="strip" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)];
    const told = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>loss [\d.]+</g)];
    expect([strips.length, told.length]).toEqual([16, 16]);
    frames.forEach(({ left, right, top }, i) => {
      const [, x, y, width] = strips[i]!.map(Number);
      expect([x, x! + width!]).toEqual([left, expect.closeTo(right, 1)]);
      expect(y! + 20).toBeLessThan(top);
      expect(Number(told[i]![2])).toBeLessThan(top);
      // Below the row before.
      for (const other of frames) if (other.top < top) expect(y).toBeGreaterThan(other.top + 100);
    });
  });

  test("few columns, and pictures whose lines lead elsewhere, stay one row", async () => {
    const few = await draw(character, { unroll: 4, detail: "cell" });
    expect(rowsOf(few)).toHaveLength(1);
    const open = await draw(character, { unroll: 5, detail: "op" });
    expect(rowsOf(open)).toHaveLength(1);
    expect(problemsOf(open)).toEqual([]);
  });
});
