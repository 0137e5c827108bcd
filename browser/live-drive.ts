import { renderSvg } from "@org/viz";
import { serveLive } from "@org/viz/node";
import * as networks from "../packages/viz/test/networks.ts";
import { feedsOf } from "./feeds.ts";
import { assert, file, findings, type Reader, until } from "./reader.ts";

/** The page that a training serves, while it runs and when it has ended. */
export async function driveLive(reader: Reader): Promise<void> {
  const rnn = networks.rnn();
  const feeds = feedsOf([rnn]);
  let step = 0;
  const live = serveLive({
    title: "A training",
    every: 0,
    gradients: () =>
      Object.fromEntries(["U", "W", "V"].map((name, i) => [`rnn.${name}`, 10 ** -(i + step / 8)])),
    gates: () => [{ name: "input", low: [0.1, 0.5, 0.2], high: [0.3, 0.2, 0.6] }],
    sample: () => `after ${step} steps <b>`,
    graph: () => renderSvg(rnn, { unroll: 2, gradients: true, feeds }),
  });
  const page = await reader.open(await live.url, { size: [1300, 1500] });
  await live.start({ step: 0 });
  for (step = 1; step <= 12; step++) await live.step({ step, metrics: { loss: 3 / step } });
  await live.validation({ step: 12, metrics: { loss: 0.4 } });
  await page.locator("section[data-id=sample]").waitFor();
  assert.equal(await page.locator("#state").textContent(), "running");
  await live.end();
  await until(page, "document.querySelector('#state').textContent === 'ended'");
  const ids = await page
    .locator("section")
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.id));
  assert.deepEqual(ids, ["metric loss", "gradients", "gates", "graph", "sample"]);
  assert.match((await page.locator("section[data-id=sample]").textContent())!, /after \d+ steps <b>/);
  assert.deepEqual(await findings(page), [], "the live page");
  await page.screenshot({ path: file("live.png") });
  await page.context().close();
}
