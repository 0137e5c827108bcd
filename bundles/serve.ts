/** Files of a folder over HTTP, to pages that may share memory between threads. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
};

/** What a page needs so that its threads may share memory. */
export const isolated: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export interface Served {
  readonly url: string;
  /** Paths below the folder that were asked for, and when, in milliseconds since 1970. */
  readonly asked: readonly { readonly path: string; readonly time: number }[];
  close(): void;
}

export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>> = isolated,
  /** Where the folder lies on the host. */
  place = "/",
): Promise<Served> {
  const asked: { path: string; time: number }[] = [];
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const below = pathname.startsWith(place) ? pathname.slice(place.length) : "not-there";
    asked.push({ path: below, time: Date.now() });
    const path = join(folder, normalize(decodeURIComponent(below)));
    const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "index.html") : path;
    if (url === "/favicon.ico") response.writeHead(204).end();
    else if (!existsSync(file)) response.writeHead(404).end();
    else {
      const type = types[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { ...headers, "Content-Type": type }).end(readFileSync(file));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${place}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
