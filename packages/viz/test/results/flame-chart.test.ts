import type { Profile } from "@org/core";
import { flameChart } from "@org/viz";
import { expect, test } from "vitest";
import { kernel } from "./figures.ts";

const profile: Profile = {
  milliseconds: 10,
  calls: 3,
  kernels: [
    kernel("slow", 4, ["LSTM", "gate"]),
    kernel("back", 3, ["LSTM", "gate"], true),
    kernel("quick", 2, ["LSTM"]),
    kernel("alone", 1, []),
  ],
  layers: [],
  lines: [],
};

/** Left, top, width and height of each bar, in tenths of the width and in rows. */
function barsOf(svg: string): number[][] {
  const paths = svg.matchAll(
    /<path d="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+Z" fill="#(?:c9d1da|8fc1e3|f2a878)"/g,
  );
  return [...paths].map(([, ...numbers]) => numbers.map((value, i) => Number(value) / (i % 2 ? 22 : 72)));
}

test("bars are as wide as they take time, in rows by region, kernels last", async () => {
  const svg = await flameChart(profile, { width: 720 });
  const rounded = barsOf(svg).map((bar) => bar.map((value) => Number(value.toFixed(2))));
  expect(rounded).toEqual([
    [0, 0, 10, 1], // the call
    [0, 1, 6, 1], // LSTM
    [0, 2, 4, 1], // its gate
    [0, 3, 4, 1], // slow
    [4, 2, 2, 1], // quick
    [6, 1, 3, 1], // LSTM, backward
    [6, 2, 3, 1], // its gate
    [6, 3, 3, 1], // back
    [9, 1, 1, 1], // alone
  ]);
  for (const name of ["call", "LSTM", "LSTM, backward", "slow", "quick", "alone"])
    expect(svg).toContain(`>${name}<`);
});

test("names are as long as there is room; bars that no pixel shows are left out", async () => {
  const long = kernel("a kernel with a name much longer than its bar", 0.8, ["LSTM"]);
  const svg = await flameChart({ ...profile, kernels: [...profile.kernels, long, kernel("dust", 1e-4, [])] });
  expect(svg).toMatch(/>a k[a-z ]*…</);
  expect(svg).not.toContain("dust");
});

test("nothing to draw is an error", async () => {
  await expect(flameChart({ ...profile, kernels: [] })).rejects.toThrow(
    "flameChart: a profile without kernels",
  );
});
