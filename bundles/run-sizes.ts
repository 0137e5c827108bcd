/** How many bytes a stranger's page loads for what it imports: esbuild, minified, and compressed as servers do. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { contentsOf } from "./contents.ts";
import { consumer } from "./packages.ts";

interface Budget {
  readonly name: string;
  readonly code: string;
  /** Most thousands of bytes, minified and with gzip. */
  readonly minified: number;
  readonly compressed: number;
}

const using = (names: string, from: string): string =>
  `import { ${names} } from "${from}"; keep(${names});\n`;

const budgets: readonly Budget[] = [
  {
    name: "nothing",
    code: `import "@org/core"; import "@org/nn"; import "@org/optim";`,
    minified: 0.1,
    compressed: 0.1,
  },
  { name: "loadTensors", code: using("loadTensors", "@org/core"), minified: 8, compressed: 3.9 },
  { name: "evaluate and grad", code: using("evaluate, grad", "@org/core"), minified: 28.5, compressed: 11.2 },
  {
    name: "training an LSTM",
    code:
      using("compile, input", "@org/core") +
      using("LSTM, Linear, Embedding, crossEntropy, parameters", "@org/nn") +
      using("adam, chain, clipByGlobalNorm, minimize", "@org/optim"),
    // 230 and 80 kB were aimed at. A plain step runs more than half of it; the largest parts that one may do without (sorting,
    // running sums, erf, overlapping sums) are 6 kB together, and cos is needed by the weights that are drawn.
    minified: 307.7,
    compressed: 113,
  },
];

/** Measures each, and fails where one is over its budget. `list`: tells what each is made of. */
export async function runSizes(
  list?: "files" | "folders",
): Promise<{ name: string; problems: readonly string[] }[]> {
  mkdirSync(consumer, { recursive: true });
  const results = [];
  for (const { name, code, minified, compressed } of budgets) {
    const { outputFiles } = await build({
      stdin: {
        contents: `const keep = (...all) => globalThis.kept = all;\n${code}`,
        resolveDir: join(consumer, "app"),
      },
      bundle: true,
      minify: true,
      format: "esm",
      treeShaking: true,
      external: ["node:*"],
      outfile: "bundle.js",
      sourcemap: "external",
      write: false,
      logLevel: "error",
    });
    const [map, bundle] = [".map", ".js"].map((end) => outputFiles.find(({ path }) => path.endsWith(end)));
    const bytes = bundle?.contents ?? new Uint8Array();
    if (list && map && bundle) {
      console.log(`${name}: bytes, and with gzip`);
      for (const part of contentsOf(bundle.text, map.text, list))
        console.log(
          `${String(part.minified).padStart(8)}${String(part.compressed).padStart(8)}  ${part.name}`,
        );
    }
    const sizes = [bytes, gzipSync(bytes), brotliCompressSync(bytes)].map(({ length }) => length / 1000);
    const [plain = 0, gzip = 0] = sizes;
    const [a, b, c] = sizes.map((size) => size.toFixed(1));
    const problems = [
      ...(plain > minified ? [`${a} kB minified: at most ${minified} kB`] : []),
      ...(gzip > compressed ? [`${b} kB with gzip: at most ${compressed} kB`] : []),
    ];
    results.push({ name: `${name}: ${a} kB, gzip ${b}, brotli ${c}`, problems });
  }
  return results;
}
