/** Where things lie. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

export const docs: string = join(import.meta.dirname, "..");
export const root: string = join(docs, "..");
/** What is made on the way. */
export const out: string = join(docs, "out");
/** The path of the site on its host. */
export const base: string = process.env.DOCS_BASE ?? "/";
/** The site. */
export const site: string = join(out, "site");
/** Pictures and pages that blocks of code draw, where the site takes files from. */
export const pictures: string = join(docs, "public", "pictures");
/** The reference, written by TypeDoc. */
export const reference: string = join(docs, "api");

/** The pages that people write, relative to this folder. */
export const pages: readonly string[] = readdirSync(docs, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md") && !/^(api|out|public|node_modules|README)\b/.test(path))
  .map((path) => path.replaceAll("\\", "/"))
  .sort();
