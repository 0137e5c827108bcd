import { parameter, tanh } from "@org/core";
import { renderPng, renderSvg } from "@org/viz";
import { describe, expect, test } from "vitest";
import { figures } from "./figures.ts";
import { tinyFont } from "./tiny-font.ts";

const picture = (body: string, width = 40, height = 20): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="#fff"/>${body}</svg>`;
/** Width and height as the header of the image has them. */
const size = (png: Uint8Array): [number, number] => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

test("an image of the picture's size times the scale", async () => {
  const png = await renderPng(picture(""));
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  expect(size(png)).toEqual([80, 40]);
  expect(size(await renderPng(picture(""), { scale: 1.5 }))).toEqual([60, 30]);
});

test("every figure becomes an image, the same at each call", async () => {
  for (const [name, draw] of Object.entries(figures)) {
    const svg = await draw();
    const png = await renderPng(svg, { scale: 1 });
    expect(size(png), name).toEqual(
      ["width", "height"].map((side) => Number(new RegExp(`${side}="(\\d+)`).exec(svg)![1])),
    );
    expect(Buffer.compare(png, await renderPng(svg, { scale: 1 })), name).toBe(0);
  }
});

test("text is set in the fonts of the package: upright, bold, of one width", async () => {
  const draw = (text: string, style = "") =>
    renderPng(picture(`<text x="2" y="15"${style}>${text}</text>`, 120));
  const empty = await draw("");
  const images = await Promise.all([
    draw("∂L ⊙ σ"),
    draw("שלום"),
    draw("∂L ⊙ σ", ' font-weight="bold"'),
    draw("∂L ⊙ σ", ' font-family="DejaVu Sans Mono"'),
  ]);
  const all = [empty, ...images].map((png) => Buffer.from(png).toString("base64"));
  expect(new Set(all).size).toBe(5);
  expect(await draw("a", ' font-family="Helvetica, sans-serif"')).toEqual(
    await draw("a", ' font-family="DejaVu Sans"'),
  );
});

describe("characters that the fonts lack", () => {
  const draw = (text: string, fonts: readonly Uint8Array[] = []): Promise<Uint8Array> =>
    renderPng(picture(`<text x="2" y="15">${text}</text>`, 120), { fonts });

  test("are drawn as �: Chinese, and emoji, of several characters too", async () => {
    expect(await draw("a 中文 b")).toEqual(await draw("a \ufffd\ufffd b"));
    expect(await draw("🧠")).toEqual(await draw("\ufffd"));
    expect(await draw("👩🏽\u200d🔬!")).toEqual(await draw("\ufffd!"));
    expect(await draw("🙂")).toEqual(await draw("\ufffd"));
    expect(await draw("שלום Δ ⊙")).not.toEqual(await draw("\ufffd Δ ⊙"));
  });

  test("unless a font that is handed in has them", async () => {
    const fonts = [tinyFont("中🧠")];
    expect(await draw("中", fonts)).not.toEqual(await draw("中"));
    expect(await draw("中", fonts)).toEqual(await draw("🧠", fonts));
    expect(await draw("文", fonts)).toEqual(await draw("\ufffd", fonts));
    expect(await draw("tanh", fonts)).toEqual(await draw("tanh"));
  });
});

test("tensors are drawn by renderSvg", async () => {
  const y = tanh(parameter("w", [1, 2]));
  const options = { gradients: true };
  expect(await renderPng(y, { ...options, scale: 1 })).toEqual(
    await renderPng(await renderSvg(y, options), { scale: 1 }),
  );
});

test("what cannot be drawn is refused", async () => {
  await expect(renderPng("<p>")).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: renderPng: not an SVG picture: SVG data parsing failed cause the root node was opened but never closed]`,
  );
  await expect(renderPng("")).rejects.toThrow(/^renderPng: not an SVG picture/);
  await expect(renderPng(picture(""), { scale: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: renderPng: expected a scale above 0, received 0]`,
  );
  await expect(renderPng(picture("", 9000, 9000))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: renderPng: more than 100 million pixels (9000 × 9000 at scale 2); choose a smaller scale]`,
  );
});
