import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { isolated, serve } from "../bundles/serve.ts";
import { english } from "../playground/src/words/english.ts";
import { vietnamese } from "../playground/src/words/vietnamese.ts";
import { atStep, dist, place } from "./playground-drive.ts";
import { assert, file, Reader, until } from "./reader.ts";

const size: readonly [number, number] = [390, 844];
const locale = "vi-VN";

/**
 * The pages as somebody reads them whose browser asks for Vietnamese: every problem is said in Vietnamese, and what is
 * English is marked as such.
 */
export async function driveVietnamese(reader: Reader): Promise<void> {
  const server = await serve(dist, isolated, place);
  try {
    const page = await reader.open(server.url, { size, locale });
    await atStep(page, 60);
    await page.locator("#pause").click();
    await page.locator("#write").click();
    await page.locator("#sample").waitFor();
    assert.equal(await page.evaluate("document.documentElement.lang"), "vi");
    await speaksVietnamese(page, "train");
    await trainProblems(page);
    await goTo(page, "look");
    await page.locator("iframe.graph").waitFor();
    await lookProblems(page);
    for (let chapter = 1; chapter <= 8; chapter++) {
      await goTo(page, `understand/${chapter}`);
      await page.locator(`[data-chapter="${chapter}"]`).waitFor();
      await speaksVietnamese(page, `chapter ${chapter}`);
    }
    await goTo(page, "check");
    await page.locator("#verdict").waitFor();
    await speaksVietnamese(page, "check");
    await checkProblems(page);
    // The language may change while a problem is shown.
    await page.locator("#language").click();
    await says(page, english.problems.emptyFunction({}));
    await page.context().close();
    await withoutWebAssembly(server.url, reader.complaints);
  } finally {
    server.close();
  }
}

const goTo = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate(`location.hash = "#/${hash}"`);
  await until(page, `document.querySelector("nav a[aria-current]").hash === "#/${hash.split("/")[0]}"`);
};

/** The sentence of a problem is shown, and everything around it is Vietnamese or marked. */
async function says(page: Page, sentence: string, detail?: RegExp): Promise<void> {
  await until(
    page,
    `[...document.querySelectorAll(".failure > p")].some((each) => each.textContent === ${JSON.stringify(sentence)})`,
  );
  if (detail) assert.match((await page.locator(".failure pre[lang=en]").first().textContent())!, detail);
}

async function trainProblems(page: Page): Promise<void> {
  const { problems } = vietnamese;
  const load = (name: string): Promise<void> =>
    page.locator("input[name=load]").setInputFiles(file(`${name}.safetensors`));
  const download = page.waitForEvent("download");
  await page.locator("#save-weights").click();
  await (await download).saveAs(file("kieu.safetensors"));
  const bytes = readFileSync(file("kieu.safetensors"));
  writeFileSync(file("damaged.safetensors"), bytes.subarray(0, bytes.length >> 1));
  await load("damaged");
  await says(page, problems.damagedFile({}), /loadTensors: .*offsets in order/s);
  await speaksVietnamese(page, "a damaged file");
  await load("weights"); // of another text: the English run before left it
  await says(page, problems.fileOfAnotherText({}));

  await page.locator("input[name=hidden]").fill("1");
  await page.locator("#begin").click();
  await says(page, problems.outOfBounds({ setting: "hidden", least: 2, most: 512 }));
  await page.locator("input[name=hidden]").fill("16");
  await page.locator("select[name=cell]").selectOption("typed");
  const equations = async (text: string): Promise<void> => {
    await page.locator("textarea[name=equations]").fill(text);
    await page.locator("#begin").click();
  };
  await equations("h = tanh(x @ W_xh)\nh = h + foo(x)");
  await says(page, problems.wrongEquation({ line: 2 }), /no function is called "foo"/);
  await speaksVietnamese(page, "a wrong equation");
  await equations("c = x");
  await says(page, problems.noState({}));
  await equations("x = h");
  await says(page, problems.xIsSet({ line: 1 }));
  await equations("h tanh");
  await says(page, problems.noEquation({ line: 1, found: "h tanh" }));
  await page.locator("select[name=cell]").selectOption("gru");

  await page.locator("select[name=text]").selectOption("own");
  const own = async (text: string): Promise<void> => {
    await page.locator("textarea[name=own-text]").fill(text);
    await page.locator("#begin").click();
  };
  await own("  \n ");
  await says(page, problems.emptyText({}));
  await own("ngắn quá");
  await says(page, problems.shortText({ window: 32, needed: 33, found: 8 }));
  writeFileSync(file("latin-1.txt"), Buffer.from("caf\xe9", "latin1"));
  await page.locator("input[type=file][accept*=text]").setInputFiles(file("latin-1.txt"));
  await says(page, problems.notUtf8({ file: "latin-1.txt" }));
  await speaksVietnamese(page, "a text that is none");
  // The service worker, which keeps the texts, would answer without a network.
  await page.evaluate("globalThis.fetch = async () => new Response(null, { status: 404 })");
  await page.locator("select[name=text]").selectOption("time-machine");
  await page.locator("#begin").click();
  await says(page, problems.textNotFetched({ text: "time-machine" }));
  assert.match((await page.locator("#built").textContent())!, /trọng số/, "the run before is still there");
}

