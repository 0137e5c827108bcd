/**
 * Uses the page as a reader does, in a headless Chromium, and leaves screenshots in out/pages:
 * `npx tsx packages/viz/test/html/drive.ts`. Run by hand; `CHROMIUM` is the program, by default `chromium`.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ancestors, type Nested, Parameter, type Tensor } from "@org/core";
import { renderHtml } from "@org/viz";
import * as networks from "../networks.ts";
import { Browser } from "./browser.ts";
import { readPage } from "./read-page.ts";

const folder = join(import.meta.dirname, "../../../../out/pages");
mkdirSync(folder, { recursive: true });
const file = (name: string): string => join(folder, name);

/** Numbers that look random and are the same each time. */
let state = 1;
const next = (): number => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647 - 0.5;
};

const filled = ([length, ...inner]: readonly number[], value: () => number): Nested =>
  length === undefined ? value() : Array.from({ length }, () => filled(inner, value));

/** Values for all inputs, and parameters that are not all the same. */
function feedsOf(tensors: readonly Tensor[]): Record<string, Nested> {
  const leaves = ancestors(tensors).filter(({ inputs }) => inputs.length === 0);
  const feeds: Record<string, Nested> = {};
  for (const leaf of leaves) {
    const tensor = leaf.result();
    if (tensor instanceof Parameter) tensor.value = filled(tensor.shape, next);
    const index = tensor.dtype === "i32";
    if (leaf.op.name === "input")
      feeds[tensor.name!] = filled(tensor.shape, index ? () => Math.floor((next() + 0.5) * 16) : next);
  }
  return feeds;
}

const draw = async (name: string, tensor: Tensor, options: object): Promise<ReturnType<typeof readPage>> => {
  const html = await renderHtml(tensor, { title: name, feeds: feedsOf([tensor]), ...options });
  writeFileSync(file(`${name}.html`), html);
  return readPage(html);
};

