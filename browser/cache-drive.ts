import { writeFileSync } from "node:fs";
import { pageProgram } from "./page-program.ts";
import { assert, file, type Reader, until } from "./reader.ts";

/** Trains three steps, and says whether its program was found, or compiled and kept. */
const program = `
import { add, compileAsync, constant, createRuntime, grad, input, matmul, mul, parameter, scan, sub, sum, tanh } from "@org/core";
import { databaseCache } from "@org/core/browser";

let [found, kept] = [0, 0];
const database = databaseCache("kept-programs");
const cache = {
  entry(runtime, draft) {
    const entry = database.entry(runtime, draft);
    return entry && {
      load: () => entry.load(),
      restore(make, anew) {
        const job = entry.restore(make, anew);
        if (job) found++;
        return job;
      },
      keep(program) {
        kept++;
        entry.keep(program);
      },
    };
  },
};
const xs = input("xs", [6, 2]);
const w = parameter("w", [[0.2, -0.1], [0.4, 0.3]]);
const { ys } = scan((h, x) => {
  const next = tanh(add(matmul(h, w), x));
  return { carry: next, y: next };
}, { init: constant([0, 0]), xs });
const loss = sum(mul(ys, [1, 0.5]));
const updates = [[w, sub(w, mul(0.1, grad(loss, w)))]];
const step = await compileAsync({ inputs: { xs }, outputs: { loss }, updates, runtime: createRuntime({ cache }) });
const losses = [1, 2, 3].map(() => step({ xs: Array.from({ length: 6 }, (_, i) => [i / 6, 1]) }).loss.item());
await new Promise((soon) => setTimeout(soon, 500)); // until it is written
document.body.textContent = JSON.stringify({ found, kept, losses });
`;

/** A program that was compiled on one visit is found on the next one. */
export async function driveCache(reader: Reader): Promise<void> {
  const script = await pageProgram(program);
  writeFileSync(
    file("kept.html"),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Kept</title><body><script type="module">${script}</script></body></html>`,
  );
  const page = await reader.open(file("kept.html"), { size: [400, 300] });
  const visit = async (): Promise<{ found: number; kept: number; losses: number[] }> => {
    await until(page, "document.body.textContent.startsWith('{\"found\"')");
    return JSON.parse((await page.locator("body").textContent())!);
  };
  const first = await visit();
  await page.reload();
  const second = await visit();
  assert.deepEqual([first.found, first.kept, second.found, second.kept], [0, 1, 1, 0]);
  assert.ok(first.losses[2]! < first.losses[0]!, "it trains");
  assert.deepEqual(second.losses, first.losses);
  await page.context().close();
}