async function lookProblems(page: Page): Promise<void> {
  await speaksVietnamese(page, "look");
  await page.locator("textarea[name=read]").fill("漢字");
  await page.locator("#read").click();
  await says(page, vietnamese.problems.unknownCharacters({}));
  await speaksVietnamese(page, "a text of unknown characters");
}

async function checkProblems(page: Page): Promise<void> {
  const { problems } = vietnamese;
  const check = async (text: string, x?: string): Promise<void> => {
    await page.locator("input[name=function]").fill(text);
    if (x !== undefined) await page.locator("input[name=value-x]").fill(x);
    await page.keyboard.press("Enter");
  };
  await check("3 * cot(x)");
  await says(page, problems.notExamined({}), /no function is called "cot"/);
  await speaksVietnamese(page, "a wrong function");
  await check("x ^ 3", "[1, 2");
  await says(page, problems.noNumbers({ name: "x", found: "[1, 2" }));
  await check("x ^ 3", "[[1], [2, 3]]");
  await says(page, problems.wrongValue({ name: "x" }), /./);
  await check("log(x)", "-1");
  await says(page, problems.notExamined({}), /^log: first NaN$/);
  await speaksVietnamese(page, "a value without a logarithm");
  await check(" ");
  await says(page, problems.emptyFunction({}));
}

/** A browser that compiles nothing, and so has no WebAssembly, says so, and still shows what needs none. */
async function withoutWebAssembly(url: string, complaints: string[]): Promise<void> {
  const reader = await Reader.start("--js-flags=--jitless");
  try {
    const page = await reader.open(url, { size, locale });
    await says(page, vietnamese.problems.noWebAssembly({}));
    await speaksVietnamese(page, "without WebAssembly");
    await goTo(page, "understand/7");
    await page.locator("#train-memory").click();
    await says(page, vietnamese.problems.noWebAssembly({}));
    await goTo(page, "check");
    // Nothing is compiled there, but pictures are drawn by WebAssembly: without them the verdict stays.
    await page.locator("#verdict").waitFor({ timeout: 120_000 });
    await says(page, vietnamese.problems.noWebAssembly({}));
    assert.equal(await page.locator(".panel .picture, .pair").count(), 0, "no place for pictures");
    await speaksVietnamese(page, "check, without WebAssembly");
    await page.screenshot({ path: file("check-without-webassembly.png"), fullPage: true });
    complaints.push(...reader.complaints);
  } finally {
    await reader.close();
  }
}

/** Words that every sentence of English has one of, and no Vietnamese one. */
const ENGLISH = /\b(the|is|are|was|not|of|and|this|that|with|cannot|has|found|expected|received|must)\b/i;

/** All that the page says, as texts. */
const textsOf = (words: object): string[] =>
  Object.values(words).flatMap((each) =>
    typeof each === "string" ? [each] : typeof each === "object" ? textsOf(each) : [],
  );
const said: ReadonlySet<string> = new Set(textsOf(vietnamese));
const foreign: ReadonlySet<string> = new Set(textsOf(english).filter((text) => !said.has(text)));

/** No visible text, and nothing that is read aloud, is English unless it is marked. */
async function speaksVietnamese(page: Page, where: string): Promise<void> {
  const texts = await page.evaluate<string[]>(`(() => {
    const found = [];
    // What a network writes is nobody's language.
    const marked = (element) => element.closest("[lang]").lang !== "vi" || element.closest("#sample, .colored");
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const { parentElement } = node;
        if (!parentElement.closest("script, style") && !marked(parentElement)) found.push(node.data.trim());
      } else if (!marked(node))
        for (const name of ["aria-label", "aria-valuetext", "alt", "title", "placeholder"])
          if (node.hasAttribute(name)) found.push(node.getAttribute(name));
    }
    return found.filter((text) => text !== "");
  })()`);
  assert.ok(texts.length > 15, `${where}: ${texts.length} texts`);
  const wrong = texts.filter((text) => foreign.has(text) || ENGLISH.test(text));
  assert.deepEqual(wrong, [], where);
}