const browser = new Browser(process.env.CHROMIUM ?? "chromium");
const text = (selector: string): Promise<string> =>
  browser.read(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
const shown = (selector: string): Promise<boolean> =>
  browser.read(`document.querySelector(${JSON.stringify(selector)}).getClientRects().length > 0`);
const number = (expression: string): Promise<number> => browser.read(expression);
const ofClass = (name: string): Promise<number> =>
  number(`document.querySelectorAll(".view:not([hidden]) g.${name}").length`);
const viewBox = (): Promise<string> =>
  browser.read('document.querySelector(".view:not([hidden]) svg").getAttribute("viewBox")');
const style = (selector: string, property: string): Promise<string> =>
  browser.read(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);

const rnn = await draw("rnn", networks.rnn(), { gradients: true });
const id = (label: string): string => `#${rnn.mark(label).id}`;
await browser.open(file("rnn.html"), [1400, 850]);
await browser.screenshot(file("1-open.png"));

// Search: names and ops, digits for lowered ones, Enter goes round.
await browser.press("/");
await browser.type("tanh");
assert.equal(await text("#found"), "1 of 3 marks");
for (const place of ["2", "3", "1"]) {
  await browser.press("Enter");
  assert.equal(await text("#found"), `${place} of 3 marks`);
}
await browser.press("Enter", { shift: true });
assert.equal(await text("#found"), "3 of 3 marks");
assert.equal(await ofClass("hit"), 3);
const [hitX, hitY] = await browser.place("g.current");
const [stageX, stageY] = await browser.place("#stage");
assert.ok(Math.hypot(hitX - stageX, hitY - stageY) < 30, "the hit stands in the middle");
await browser.screenshot(file("2-search.png"));
await browser.press("Escape");
assert.equal(await ofClass("hit"), 0);
await browser.press("/");
await browser.type("s1");
assert.equal(await text("#found"), "1 of 2 marks");
await browser.press("Escape");
await browser.press("0");

// Tooltip, click, ancestors and descendants.
await browser.mouse("mouseMoved", ...(await browser.place(id("s₁"))));
await browser.settle();
assert.ok(await shown("#tooltip"));
assert.match(await text("#tooltip"), /s₁ = tanh\(x₁ @ U \+ s₀ @ W \+ b\).*mean.*‖∂L\/∂·‖/);
await browser.click(id("s₁"));
assert.match(await text("#panel"), /^s₁.*named result.*\[32, 16\].*f32.*t = 1.*networks\.ts:\d+/);
assert.ok((await ofClass("up")) > 10 && (await ofClass("down")) > 5);
await browser.screenshot(file("3-click.png"));

// The ways between two marks.
await browser.click(id("x₀"), true);
assert.match(await text("#panel .path"), /How s₁ depends on x₀/);
assert.ok((await ofClass("way")) > 5);
await browser.screenshot(file("4-path.png"));
await browser.click(id("x₁"), true);
assert.match(await text("#panel .path"), /How s₁ depends on x₁5 steps/);
await browser.press("Escape");
assert.ok(!(await shown("#panel")));
assert.equal(await ofClass("chosen"), 0);

// Zoom and pan.
const whole = await viewBox();
await browser.press("+", { text: "+" });
const near = await viewBox();
assert.notEqual(near, whole);
await browser.press("ArrowRight");
assert.notEqual(await viewBox(), near);
await browser.press("0", { text: "0" });
assert.equal(await viewBox(), whole);
await browser.send("Input.dispatchMouseEvent", {
  type: "mouseWheel",
  x: 700,
  y: 400,
  deltaX: 0,
  deltaY: -240,
});
await browser.settle();
assert.notEqual(await viewBox(), whole);
const [dragX, dragY] = await browser.place(id("s₁"));
await browser.mouse("mousePressed", dragX, dragY);
for (const part of [10, 40, 90]) await browser.mouse("mouseMoved", dragX + part, dragY, { buttons: 1 });
await browser.mouse("mouseReleased", dragX + 90, dragY);
await browser.settle();
const [draggedX] = await browser.place(id("s₁"));
assert.ok(Math.abs(draggedX - dragX - 90) < 2, "the picture follows the pointer");
assert.ok(!(await shown("#panel")), "a drag chooses nothing");

// Gradients as colours, rolled and unrolled, light and dark.
await browser.click("#colours");
assert.match(await text("#legend"), /‖∂L\/∂node‖.*log scale/);
assert.ok((await ofClass("coloured")) > 30);
await browser.click("#theme");
assert.equal(await style("body", "backgroundColor"), "rgb(17, 23, 29)");
assert.equal(await style("#view-unrolled svg > rect", "fill"), "rgb(17, 23, 29)");
await browser.press("0", { text: "0" });
await browser.screenshot(file("5-dark-colours.png"));
await browser.click('[data-view="rolled"]');
assert.ok((await shown("#view-rolled")) && !(await shown("#view-unrolled")));
await browser.screenshot(file("6-rolled.png"));

// Rolled, by cells, by layers; and folded, one cell, all cells of a layer, everything.
for (const name of ["layers", "cells", "unrolled"]) {
  await browser.click(`[data-view="${name}"]`);
  assert.ok(await shown(`#view-${name}`));
  await browser.press("0", { text: "0" });
  await browser.screenshot(file(`6-${name}.png`));
}
const folds = (): Promise<number> => ofClass("fold");
await browser.click("#theme");
await browser.click(id("s₁"));
await browser.click("#fold-one");
assert.equal(await folds(), 1);
assert.ok(!(await shown(id("s₁"))));
await browser.screenshot(file("6-folded-one.png"));
await browser.press("/");
await browser.type("s1");
assert.equal(await folds(), 0, "a hit unfolds its group");
await browser.press("Escape");
await browser.click(id("s₁"));
await browser.press("C", { shift: true, text: "C" });
assert.equal(await folds(), 3);
await browser.press("0", { text: "0" });
await browser.screenshot(file("6-folded-layer.png"));
await browser.click('g.fold[aria-label*="t = 2"]');
assert.equal(await folds(), 2);
await browser.click("#unfold");
assert.equal(await folds(), 0);
assert.ok(await shown(id("s₁")));
await browser.click("#fold");
assert.ok((await folds()) >= 3);
await browser.click("#unfold");

// The keyboard alone, in a system that is dark.
await draw("lstm", networks.lstm(), { unroll: 3 });
await browser.open(file("lstm.html"), [1400, 850], true);
assert.equal(await style("body", "backgroundColor"), "rgb(17, 23, 29)");
await browser.press("0", { text: "0" });
for (let i = 0; i < 40 && !(await browser.read('document.activeElement.matches("g[tabindex]")')); i++) {
  await browser.press("Tab");
}
await browser.press("Tab");
assert.ok(await shown("#tooltip"));
assert.match(await browser.read("document.activeElement.getAttribute('aria-label')"), /shape \[/);
assert.equal(await style("g:focus > :is(rect, ellipse)", "strokeWidth"), "3px");
await browser.press("Enter");
assert.ok(await shown("#panel"));
await browser.press("Tab");
await browser.press("Enter", { shift: true });
assert.ok((await text("#panel .path")) !== "");
await browser.screenshot(file("7-keyboard-dark.png"));
await browser.press("Escape");
assert.ok(!(await shown("#panel")));

// A small window, and paper.
await browser.open(file("rnn.html"), [420, 760]);
await browser.click(id("s₁"));
await browser.screenshot(file("8-small.png"));
const wide = (await viewBox()).split(" ").map(Number)[2]!;
const touch = (type: string, apart: number): Promise<unknown> =>
  browser.send("Input.dispatchTouchEvent", {
    type,
    touchPoints: apart > 0 ? [-apart, apart].map((dx, id) => ({ x: 200 + dx, y: 250, id })) : [],
  });
await touch("touchStart", 30);
for (const apart of [40, 50, 60]) await touch("touchMove", apart);
await touch("touchEnd", 0);
await browser.settle();
const closer = wide / Number((await viewBox()).split(" ")[2]);
assert.ok(closer > 1.5 && closer < 2.5, `fingers twice as far apart enlarge twice, not ${closer} times`);
await browser.send("Emulation.setEmulatedMedia", { media: "print" });
await browser.read('dispatchEvent(new Event("beforeprint"))');
assert.ok(!(await shown("#search")) && !(await shown("#panel")));
await browser.screenshot(file("9-paper.png"));

assert.deepEqual(browser.complaints, []);
await browser.close();
console.log(`The page works; screenshots are in ${folder}`);
