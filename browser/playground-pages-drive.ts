import type { Page } from "playwright-core";
import { isolated, serve } from "../bundles/serve.ts";
import { atStep, dist, place } from "./playground-drive.ts";
import { assert, file, findings, type Reader, until } from "./reader.ts";

const sizes = { desk: [1300, 900], tablet: [820, 1100], phone: [390, 760] } as const;
const chapters = 8;

/** Every page of the playground, in both languages, at three sizes, light and dark. */
export async function drivePlaygroundPages(reader: Reader): Promise<void> {
  const server = await serve(dist, isolated, place);
  try {
    const page = await reader.open(server.url, { size: sizes.desk });
    await atStep(page, 100);
    await page.locator("#pause").click();
    await page.locator("#play").waitFor();
    await until(page, `document.querySelectorAll(".chart canvas").length >= 3`);
    await page.locator("#write").click();
    await page.locator("#sample").waitFor();
    await byKeyboard(page);
    await pictures(page, "train");
    await goTo(page, "look");
    await look(page);
    await pictures(page, "look");
    for (const language of ["en", "vi"]) await story(page, language);
    await goTo(page, "understand/4");
    await pictures(page, "understand");
    await goTo(page, "check");
    await check(page);
    await pictures(page, "check");
    await page.context().close();
  } finally {
    server.close();
  }
}

const goTo = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate(`location.hash = "#/${hash}"`);
  await until(page, `document.querySelector("nav a[aria-current]").hash === "#/${hash.split("/")[0]}"`);
};

/** What axe-core finds, where text ends, and pictures to be looked at. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(150); // charts take the new size and colours
      await page.screenshot({ path: file(`playground-${name}-${size}-${colorScheme}.png`), fullPage: true });
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert.ok(wide <= width, `${name}, ${size}: ${wide} pixels wide`);
      const looked = (size === "desk") === (colorScheme === "light");
      if (looked && size !== "tablet")
        assert.deepEqual(await findings(page), [], `${name}, ${size}, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: sizes.desk[0], height: sizes.desk[1] });
}

/** From the top of the page into it, and a step of training, without a pointer. */
async function byKeyboard(page: Page): Promise<void> {
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate("document.activeElement.id"), "main");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.id"), "play");
  await page.keyboard.press("Tab");
  const step = Number((await page.locator("#step").textContent())!.replace(/\D/g, ""));
  await page.keyboard.press("Enter");
  await atStep(page, step + 1);
}

/** The graph, rolled and unrolled, and the cell that follows quotes. */
async function look(page: Page): Promise<void> {
  const drawn = page.frameLocator("iframe.graph").locator("#picture g[tabindex]");
  await drawn.first().waitFor();
  const count = await drawn.count();
  assert.ok(count > 5, `${count} marks are drawn`);
  await page.locator("select[name=shape]").selectOption("rolled");
  await until(page, `!document.querySelector("#draw").disabled`);
  await drawn.first().waitFor();
  await page.locator("[data-feature=insideQuotes]").click();
  await until(page, `/correlation/.test(document.querySelector("#found").textContent)`);
  const [, unit, correlation] =
    /cell (\d+), correlation ([-\d.]+)/.exec((await page.locator("#found").textContent())!) ?? [];
  // After a hundred steps no cell follows them well; that there are quotes, and a best cell, is what counts here.
  assert.ok(Math.abs(Number(correlation)) > 0, `quotes are followed: ${correlation}`);
  assert.equal(await page.locator(".colored").getAttribute("data-unit"), unit);
  assert.ok((await page.locator(".colored span").count()) > 500, "every character is coloured");
}

/** Each chapter opens, and what is played with changes what is seen. */
async function story(page: Page, language: string): Promise<void> {
  await page.evaluate(
    `document.documentElement.lang === "${language}" || document.querySelector("#language").click()`,
  );
  await until(page, `document.documentElement.lang === "${language}"`);
  const titles = new Set<string>();
  for (let chapter = 1; chapter <= chapters; chapter++) {
    await goTo(page, `understand/${chapter}`);
    const article = page.locator(`[data-chapter="${chapter}"]`);
    await article.waitFor();
    titles.add((await article.locator("h1").textContent())!);
    assert.ok((await article.locator(".equation").count()) >= 1);
    const shown = (): Promise<string> =>
      page.evaluate(
        `document.querySelector(".play").textContent + [...document.querySelectorAll(".play [aria-label]")].map((each) => each.getAttribute("aria-label"))`,
      );
    const before = await shown();
    const slider = article.locator("input[type=range]").first();
    await slider.fill((await slider.getAttribute("max"))!);
    await until(
      page,
      `document.querySelector(".play input[type=range]").value === "${await slider.getAttribute("max")}"`,
    );
    assert.notEqual(await shown(), before, `chapter ${chapter} shows what is played with`);
    if (chapter === 7 && language === "en") await memory(page);
    if (chapter === 4 || chapter === 7)
      assert.deepEqual(await findings(page), [], `chapter ${chapter}, ${language}`);
  }
  assert.equal(titles.size, chapters);
  const story = [...titles].join();
  assert.equal(/Cắt gradient/.test(story), language === "vi", story);
}

/** Both networks learn to remember ten steps. */
async function memory(page: Page): Promise<void> {
  await page.locator("input[name=time]").fill("10");
  await page.locator("#train-memory").click();
  await until(page, `/LSTM (9\\d|100) %/.test(document.querySelector("#result").textContent)`);
  await page.locator("#stop-memory, #train-memory").click();
}

/** A function, its gradient as a formula, and what cannot be read. */
async function check(page: Page): Promise<void> {
  await page.evaluate(
    `document.documentElement.lang === "en" || document.querySelector("#language").click()`,
  );
  await page.locator("#formulas").waitFor();
  assert.equal(
    await page.locator("#formulas").textContent(),
    "a = tanh(x @ W + b)\nc = (a − t) ⊙ (1 − a²)\n∂y/∂x = c @ Wᵀ\n∂y/∂W = xᵀ @ c\n∂y/∂b = sum(c)\n∂y/∂t = −(a − t)",
  );
  assert.match((await page.locator("#verdict").textContent())!, /agree/);
  await until(page, `document.querySelectorAll("img.picture").length === 3`);
  await page.locator("input[name=function]").fill("3 * cot(x)");
  await page.keyboard.press("Enter");
  await until(
    page,
    `document.querySelector(".failure pre")?.textContent === 'no function is called "cot"\\n  3 * cot(x)\\n      ^ column 5'`,
  );
  await page.locator("input[name=function]").fill("x ^ 3");
  await page.locator("input[name=value-x]").fill("[1, 2");
  await page.keyboard.press("Enter");
  await until(page, `document.querySelector(".failure")?.textContent.includes("x: “[1, 2” is no number")`);
  await page.locator("input[name=value-x]").fill("[1, 2]");
  await page.keyboard.press("Enter");
  await until(page, `document.querySelector("#formulas")?.textContent === "∂y/∂x = 3 ⊙ x²"`);
  await until(page, `document.querySelectorAll("img.picture").length === 3`);
}
