import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkOptionNames } from "@org/core";
import { type LiveCallback, type LiveOptions, type LiveSection, liveBoard } from "../live/live-board.ts";
import { escapeText } from "../svg.ts";

/** What `serveLive` takes. */
export interface ServeLiveOptions extends LiveOptions {
  /** Default: one that is free. */
  readonly port?: number;
}

/** A callback of `train` with the address of its page. */
export interface LiveServer extends LiveCallback {
  /** Known before training starts. */
  readonly url: Promise<string>;
  /** Ends the server where no training does: its own `end` does too. */
  close(): Promise<void>;
}

/**
 * A callback of `train` that serves one page, on this computer alone, and brings it up to date while training runs: curves
 * of all metrics, and what the options name. The server ends with the training; the page keeps what it showed last.
 * @example
 * // const live = serveLive({ gradients: () => norms });
 * // console.log(await live.url);
 * // await train({ ..., callbacks: [live] });
 */
export function serveLive(options: ServeLiveOptions = {}): LiveServer {
  checkOptionNames("serveLive", options, "port title gradients gates sample graph every");
  const readers = new Set<ServerResponse>();
  let latest = "[]";
  const server = createServer(({ url, headers, method }, response) => {
    // Pages of other sites that have this computer's address under a name of theirs are not answered.
    const known = /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(headers.host ?? "");
    if (!known || method !== "GET" || (url !== "/" && url !== "/events")) {
      response.writeHead(404).end();
      return;
    }
    if (url === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pageOf(options.title));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`data: ${latest}\n\n`);
    readers.add(response);
    response.on("close", () => readers.delete(response));
  });
  const url = new Promise<string>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    });
  });
  // Who only awaits training is told there.
  url.catch(() => {});
  server.unref();
  const push = async (sections: readonly LiveSection[]): Promise<void> => {
    await url;
    latest = JSON.stringify(sections);
    for (const reader of readers) reader.write(`data: ${latest}\n\n`);
  };
  const close = async (): Promise<void> => {
    await url;
    const ended = [...readers].map(
      (reader) => new Promise<void>((done) => reader.end("event: end\ndata:\n\n", () => done())),
    );
    await Promise.all(ended);
    server.closeIdleConnections();
    await new Promise((done) => server.close(done));
  };
  const board = liveBoard(options, push);
  return {
    ...board,
    url,
    close,
    end: async () => {
      await board.end();
      await close();
    },
  };
}

const pageOf = (title = "Training"): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>
body { margin: 0; padding: 16px 22px; background: #ffffff; color: #1f2933; font: 14px/1.5 Helvetica, Arial, sans-serif; }
header { display: flex; gap: 16px; align-items: baseline; }
h1 { margin: 0; font-size: 20px; }
h2 { margin: 0 0 6px; font-size: 15px; }
main { display: flex; flex-wrap: wrap; gap: 18px; margin-top: 14px; }
section { max-width: 100%; padding: 8px; border: 1px solid #d5dce3; border-radius: 9px; overflow: auto; }
svg { display: block; max-width: 100%; height: auto; }
pre { max-width: 60em; margin: 6px; white-space: pre-wrap; }
output { color: #5b6672; }
</style>
</head>
<body>
<header><h1>${escapeText(title)}</h1><output id="state" aria-live="polite">waiting</output></header>
<main id="sections"></main>
<script>
"use strict";
{
  const state = document.getElementById("state");
  const main = document.getElementById("sections");
  const events = new EventSource("/events");
  events.onmessage = ({ data }) => {
    const parts = JSON.parse(data).map(({ id, title, svg, text }) => {
      const part = document.createElement("section");
      part.dataset.id = id;
      if (svg) part.append(document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true));
      else {
        const [head, body] = [document.createElement("h2"), document.createElement("pre")];
        head.textContent = title;
        body.textContent = text;
        part.append(head, body);
      }
      return part;
    });
    if (parts.length > 0) main.replaceChildren(...parts);
    state.textContent = "running";
  };
  events.addEventListener("end", () => { events.close(); state.textContent = "ended"; });
  events.onerror = () => { state.textContent = "no connection"; };
}
</script>
</body>
</html>
`;
