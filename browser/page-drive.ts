import { readFileSync, writeFileSync } from "node:fs";
import { type Tensor, tanh } from "@org/core";
import { renderHtml } from "@org/viz";
import type { Page } from "playwright-core";
import * as models from "../packages/viz/test/gallery/models.ts";
import { readPage } from "../packages/viz/test/html/read-page.ts";
import * as networks from "../packages/viz/test/networks.ts";
import { feedsOf } from "./feeds.ts";
import { assert, cpuOf, file, findings, type Reader, type Window } from "./reader.ts";

const windows: Readonly<Record<string, Window>> = {
  desk: { size: [1400, 850] },
  "desk-dark": { size: [1400, 850], dark: true },
  tablet: { size: [820, 1100] },
  "tablet-dark": { size: [820, 1100], dark: true },
  phone: { size: [390, 760] },
  "phone-dark": { size: [390, 760], dark: true },
};

async function draw(
  name: string,
  graphs: Parameters<typeof renderHtml>[0],
  options: object = {},
): Promise<ReturnType<typeof readPage>> {
  const html = await renderHtml(graphs, { title: name, ...options });
  writeFileSync(file(`${name}.html`), html);
  return readPage(html);
}

const shapes = (page: Page): Promise<number> => page.locator("#picture g[tabindex]").count();
const viewBox = (page: Page): Promise<string> =>
  page.evaluate('document.querySelector("#picture svg").getAttribute("viewBox")');

/** The page of a graph, used as a reader does: every button, at every size, light and dark. */
export async function drivePage(reader: Reader): Promise<string[]> {
  const rnn = networks.rnn();
  const { mark } = await draw("rnn", rnn, { gradients: true, feeds: feedsOf([rnn]) });
  for (const [name, window] of Object.entries(windows)) {
    const page = await reader.open(file("rnn.html"), window);
    await everyButton(page, name);
    await page.context().close();
  }
  await inspect(reader, (label) => mark(label).id);
  await vietnamese(reader);
  await beside(reader);
  await optimizer(reader);
  return large(reader);
}

