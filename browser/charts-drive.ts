import { writeFileSync } from "node:fs";
import { pageProgram } from "./page-program.ts";
import { assert, file, type Reader, until } from "./reader.ts";

/** A program of a page: charts and an image, bundled; the page forbids code that is made of text. */
const program = `
import { gradientFlow, heatmap, lineChart, liveInPage, renderPng } from "@org/viz";
const y = [3, 2, NaN, 1.5, 1];
const chart = await lineChart([{ name: "training", y }, { name: "one", y: [2] }], { title: "Loss", hover: true, smooth: 0.5, labels: "direct" });
document.body.innerHTML = chart + (await heatmap([[1, 2], [3, NaN]], { names: ["a", "b"] })) + (await gradientFlow([{ name: "RNN", norms: [1e-6, 1e-3, 1] }]));
const png = await renderPng(chart, { scale: 2 });
const live = document.createElement("div");
document.body.append(live);
const board = liveInPage(live, { every: 0, title: "In a page", sample: () => "<b>text" });
await board.start({ step: 0 });
await board.step({ step: 1, metrics: { loss: 2 } });
await board.end();
let evaluated = true;
try { new Function("return 1")(); } catch { evaluated = false; }
let refused = "";
try { await renderPng("<p>"); } catch (error) { refused = String(error); }
window.result = { png: [...png.slice(0, 24)], evaluated, refused, live: live.textContent };
`;

/** Charts in a page that forbids `eval`, and an image made there. */
export async function driveCharts(reader: Reader): Promise<void> {
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
  const script = await pageProgram(program);
  const html = `<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><body></body><script type="module">${script}</script>`;
  writeFileSync(file("charts.html"), html);
  const page = await reader.open(file("charts.html"), { size: [900, 1400] });
  await until(page, "window.result");
  const result = await page.evaluate<{ png: number[]; evaluated: boolean; refused: string; live: string }>(
    "window.result",
  );
  assert.equal(result.evaluated, false, "the page forbids eval");
  assert.deepEqual(result.png.slice(0, 4), [0x89, 0x50, 0x4e, 0x47]);
  const size = Buffer.from(result.png.slice(16, 24));
  const [width] = [await page.evaluate<number>("document.querySelector('svg').width.baseVal.value")];
  assert.equal(size.readUInt32BE(0), 2 * width);
  assert.match(result.refused, /RangeError: renderPng: not an SVG picture/);
  assert.match(result.live, /In a page.*loss.*<b>text/s);
  assert.ok((await page.locator("svg title").count()) >= 5, "numbers under the pointer");
  await page.screenshot({ path: file("charts.png") });
  await page.context().close();
}
