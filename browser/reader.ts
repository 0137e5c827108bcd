import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

/** Screenshots and pages are left here. */
export const folder: string = join(import.meta.dirname, "../out/pages");
mkdirSync(folder, { recursive: true });

export const file = (name: string): string => join(folder, name);

/** The browser. */
export const chromiumPath: string = process.env.CHROMIUM ?? "/usr/bin/chromium";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How a page is opened. */
export interface Window {
  readonly size: readonly [width: number, height: number];
  readonly dark?: boolean;
  /** What the reader's browser asks for. Default English. */
  readonly locale?: string;
  /** What follows `#` in the address. */
  readonly hash?: string;
}

/** Chromium, and what its pages complained of or asked a network for. */
export class Reader {
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** With switches of the browser beside those that it always has. */
  static async start(...switches: string[]): Promise<Reader> {
    const args = ["--no-sandbox", "--disable-gpu", ...switches];
    return new Reader(await chromium.launch({ executablePath: chromiumPath, args }));
  }

  /** Opens a file, or an address, in a window of its own. */
  async open(
    where: string,
    { size: [width, height], dark = false, locale = "en-US", hash = "" }: Window,
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      locale,
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
      hasTouch: width < 500,
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => this.complaints.push(message.text()));
    page.on("request", (request) => {
      if (!/^(file|blob|data|http:\/\/(localhost|127\.0\.0\.1))/.test(request.url()))
        this.complaints.push(`asked for ${request.url()}`);
    });
    const url = where.startsWith("http") ? where : pathToFileURL(where).href;
    await page.goto(hash ? `${url}#${encodeURIComponent(hash)}` : url);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/**
 * Waits until an expression is truthy in the page. Each look is an evaluation of its own, which the page's policy lets
 * the debugger make; Playwright's `waitForFunction` looks again from inside the page, where a policy without
 * `unsafe-eval` forbids it: it passes only where the first look succeeds.
 */
export async function until(page: Page, expression: string, timeout = 60_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    if (Date.now() > end) throw new Error(`after ${timeout} ms the page still denies ${expression}`);
    await page.waitForTimeout(20);
  }
}

/** What axe-core, which reads pages for people who hear or type them, finds wrong. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
    passes: unknown[];
  }>("axe.run(document)");
  assert.ok(passes.length > 15, "axe-core has looked at the page");
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

/** Milliseconds of the page's main thread that an expression takes, drawing included: its own time, not the clock's. */
export async function cpuOf(page: Page, expression: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
  const before = await spent();
  await page.evaluate(expression);
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))",
  );
  const after = await spent();
  await session.detach();
  return after - before;
}

export { assert };
