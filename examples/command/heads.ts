/** Which examples there are, and what the comments at their heads say. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const folder: string = join(import.meta.dirname, "..");

export interface Example {
  readonly name: string;
  /** The first line of the head comment: what it shows. */
  readonly title: string;
  /** All of the head comment. */
  readonly head: string;
  /** Folders beside it with packages that are installed for examples alone. */
  readonly installs: readonly string[];
}

export const linkTo = (name: string): string => `[${name}](${name}/main.ts)`;

/** Every folder with a `main.ts`, by name. */
export function findExamples(): Example[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "main.ts")))
    .sort()
    .map(readExample);
}

function readExample(name: string): Example {
  const sources = readdirSync(join(folder, name)).filter((file) => file.endsWith(".ts"));
  const texts = sources.map((file) => readFileSync(join(folder, name, file), "utf8"));
  const head = headOf(readFileSync(join(folder, name, "main.ts"), "utf8"));
  const installs = ["data", "engines"].filter((each) =>
    texts.some((text) => text.includes(`"../shared/${each}.ts"`)),
  );
  return { name, title: head.split("\n")[0] ?? "", head, installs };
}

/** The text of the comment that a source begins with; empty where there is none. */
export function headOf(source: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? "";
  return comment.replaceAll(/^ *\* ?/gm, "").trim();
}
