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
  /** What the page's program found (`app/report.ts`). */
  readonly findings: unknown;
  /** What else the page wrote to its console, and errors that nobody caught. */
  readonly messages: readonly string[];
}

const MARK = "findings:";

/** Opens a page and waits until its program has found something. Nothing is evaluated in the page, whose policy may forbid it. */
export async function visit(url: string, seconds = 60): Promise<Visit> {
  const page = await (await browser()).newPage();
  const messages: string[] = [];
  page.on("pageerror", (error) => messages.push(`uncaught: ${error.message}`));
  try {
    const findings = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), 1000 * seconds);
      page.on("console", (message) => {
        const text = message.text();
        if (!text.startsWith(MARK)) messages.push(`${message.type()}: ${text}`);
        else {
          clearTimeout(timer);
          resolve(JSON.parse(text.slice(MARK.length)));
        }
      });
      page.goto(url).catch(reject);
    });
    return { findings, messages };
  } finally {
    await page.close();
  }
}

export async function closeBrowser(): Promise<void> {
  await (await started)?.close();
  started = undefined;
}
