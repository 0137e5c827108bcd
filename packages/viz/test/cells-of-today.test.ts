/** Every cell of nn that has no picture of its own, over two steps. */
import { expect, test } from "vitest";
import { cellsOfToday } from "./gallery/cells-of-today.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

test.each(cellsOfToday)("$name", async ({ name, draw }) => {
  const svg = await draw();
  await expect(svg).toMatchFileSnapshot(`figures/cells/${name}.svg`);
  expect(problemsOf(readSvg(svg))).toEqual([]);
});

/** The letters below the functions of gates. */
const lettersOf = (svg: string): Set<string> =>
  new Set([...svg.matchAll(/>([^<>\s]+) {2}[\d×]+</g)].map(([, letter]) => letter!));

test.each([
  ["minimal-gated-unit", "f h̃"],
  ["sru", "f r"],
  ["qrnn", "f o z"],
  ["min-gru", "z"],
  ["min-lstm", "f i"],
  ["rg-lru", "i r"],
  ["slstm", "f i o z"],
  ["mlstm", "f i o"],
  ["conv-lstm", "c̃ f i o"],
])("gates of %s have their letters", async (name, letters) => {
  const figure = cellsOfToday.find((each) => each.name === name)!;
  expect([...lettersOf(await figure.draw())].sort()).toEqual(letters.split(" "));
});
