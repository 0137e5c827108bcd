import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { isolated, type Served, serve } from "../bundles/serve.ts";
import { assert, file, type Reader, until } from "./reader.ts";

const root = join(import.meta.dirname, "..");
export const dist: string = join(root, "playground/dist");

/** Where hosts may put the folder: not at their root. */
export const place = "/some/where/";

/** Most thousands of compressed bytes of programs before the first step of training. */
const BUDGET = 150;

/** Builds the playground as everybody does. */
export function buildPlayground(): void {
  const command = ["-y", "pnpm@12", "playground", "build", "--logLevel", "error"];
  execFileSync("npx", command, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

const size: readonly [number, number] = [1300, 1000];

/** The exact loss of the last step. */
const exact = async (page: Page): Promise<number> =>
  Number(await page.locator("#loss").getAttribute("data-exact"));
export const stepOf = async (page: Page): Promise<number> =>
  Number((await page.locator("#step").textContent())!.replace(/\D/g, ""));

export const atStep = (page: Page, step: number): Promise<void> =>
  until(page, `Number(document.querySelector("#step")?.textContent.replace(/\\D/g, "")) >= ${step}`);
const says = (page: Page, id: string, text: string): Promise<void> =>
  until(page, `document.querySelector(${JSON.stringify(id)})?.textContent.includes(${JSON.stringify(text)})`);

/** Trains, pauses, reloads, saves and loads, with threads and without. */
export async function driveTraining(reader: Reader): Promise<string[]> {
  const server = await serve(dist, isolated, place);
  try {
    const report = await threaded(reader, server);
    return [report, ...(await alone(reader))];
  } finally {
    server.close();
  }
}

async function threaded(reader: Reader, server: Served): Promise<string> {
  const page = await reader.open(server.url, { size });
  await until(page, `performance.getEntriesByName("first-step").length > 0`);
  const report = await firstStep(page, server.asked);
  assert.equal(await page.evaluate("crossOriginIsolated"), true);
  assert.match((await page.locator("#built").textContent())!, /2 threads/);
  const first = await exact(page);
  await atStep(page, 120);
  // What is shown comes now and then while it trains: a pause may come before it, and a late first look needs more steps.
  await until(page, `Number(document.querySelector("#loss").dataset.exact) < ${first - 0.5}`);
  await page.locator("#sample").waitFor();
  await until(page, `document.querySelectorAll(".chart canvas").length >= 3`);
  await until(page, `document.querySelectorAll(".gates li").length === 3`);
  await page.locator("#pause").click();
  await page.locator("#play").waitFor();

  await keepsState(page);
  await savesAndLoads(page);
  await refuses(page);
  await ownTexts(page);
  await page.context().close();
  return report;
}

/** What was loaded before the first step: the programs within their budget. */
async function firstStep(page: Page, asked: Served["asked"]): Promise<string> {
  const [origin, paint, step] = await page.evaluate<[number, number, number]>(
    `[performance.timeOrigin, ...["first-contentful-paint", "first-step"].map((name) => performance.getEntriesByName(name)[0].startTime)]`,
  );
  const before = asked.filter(({ path, time }) => path.endsWith(".js") && time <= origin + step);
  const programs = [...new Set(before.map(({ path }) => path))].map((path) => {
    const { length } = gzipSync(readFileSync(join(dist, path)));
    return { name: path.replace(/^assets\/|-[\w-]{8}\.js$/g, ""), size: length / 1000 };
  });
  const total = programs.reduce((sum, { size }) => sum + size, 0);
  const parts = programs.map(({ name, size }) => `${name} ${size.toFixed(1)}`).join(", ");
  assert.ok(programs.length >= 2, `the page and its worker: ${parts}`);
  assert.ok(
    total <= BUDGET,
    `${total.toFixed(1)} kB of programs before the first step, at most ${BUDGET}: ${parts}`,
  );
  return `Playground: ${total.toFixed(1)} kB of programs with gzip before the first step (${parts}); painted after ${paint.toFixed(0)} ms, first step after ${step.toFixed(0)} ms`;
}

/** After a reload the same run stands where it stood, and goes on as it would have. */
async function keepsState(page: Page): Promise<void> {
  const [step, loss] = [await stepOf(page), await exact(page)];
  await page.reload();
  await atStep(page, step);
  assert.deepEqual([await stepOf(page), await exact(page)], [step, loss], "the same run after a reload");
  assert.ok(await page.locator("#play").isVisible(), "paused, as it was");
  await page.locator("#once").click();
  await atStep(page, step + 1);
  const next = await exact(page);
  await page.reload();
  await atStep(page, step + 1);
  assert.equal(await exact(page), next);
  await page.locator("input[name=learningRate]").fill("-3");
  await page.locator("#play").click();
  await atStep(page, step + 20);
  await page.locator("#pause").click();
  await page.locator("#play").waitFor();
  assert.match((await page.locator("output").first().textContent())!, /0\.0010/);
}

/** A run that goes on from a file makes the same steps as one that was not interrupted. */
async function savesAndLoads(page: Page): Promise<void> {
  const step = await stepOf(page);
  for (const what of ["weights", "checkpoint"]) {
    const download = page.waitForEvent("download");
    await page.locator(`#save-${what}`).click();
    await (await download).saveAs(file(`${what}.safetensors`));
  }
  const after: number[] = [];
  for (let i = 1; i <= 3; i++) {
    await page.locator("#once").click();
    await atStep(page, step + i);
    after.push(await exact(page));
  }
  await page.locator("input[name=load]").setInputFiles(file("checkpoint.safetensors"));
  await says(page, "[role=status]", "The file was loaded.");
  assert.equal(await stepOf(page), step);
  const again: number[] = [];
  for (let i = 1; i <= 3; i++) {
    await page.locator("#once").click();
    await atStep(page, step + i);
    again.push(await exact(page));
  }
  assert.deepEqual(again, after, "the same steps from the checkpoint");
  await page.locator("input[name=load]").setInputFiles(file("weights.safetensors"));
  await until(page, `document.querySelector("#step").textContent === "0"`);
}

/** What cannot be done is said in words, and nothing is lost. */
async function refuses(page: Page): Promise<void> {
  const refused = async (expected: RegExp): Promise<void> => {
    const failure = page.locator(".failure");
    await failure.waitFor();
    assert.match((await failure.textContent())!, expected);
  };
  const bytes = readFileSync(file("weights.safetensors"));
  writeFileSync(file("damaged.safetensors"), bytes.subarray(0, bytes.length >> 1));
  await page.locator("input[name=load]").setInputFiles(file("damaged.safetensors"));
  await refused(/damaged, or no safetensors file/);

  await page.locator("select[name=cell]").selectOption("typed");
  const equations = page.locator("textarea[name=equations]");
  await equations.fill("h = tanh(x @ W_xh + h @ W_hh + b_h)\nh = h + foo(x)");
  await page.locator("#begin").click();
  await until(page, `document.querySelector(".failure")?.textContent.includes("Line 2")`);
  await refused(
    /Line 2 of the equations is wrong.*no function is called "foo"\n.*h \+ foo\(x\)\n\s+\^ column 5/,
  );
  await equations.fill("c = f ⊙ c");
  await page.locator("#begin").click();
  await until(page, `document.querySelector(".failure")?.textContent.includes("A cell needs")`);

  await page.locator("select[name=text]").selectOption("own");
  await page.locator("textarea[name=own-text]").fill("  \n ");
  await page.locator("#begin").click();
  await until(page, `document.querySelector(".failure")?.textContent.includes("empty")`);
  await page.locator("textarea[name=own-text]").fill("so short");
  await page.locator("#begin").click();
  await until(page, `document.querySelector(".failure")?.textContent.includes("too short")`);
  assert.match((await page.locator("#built").textContent())!, /weights/, "the run before is still there");
}

/** A pasted text with emoji and without a line break, by a cell that is typed. */
async function ownTexts(page: Page): Promise<void> {
  await page
    .locator("textarea[name=own-text]")
    .fill("The whale 🐋 and the 🦭 swam on 🌊 and on. ".repeat(60));
  await page
    .locator("textarea[name=equations]")
    .fill("z = σ(x @ W_xz + h @ W_hz)\nh = (1 - z) ⊙ h + z ⊙ tanh(x @ W_xh + h @ W_hh + b)");
  await page.locator("input[name=hidden]").fill("24");
  await page.locator("input[name=layers]").fill("2");
  await page.locator("#begin").click();
  await until(page, `document.querySelector("#built").textContent.includes("17 different")`);
  await atStep(page, 150);
  await page.locator("#pause").click();
  await page.locator("#play").waitFor();
  assert.ok((await exact(page)) < 2.2, `it learns: ${await exact(page)}`);
  await page.locator("#write").click();
  await page.locator("#sample").waitFor();
  assert.match((await page.locator("#sample").textContent())!, /🐋|🦭|🌊/);
}

/** A host that sends no headers: one thread at first, threads from the second visit on, and no network at the third. */
async function alone(reader: Reader): Promise<string[]> {
  const server = await serve(dist, {}, place);
  const page = await reader.open(server.url, { size });
  await atStep(page, 60);
  assert.equal(await page.evaluate("crossOriginIsolated"), false);
  assert.match((await page.locator("#built").textContent())!, /1 thread\b/);
  assert.ok((await exact(page)) < 3.6, `the loss falls: ${await exact(page)}`);
  await until(page, "navigator.serviceWorker.controller !== null");
  await page.locator("#pause").click();
  await page.locator("#play").waitFor();
  await page.reload();
  await until(page, `crossOriginIsolated && document.querySelector("#built")`);
  server.close();
  await page.reload();
  await atStep(page, 60);
  await page.locator("#once").click();
  await page.context().close();
  return [];
}
