/** How long pictures of large graphs take: `npx tsx packages/viz/test/timing.ts`. The second of two calls counts. */
import { renderHtml, renderSvg, type SvgPictureOptions } from "@org/viz";
import { languageModel } from "./gallery/networks.ts";

async function time(what: string, goal: number, steps: number, options: SvgPictureOptions): Promise<void> {
  const { loss } = languageModel({ kind: "LSTM", steps });
  await renderSvg(loss, options);
  const start = performance.now();
  const svg = await renderSvg(loss, options);
  const took = performance.now() - start;
  const [marks, columns] = [/<g class="\w+" id/g, /<g class="step"/g].map(
    (sign) => svg.match(sign)?.length ?? 0,
  );
  const verdict = took < goal ? "" : `, more than ${goal} ms`;
  console.log(`${what}: ${marks} marks in ${columns} columns, ${Math.round(took)} ms${verdict}`);
}

await time("an LSTM, every operation", 1000, 75, { unroll: 75 });
await time("the same with gradients", 1000, 75, { unroll: 75, gradients: true });
await time("an LSTM, cells of 1,000 steps", 2000, 1000, { unroll: 1000, detail: "cell" });
await time("the same with gradients", 2000, 1000, { unroll: 1000, detail: "cell", gradients: true });
await time("10,000 steps, cells", 10_000, 10_000, { unroll: 10_000, detail: "cell" });
const { loss } = languageModel({ kind: "LSTM", steps: 20 });
const start = performance.now();
const page = await renderHtml(loss, { unroll: 20 });
console.log(
  `a page of 20 steps: ${Math.round(page.length / 1024)} kB, ${Math.round(performance.now() - start)} ms`,
);
