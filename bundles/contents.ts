/** What a bundle is made of: the bytes that each file, or each folder, of the sources has in it. */
import { SourceMap } from "node:module";
import { gzipSync } from "node:zlib";

export interface Part {
  /** A file below `packages`, or a folder. */
  readonly name: string;
  readonly minified: number;
  /** What gzip needs less for the bundle without it. */
  readonly compressed: number;
}

/** The largest first. `map`: the bundle's source map, through which each character is followed to its source. */
export function contentsOf(code: string, map: string, by: "files" | "folders"): Part[] {
  const sources = new SourceMap(JSON.parse(map));
  const texts = new Map<string, string[]>();
  const runs: { readonly name: string; readonly text: string }[] = [];
  for (const [line, text] of code.split("\n").entries()) {
    const names = [...text].map((_, column) => nameOf(sources.findEntry(line, column), by));
    for (let start = 0; start < text.length; ) {
      const name = names[start]!;
      let end = start;
      while (end < text.length && names[end] === name) end++;
      runs.push({ name, text: text.slice(start, end) });
      texts.set(name, [...(texts.get(name) ?? []), text.slice(start, end)]);
      start = end;
    }
  }
  const whole = gzipSync(code).length;
  return [...texts]
    .map(([name, parts]) => ({
      name,
      minified: parts.join("").length,
      compressed:
        whole - gzipSync(runs.flatMap((run) => (run.name === name ? [] : [run.text])).join("")).length,
    }))
    .sort((a, b) => b.minified - a.minified);
}

/** `…/node_modules/@org/core/src/ops/matmul.ts` → `core/src/ops/matmul.ts` or `core/src/ops`. */
function nameOf(entry: ReturnType<SourceMap["findEntry"]>, by: "files" | "folders"): string {
  const source = ("originalSource" in entry ? entry.originalSource : undefined) ?? "";
  const file = source.match(/@org\/(.*)$/)?.[1] ?? "(the program itself)";
  return by === "files" ? file : file.replace(/\/[^/]*$/, "");
}
