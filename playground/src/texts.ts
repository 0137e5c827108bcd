import type { Text } from "./settings.ts";

/** The texts that ship with the page. */
export type Shipped = "time-machine" | "kieu";
export const shipped: readonly Shipped[] = ["time-machine", "kieu"];

export const isShipped = (name: string): name is Shipped => (shipped as readonly string[]).includes(name);

export async function fetchText(name: Shipped): Promise<Text> {
  const response = await fetch(new URL(`./texts/${name}.txt`, document.baseURI));
  return { name, content: await response.text() };
}

/** @throws TypeError for bytes that are no UTF-8 */
export async function readText(file: File): Promise<Text> {
  const content = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  return { name: isShipped(file.name) ? "own" : file.name, content };
}
