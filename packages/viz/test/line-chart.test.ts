import { lineChart } from "@org/viz";
import { expect, test } from "vitest";

const lines = (svg: string): string[] =>
  [...svg.matchAll(/<path aria-label[^>]*aria-roledescription="line mark" d="([^"]*)"/g)].map(([, d]) => d!);

test("a line and an entry of the legend per series, with title and axes", async () => {
  const svg = await lineChart(
    [
      { name: "training", y: [3, 2, 1.5] },
      { name: "held-out", x: [0, 2], y: Float32Array.of(3.2, 2) },
    ],
    { title: "Loss", xLabel: "epoch", yLabel: "nats", width: 300, height: 200 },
  );
  expect(lines(svg)).toHaveLength(2);
  for (const text of ["training", "held-out", "Loss", "epoch", "nats"]) expect(svg).toContain(`>${text}<`);
  expect(lines(svg)[0]!.startsWith("M0,")).toBe(true);
  expect(lines(svg)[0]).toMatch(/L300,[\d.]+$/);
});

test("what is not finite leaves a gap, and so does what a logarithm does not take", async () => {
  expect(lines(await lineChart([{ name: "a", y: [1, 2, Number.NaN, 2, 1] }]))[0]!.match(/M/g)).toHaveLength(
    2,
  );
  const [line] = lines(
    await lineChart([{ name: "a", y: [1, 0.1, 0, 0.01, -1] }], { logY: true, height: 200 }),
  );
  expect(line!.match(/M/g)).toHaveLength(2);
});

test("equal ratios have equal heights on a logarithmic axis", async () => {
  const [line] = lines(await lineChart([{ name: "a", y: [1, 0.1, 0.01] }], { logY: true, height: 200 }));
  const heights = [...line!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
  expect(heights).toEqual([0, 100, 200]);
});

test("names are text", async () => {
  const svg = await lineChart([{ name: '<script>alert("σ")</script>', y: [1, 2] }], { title: "a & b" });
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("a &amp; b");
});

test("the same data give the same bytes; no data give an empty chart", async () => {
  const draw = () => lineChart([{ name: "a", y: [1, 4, 2] }], { title: "again" });
  expect(await draw()).toBe(await draw());
  expect(lines(await lineChart([]))).toEqual([]);
  expect(await lineChart([{ name: "a", y: [] }])).toMatch(/^<svg/);
});

test("a series has a position for each height", async () => {
  await expect(lineChart([{ name: "a", x: [1], y: [1, 2] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: lineChart: "a" has 1 positions for 2 heights]`,
  );
});
