import { array } from "@org/core";
import { imageGrid } from "@org/viz";
import fc from "fast-check";
import { expect, test } from "vitest";

/** The colour of every point of every image, read back from the picture. */
function read(svg: string, width: number): string[][] {
  return [...svg.matchAll(/<g class="image"[^>]*>(.*?)<\/g>/g)].map(([, inside]) => {
    const [, x, y, across, down, ground] =
      /<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" fill="(#\w+)"/.exec(inside!)!;
    const scale = Number(across) / width;
    const colors: string[] = new Array((width * Number(down)) / scale).fill(ground!);
    for (const [, fill, left, top, length] of inside!.matchAll(
      /<path fill="(#\w+)" d="M(\d+),(\d+)h(\d+)v/g,
    )) {
      const at = ((Number(top) - Number(y)) / scale) * width + (Number(left) - Number(x)) / scale;
      colors.fill(fill!, at, at + Number(length) / scale);
    }
    return colors;
  });
}

test("every point is there in its colour", () => {
  const images = fc
    .record({
      count: fc.integer({ min: 1, max: 5 }),
      channels: fc.constantFrom(1, 3),
      height: fc.integer({ min: 1, max: 4 }),
      width: fc.integer({ min: 1, max: 4 }),
    })
    .chain((sizes) => {
      const length = sizes.count * sizes.channels * sizes.height * sizes.width;
      const value = fc.oneof(
        fc.constantFrom(0, 1, 0.5, -2, 7, Number.NaN, Infinity),
        fc.float({ min: 0, max: 1, noNaN: true }),
      );
      return fc.record({
        ...Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, fc.constant(size)])),
        values: fc.array(value, { minLength: length, maxLength: length }),
      } as never) as fc.Arbitrary<typeof sizes & { values: number[] }>;
    });
  fc.assert(
    fc.property(
      images,
      fc.integer({ min: 1, max: 6 }),
      ({ count, channels, height, width, values }, perRow) => {
        const svg = imageGrid(array(Float32Array.from(values), { shape: [count, channels, height, width] }), {
          perRow,
        });
        const byte = (value: number): string =>
          Math.round(255 * Math.min(1, Math.max(0, Math.fround(value))))
            .toString(16)
            .padStart(2, "0");
        const expected = Array.from({ length: count }, (_, i) =>
          Array.from({ length: height * width }, (_, at) => {
            const light = [0, 1, 2].map(
              (channel) => values[(i * channels + (channels === 1 ? 0 : channel)) * height * width + at]!,
            );
            return light.every(Number.isFinite) ? `#${light.map(byte).join("")}` : "#ff00ff";
          }),
        );
        expect(read(svg, width)).toEqual(expected);
      },
    ),
  );
});

test("captions are broken between words, stand below their image and lie in the picture", () => {
  const svg = imageGrid(array(new Float32Array(3 * 4), { shape: [3, 1, 2, 2] }), {
    captions: ["a small red circle left of a large <blue> square", ["no", "right: yes"], []],
    perRow: 2,
    width: 80,
  });
  const texts = [...svg.matchAll(/<text x="(\d+)" y="(\d+)" fill="(#\w+)">([^<]*)</g)].map(
    ([, x, y, fill, text]) => ({ x: Number(x), y: Number(y), fill, text }),
  );
  expect(texts.map(({ text }) => text)).toEqual([
    "a small red",
    "circle left",
    "of a large",
    "&lt;blue&gt;",
    "square",
    "no",
    "right: yes",
  ]);
  expect(new Set(texts.slice(0, 6).map(({ fill }) => fill)).size).toBe(1);
  expect(texts[6]!.fill).not.toBe(texts[5]!.fill);
  const [, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
  expect(texts.every(({ y }) => y < height! - 4)).toBe(true);
  expect(texts.slice(5).every(({ x }) => x > texts[0]!.x + 80)).toBe(true);
});

test("what cannot be drawn is refused", () => {
  const two = array(new Float32Array(8), { shape: [2, 1, 2, 2] });
  const refused = [
    () => imageGrid(array([[0, 1]])),
    () => imageGrid(array(new Float32Array(8), { shape: [1, 2, 2, 2] })),
    () => imageGrid(array(new Float32Array(0), { shape: [0, 1, 2, 2] })),
    () => imageGrid(two, { captions: ["one"] }),
    () => imageGrid(two, { perRow: 0 }),
    () => imageGrid(two, { width: Number.NaN }),
  ].map((draw) => {
    try {
      return draw();
    } catch (error) {
      return String(error);
    }
  });
  expect(refused).toMatchInlineSnapshot(`
    [
      "RangeError: imageGrid: expected images [count, 1 or 3 channels, height, width], received [1, 2]",
      "RangeError: imageGrid: expected images [count, 1 or 3 channels, height, width], received [1, 2, 2, 2]",
      "RangeError: imageGrid: expected images [count, 1 or 3 channels, height, width], received [0, 1, 2, 2]",
      "RangeError: imageGrid: expected a caption for each of 2 images, received 1",
      "RangeError: imageGrid: expected rows of at least 1 image, above 0 pixels wide, received 0 and 120",
      "RangeError: imageGrid: expected rows of at least 1 image, above 0 pixels wide, received 6 and NaN",
    ]
  `);
});