async function everyButton(page: Page, name: string): Promise<void> {
  const [width] = [page.viewportSize()!.width];
  const bar = await page.locator(".toolbar").boundingBox();
  assert.ok(bar!.height < 60, `${name}: the toolbar is one row, not ${bar!.height} pixels high`);
  assert.ok(((await page.evaluate("document.documentElement.scrollWidth")) as number) <= width);
  assert.deepEqual(await findings(page), [], name);
  await page.screenshot({ path: file(`open-${name}.png`) });
  // Text is legible from the start: captions, which are the smallest, have nine pixels.
  const scale = await page.evaluate<number>(
    'document.querySelector("#picture").clientWidth / Number(document.querySelector("#picture svg").getAttribute("viewBox").split(" ")[2])',
  );
  assert.ok(scale * 8 >= 8.99, `${name}: captions of ${scale * 8} pixels`);
  const menu = page.locator("#more");
  if (await menu.isVisible()) {
    await menu.click();
    await page.screenshot({ path: file(`menu-${name}.png`) });
    assert.deepEqual(await findings(page), [], `${name}, menu`);
  }
  const ids = await page.evaluate<string[]>(
    '[...document.querySelectorAll("button")].filter((b) => b.getClientRects().length && b.id !== "more").map((b) => b.id || "[data-view=" + b.dataset.view + "]")',
  );
  assert.ok(ids.length >= 14, ids.join(" "));
  for (const id of ids) {
    const selector = id.startsWith("[") ? id : `#${id}`;
    const downloading = id.startsWith("save") ? page.waitForEvent("download") : undefined;
    await page.locator(selector).click();
    if (downloading) {
      const saved = file(`saved-${name}.${id.slice(5)}`);
      await (await downloading).saveAs(saved);
      const bytes = readFileSync(saved);
      if (id === "save-svg") assert.match(bytes.toString(), /^<svg[^>]*>[\s\S]*<\/svg>\s*$/);
      else assert.deepEqual([...bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    }
    assert.ok((await shapes(page)) > 0, `${name}: something is drawn after ${id}`);
  }
  assert.deepEqual(await findings(page), [], `${name}, after all`);
  await page.screenshot({ path: file(`after-${name}.png`) });
}

/** Search, choice, ways, folding, time, links, zoom and pan. */
async function inspect(reader: Reader, idOf: (label: string) => string): Promise<void> {
  const page = await reader.open(file("rnn.html"), windows.desk!);
  const found = page.locator("#found");
  const shape = (label: string) => page.locator(`#${idOf(label)}`);
  await page.locator("#unfold").click();
  const open = await shapes(page);
  assert.ok(open > 30);
  await page.keyboard.press("0");
  const whole = await viewBox(page);

  await page.keyboard.press("/");
  await page.keyboard.type("tanh");
  assert.equal(await found.textContent(), "1 of 3 marks");
  await page.keyboard.press("Shift+Enter");
  assert.equal(await found.textContent(), "3 of 3 marks");
  assert.equal(await page.locator("#picture .hit").count(), 3);
  for (const [text, count] of [
    ["s1", "1 of 2 marks"],
    ["16×4", "1 of 1 mark"],
    ["cell", "1 of 3 hits"],
    ["nothing", "no mark"],
  ] as const) {
    await page.locator("#search").fill(text);
    assert.equal(await found.textContent(), count, text);
  }
  await page.keyboard.press("Escape");

  await page.locator("#fit").click();
  await shape("s₁").hover();
  assert.match(
    (await page.locator("#tooltip").textContent())!,
    /s₁ = tanh\(x₁ @ U \+ s₀ @ W \+ b\).*mean.*‖∂L\/∂·‖/,
  );
  await shape("s₁").click();
  assert.match((await page.locator("#panel").textContent())!, /^s₁.*named result.*\[32, 16\].*f32.*t = 1/);
  assert.ok((await page.locator("#picture g.up").count()) > 10);
  assert.deepEqual(await findings(page), [], "a mark chosen");
  await shape("x₀").click({ modifiers: ["Shift"] });
  assert.match((await page.locator("#panel .path").textContent())!, /How s₁ depends on x₀/);
  await page.screenshot({ path: file("path.png") });
  const hash = decodeURIComponent(new URL(page.url()).hash.slice(1));
  assert.equal(hash, idOf("s₁"));

  await page.locator("#fold-one").click();
  assert.ok(!(await shape("s₁").isVisible()), "folded into its cell");
  assert.equal(await page.locator("#picture g.cell").count(), 1);
  await page.screenshot({ path: file("folded-one.png") });
  await page.locator("#picture g.cell").click();
  assert.equal(await shapes(page), open, "and unfolded again");
  await page.locator("#parameters").click();
  assert.equal(await shape("U").count(), 0);
  await page.locator("#parameters").click();
  await page.locator("#ways").click();
  assert.equal(await page.locator("#picture path.gradient").count(), 0);
  await page.locator("#ways").click();

  // Time: values as far as they have come, then gradients back.
  const coloured = (): Promise<number> => page.locator("#picture .coloured").count();
  const most = Number(await page.locator("#moment").getAttribute("max"));
  const seen: number[] = [];
  for (let place = 0; place <= most; place++) {
    await page.locator("#moment").fill(String(place));
    seen.push(await coloured());
    if (place === 2 || place === most - 1)
      await page.screenshot({ path: file(`time-${place === 2 ? "forward" : "back"}.png`) });
  }
  assert.equal(seen[0], 0);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
    "colours fill",
  );
  assert.match((await page.locator("#now").textContent())!, /^gradients back/);
  // The loss itself, and what makes it, have the gradient 1: the scale is that of the others.
  const scale = (await page.locator("#legend").textContent())!;
  assert.doesNotMatch(scale, /[\d.e−]+ ?1 ?log scale/, scale);
  assert.ok(
    (await page.locator("#picture g.strip.coloured").count()) > 0,
    "norms of steps have their colours",
  );
  await page.locator("#moment").fill("0");

  // Zoom and pan.
  await page.keyboard.press("Escape");
  await page.locator("#stage").click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("0");
  assert.equal(await viewBox(page), whole);
  await page.keyboard.press("+");
  assert.notEqual(await viewBox(page), whole);
  const before = (await shape("s₁").boundingBox())!;
  const [x, y] = [before.x + before.width / 2, before.y + before.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const part of [10, 40, 90]) await page.mouse.move(x + part, y);
  await page.mouse.up();
  const after = (await shape("s₁").boundingBox())!;
  assert.ok(Math.abs(after.x - before.x - 90) < 2, "the picture follows the pointer");
  assert.ok(!(await page.locator("#panel").isVisible()), "a drag chooses nothing");
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await page.locator("#search").isVisible()));
  await page.context().close();

  // A link opens at its mark; the keyboard does the rest.
  const linked = await reader.open(file("rnn.html"), { ...windows.desk!, hash: idOf("s₁") });
  assert.match((await linked.locator("#panel").textContent())!, /^s₁/);
  await linked.keyboard.press("Escape");
  await linked.locator("#theme").focus();
  await linked.keyboard.press("Tab");
  assert.match(
    (await linked.evaluate("document.activeElement.getAttribute('aria-label')")) as string,
    /marks, folded|shape \[/,
  );
  await linked.keyboard.press("Enter");
  await linked.context().close();
}

