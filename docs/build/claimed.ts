/** What programs of pages call. One page runs at a time. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClaimChecks, claimChecks } from "../../packages/core/test/claims.ts";
import { pictures } from "./places.ts";

let page = "";
let line = 0;
const drawn = new Set<string>();

export const begin = (name: string): void => {
  page = name;
};

/** The page and the line of the block that runs; line 0 is the end. */
export const reached = (): { page: string; line: number } => ({ page, line });

export const $at = (at: number): void => {
  line = at;
};

const checks = claimChecks((at) => `${page}:${at}`);
export const $is: ClaimChecks["$is"] = checks.$is;
export const $near: ClaimChecks["$near"] = checks.$near;
export const $throws: ClaimChecks["$throws"] = checks.$throws;

/** Keeps a picture, or a page, under its name. */
export function $picture(name: string, text: string): void {
  if (typeof text !== "string")
    throw new TypeError(`picture=${name}: expected SVG or HTML, received ${typeof text}`);
  if (drawn.has(name)) throw new Error(`picture=${name} is drawn twice`);
  drawn.add(name);
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${name}.${text.trimStart().startsWith("<svg") ? "svg" : "html"}`), text);
}
