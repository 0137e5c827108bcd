/** A headless Chromium, spoken to through a pipe in the language of its developer tools. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, never>>;
  readonly result?: Readonly<Record<string, never>>;
  readonly error?: { readonly message: string };
}

export class Browser {
  /** What pages complained of, and what they asked of a network. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  #session: string | undefined;
  #loaded: () => void = () => {};
  #count = 0;

  constructor(executable: string) {
    this.#profile = mkdtempSync(join(tmpdir(), "page-"));
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--remote-debugging-pipe",
    ];
    this.#process = spawn(executable, [...flags, `--user-data-dir=${this.#profile}`], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    let rest = "";
    (this.#process.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (rest + chunk).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
    this.#process.on("error", (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#count;
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      (this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    });
  }

  #receive({ id, method, params, result, error }: Message): void {
    const waiting = this.#waiting.get(id ?? -1);
    this.#waiting.delete(id ?? -1);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result as never);
    if (method === "Page.loadEventFired") this.#loaded();
    if (method === "Network.requestWillBeSent") {
      const { url } = (params as unknown as { request: { url: string } }).request;
      if (!url.startsWith("file:")) this.complaints.push(`asked for ${url}`);
    }
    if (
      method === "Runtime.exceptionThrown" ||
      method === "Log.entryAdded" ||
      method === "Runtime.consoleAPICalled"
    ) {
      this.complaints.push(`${method} ${JSON.stringify(params)}`);
    }
  }

  /** Opens a file in a window of a size. */
  async open(path: string, [width, height]: readonly [number, number], dark = false): Promise<void> {
    this.#session = undefined;
    const { targetId } = await this.send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const attached = { targetId, flatten: true };
    this.#session = (await this.send<{ sessionId: string }>("Target.attachToTarget", attached)).sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    const features = [
      { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
      { name: "prefers-reduced-motion", value: "reduce" },
    ];
    await this.send("Emulation.setEmulatedMedia", { features });
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.send("Page.navigate", { url: `file://${path}` });
    await loaded;
    await this.settle();
  }

  /** Two frames later. */
  settle(): Promise<unknown> {
    return this.read(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))",
    );
  }

  /** The value of an expression in the page. */
  async read<T = unknown>(expression: string): Promise<T> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send<{ result: { value: T }; exceptionDetails?: object }>(
      "Runtime.evaluate",
      asked,
    );
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Presses a key; `text` is what it types. */
  async press(
    key: string,
    { shift = false, text = "" }: { shift?: boolean; text?: string } = {},
  ): Promise<void> {
    const event = { key, modifiers: shift ? 8 : 0, ...(text && { text }) };
    const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27 };
    const code = { windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event, ...code });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, ...code });
    await this.settle();
  }

  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
    await this.settle();
  }

  async mouse(
    type: "mousePressed" | "mouseReleased" | "mouseMoved",
    x: number,
    y: number,
    more: object = {},
  ): Promise<void> {
    const button = type === "mouseMoved" ? {} : { button: "left", clickCount: 1 };
    await this.send("Input.dispatchMouseEvent", { type, x, y, ...button, ...more });
  }

  /** The middle of the element that a selector finds. */
  place(selector: string): Promise<[number, number]> {
    return this.read(
      `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return [x + width / 2, y + height / 2]; })()`,
    );
  }

  async click(selector: string, shift = false): Promise<void> {
    const [x, y] = await this.place(selector);
    const held = { modifiers: shift ? 8 : 0 };
    await this.mouse("mouseMoved", x, y);
    await this.mouse("mousePressed", x, y, held);
    await this.mouse("mouseReleased", x, y, held);
    await this.settle();
  }

  async screenshot(path: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { data } = await this.send<{ data: string }>("Page.captureScreenshot", { format: "png" });
    writeFileSync(path, Buffer.from(data, "base64"));
  }

  async close(): Promise<void> {
    this.#session = undefined;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.send("Browser.close");
    await gone;
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
