/** The program in Node: one line of JSON. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { check } from "./check.ts";

const read = (file: string): Promise<string> =>
  readFile(file.startsWith("file:") ? fileURLToPath(file) : file, "utf8");

void check(read).then((findings) => console.log(JSON.stringify(findings)));
