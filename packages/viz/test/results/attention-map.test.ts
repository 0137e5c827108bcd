import { attentionMap } from "@org/viz";
import fc from "fast-check";
import { expect, test } from "vitest";
import { channels, colorAt } from "../../src/results/ramps.ts";

const blue = (color: string): number => -channels(color)[0]!; // the ramp loses red

test("a cell for every weight that is not 0, at its row and column, darker where it is greater", () => {
  const weight = fc.double({ min: 0.01, max: 1, noNaN: true });
  const grid = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .chain(([q, k]) =>
      fc.array(fc.array(weight, { minLength: k, maxLength: k }), { minLength: q, maxLength: q }),
    );
  fc.assert(
    fc.property(grid, (weights) => {
      const svg = attentionMap(weights, {
        queries: weights.map((_, i) => `q${i}`),
        keys: weights[0]!.map((_, i) => `${i}`),
        cell: 10,
      });
      const inside = /<g class="weights"[^>]*>(.*?)<\/g>/.exec(svg)![1]!;
      const cells = [...inside.matchAll(/x="([\d.]+)" y="([\d.]+)" width="10" height="10" fill="(#\w+)"/g)];
      const [x0, y0] = [Number(cells[0]![1]), Number(cells[0]![2])];
      const drawn = weights.map((row) => row.map(() => ""));
      for (const [, x, y, fill] of cells) drawn[(Number(y) - y0) / 10]![(Number(x) - x0) / 10] = fill!;
      expect(drawn).toEqual(weights.map((row) => row.map((each) => colorAt("sequential", each))));
      const [small, great] = [Math.min(...weights.flat()), Math.max(...weights.flat())];
      expect(blue(colorAt("sequential", great))).toBeGreaterThanOrEqual(blue(colorAt("sequential", small)));
    }),
  );
});

test("refuses texts that do not fit, and shows texts as they are", () => {
  const options = { keys: ["<a>", "&"], queries: ["long words stand upright"] };
  expect(attentionMap([[Number.NaN, 0]], options)).toContain("&lt;a&gt;");
  expect(() => attentionMap([[1]], options)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: attentionMap: 1 queries and 2 keys for weights [1, 1]]`,
  );
  expect(() => attentionMap([[1, 0], [1]], options)).toThrow(/^attentionMap: rows of different lengths/);
  expect(() => attentionMap([[1, 0]], { ...options, cell: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: attentionMap: a cell is 1 to 1000 pixels wide, received 0]`,
  );
});
