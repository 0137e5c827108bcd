import { Problem } from "./problem.ts";
import type { Text } from "./settings.ts";

/** The texts that ship with the page. */
export type Shipped = "time-machine" | "kieu";
export const shipped: readonly Shipped[] = ["time-machine", "kieu"];

export const isShipped = (name: string): name is Shipped => (shipped as readonly string[]).includes(name);

/** The language of a text; nothing where the page does not know it. */
export const languageOf = (name: Text["name"]): string =>
  isShipped(name) ? { "time-machine": "en", kieu: "vi" }[name] : "";

/** @throws Problem where it does not arrive */
export async function fetchText(name: Shipped): Promise<Text> {
  try {
    const response = await fetch(new URL(`./texts/${name}.txt`, document.baseURI));
    if (response.ok) return { name, content: await response.text() };
  } catch {
    // No network: the same as a host that does not have the text.
  }
  throw new Problem({ kind: "textNotFetched", said: { text: name } });
}

/** @throws Problem for bytes that are no UTF-8 */
export async function readText(file: File): Promise<Text> {
  let content: string;
  try {
    content = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Problem({ kind: "notUtf8", said: { file: file.name } });
  }
  return { name: isShipped(file.name) ? "own" : file.name, content };
}
