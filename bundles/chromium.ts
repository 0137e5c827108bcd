/** Pages in a browser without a window. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser, where there is one: `CHROMIUM` names another. */
export const chromiumPath: string | undefined = process.env.CHROMIUM ?? places.find(existsSync);

let started: Promise<Browser> | undefined;

const browser = (): Promise<Browser> => {
  started ??= chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] });
  return started;
};

export interface Visit {
  /** What the page's program left in `findings`. */
  readonly findings: unknown;
  /** What the page wrote to its console, and errors that nobody caught. */
  readonly messages: readonly string[];
}

/** Opens a page and waits until its program has left something. */
export async function visit(url: string, seconds = 60): Promise<Visit> {
  const page = await (await browser()).newPage();
  const messages: string[] = [];
  page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => messages.push(`uncaught: ${error.message}`));
  try {
    await page.goto(url);
    await page
      .waitForFunction("globalThis.findings !== undefined", undefined, { timeout: 1000 * seconds })
      .catch(() => undefined);
    return { findings: await page.evaluate("globalThis.findings"), messages };
  } finally {
    await page.close();
  }
}

export async function closeBrowser(): Promise<void> {
  await (await started)?.close();
  started = undefined;
}