/** The page in Vietnamese: what it says is said in it. */
async function vietnamese(reader: Reader): Promise<void> {
  const rnn = networks.rnn();
  const { mark } = await draw("rnn-vi", rnn, { gradients: true, feeds: feedsOf([rnn]), language: "vi" });
  const page = await reader.open(file("rnn-vi.html"), windows.desk!);
  assert.deepEqual(await findings(page), [], "in Vietnamese");
  await page.locator("#unfold").click();
  await page.locator(`#${mark("s₁").id}`).click();
  assert.match((await page.locator("#panel").textContent())!, /kết quả có tên.*Kích thước.*Được đọc bởi/);
  await page.locator("#search").fill("tanh");
  assert.match((await page.locator("#found").textContent())!, /^1 trên 3 nút$/);
  await page.locator("#moment").fill("2");
  assert.match((await page.locator("#now").textContent())!, /^giá trị/);
  await page.screenshot({ path: file("vietnamese.png") });
  await page.context().close();
}

async function beside(reader: Reader): Promise<void> {
  const graphs = { RNN: networks.rnn(), LSTM: networks.lstm() };
  const feeds = { ...feedsOf([graphs.RNN]), ...feedsOf([graphs.LSTM]) };
  await draw("beside", graphs, { gradients: true, feeds });
  const page = await reader.open(file("beside.html"), windows.desk!);
  await page.locator("#fold").click();
  const texts = await page.locator("#picture svg > text").allTextContents();
  assert.ok(texts.includes("RNN") && texts.includes("LSTM"));
  assert.deepEqual(await findings(page), [], "two graphs");
  await page.screenshot({ path: file("beside.png") });
  await page.context().close();
}

/** A whole training step: the switch of the optimizer; chains fold; the picture opens where there is something. */
async function optimizer(reader: Reader): Promise<void> {
  const { tensors, parameters } = models.trainingStep();
  await draw("training", tensors, { parameters, unroll: 2 });
  const page = await reader.open(file("training.html"), windows.desk!);
  const names = (): Promise<string[]> => page.locator("#picture g[tabindex] text").allTextContents();
  const isAdam = (name: string): boolean => name === "optimizer";
  assert.ok((await names()).some(isAdam), (await names()).join(" "));
  const all = await shapes(page);
  await page.locator("#optimizer").click();
  assert.ok(!(await names()).some(isAdam), "the optimizer is left out");
  const left = await shapes(page);
  assert.ok(left < all, `${left} of ${all} marks are left: what only the optimizer reads goes with it`);
  assert.ok((await names()).includes("LSTM"), "the network stays");
  await page.screenshot({ path: file("without-optimizer.png") });
  await page.locator("#optimizer").click();
  assert.equal(await shapes(page), all);
  // Seen from the start: marks in every quarter of the stage's width and in both halves of its height.
  const places = await page.evaluate<[number, number][]>(
    '(() => { const s = document.querySelector("#stage").getBoundingClientRect(); return [...document.querySelectorAll("#picture g[tabindex]")].map((g) => g.getBoundingClientRect()).map((r) => [(r.x + r.width / 2 - s.x) / s.width, (r.y + r.height / 2 - s.y) / s.height]).filter(([x, y]) => x > 0 && x < 1 && y > 0 && y < 1); })()',
  );
  for (const half of [0, 1]) {
    assert.ok(places.filter(([, y]) => Math.floor(y * 2) === half).length >= 4, `half ${half} is not empty`);
    assert.ok(places.filter(([x]) => Math.floor(x * 2) === half).length >= 4, `side ${half} is not empty`);
  }
  assert.deepEqual(await findings(page), [], "a training step");
  await page.context().close();
}

/** What folding and panning cost where there is much. */
async function large(reader: Reader): Promise<string[]> {
  const lines: string[] = [];
  const deep = await draw("deep", networks.deepLstm(), { unroll: 30 });
  let flat: Tensor = networks.rnn();
  for (let i = 0; i < 1900; i++) flat = tanh(flat);
  await draw("flat", flat, { maxMarks: 20_000 });
  for (const [name, marks] of [
    ["deep", deep.view.marks.length],
    ["flat", 1900],
  ] as const) {
    const page = await reader.open(file(`${name}.html`), windows.desk!);
    await page.screenshot({ path: file(`${name}.png`) });
    const click = (id: string): string => `document.querySelector("#${id}").click()`;
    const times: Record<string, number[]> = { unfold: [], fold: [], pan: [] };
    for (let i = 0; i < 4; i++) {
      for (const id of ["unfold", "fold"]) times[id]!.push(await cpuOf(page, click(id)));
    }
    await page.evaluate(click("unfold"));
    await page.keyboard.press("0");
    await page.waitForTimeout(600);
    await page.screenshot({ path: file(`${name}-open.png`) });
    for (let i = 0; i < 3; i++) await page.keyboard.press("+");
    const pan = 'dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }))';
    for (let i = 0; i < 20; i++) times.pan!.push(await cpuOf(page, `document.${pan}`));
    assert.deepEqual(await findings(page), [], name);
    const median = (of: readonly number[]): string =>
      [...of].sort((a, b) => a - b)[of.length >> 1]!.toFixed(0);
    const told = Object.entries(times).map(([what, of]) => `${what} ${median(of)} ms`);
    lines.push(`${name}, ${marks} marks: ${told.join(", ")} of CPU (medians)`);
    await page.context().close();
  }
  return lines;
}
