/** Looks at every page of the site: links and what they point at, pictures, and that nothing is loaded from elsewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { base, site } from "./places.ts";

const html = readdirSync(site, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".html") && !/^(pictures|playground)\//.test(path));

const unescaped = (text: string): string =>
  text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

interface Page {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
  readonly loads: readonly string[];
}

function read(path: string): Page {
  const text = readFileSync(join(site, path), "utf8").replace(/<!--[\s\S]*?-->/g, "");
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => unescaped(match[1]!));
  return {
    anchors: new Set(all(/\sid="([^"]*)"/g)),
    links: all(/<a\s[^>]*?href="([^"]*)"/g),
    loads: [
      ...all(/<(?:img|iframe|script|source)\s[^>]*?src="([^"]*)"/g),
      ...all(/<link\s[^>]*?href="([^"]*)"/g),
    ],
  };
}

/** The file that an address means, and the anchor within. */
function resolve(from: string, address: string): { file: string; anchor: string } {
  const [path = "", anchor = ""] = address.split("#");
  const plain = decoded(path.split("?")[0]!);
  let file = from;
  if (plain.startsWith(base)) file = plain.slice(base.length);
  else if (plain !== "") file = posix.join(posix.dirname(from), plain);
  if (file === "" || file.endsWith("/")) file += "index.html";
  if (!existsSync(join(site, file)) && existsSync(join(site, `${file}.html`))) file += ".html";
  return { file, anchor: decoded(anchor) };
}

const pages = new Map(html.map((path) => [path, read(path)]));
const faults: string[] = [];
let links = 0;
for (const [path, page] of pages) {
  if (path === "404.html") continue;
  for (const address of page.loads) {
    if (/^(data:|blob:)/.test(address)) continue;
    if (/^(\w+:)?\/\//.test(address)) faults.push(`${path} loads ${address}`);
    else if (!existsSync(join(site, resolve(path, address).file)))
      faults.push(`${path}: there is no ${address}`);
  }
  for (const address of page.links) {
    if (/^(\w+:|\/\/)/.test(address)) continue;
    links++;
    const { file, anchor } = resolve(path, address);
    if (!existsSync(join(site, file))) faults.push(`${path}: there is no ${address}`);
    else if (anchor !== "" && pages.has(file) && !pages.get(file)!.anchors.has(anchor))
      faults.push(`${path}: ${file} has no anchor #${anchor}`);
  }
}
for (const fault of new Set(faults)) console.error(fault);
console.log(`${pages.size} pages, ${links} links inside, ${new Set(faults).size} dead`);
process.exit(faults.length > 0 ? 1 : 0);
