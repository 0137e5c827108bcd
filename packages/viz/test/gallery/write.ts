/** Writes all figures to out/gallery, and one page that shows them: `npx tsx packages/viz/test/gallery/write.ts [--png]`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderPng } from "@org/viz";
import { figures as results } from "../results/figures.ts";
import { cellsOfToday } from "./cells-of-today.ts";
import { gallery } from "./figures.ts";
import { galleryPage } from "./page.ts";

const folder = join(import.meta.dirname, "../../../../out/gallery");
mkdirSync(folder, { recursive: true });
const drawn = [];
for (const figure of [...gallery, ...cellsOfToday]) drawn.push({ ...figure, svg: await figure.draw() });
const shown = new Set(drawn.map(({ name }) => name));
const others = Object.entries(results).filter(([name]) => !shown.has(name));
for (const [name, draw] of others)
  drawn.push({ row: "", name, title: name.replaceAll("-", " "), text: "", svg: await draw() });
for (const { row, name, svg } of drawn) {
  const file = join(folder, row ? `${row}-${name}` : name);
  writeFileSync(`${file}.svg`, svg);
  if (process.argv.includes("--png")) writeFileSync(`${file}.png`, await renderPng(svg, { scale: 1.5 }));
}
writeFileSync(join(folder, "index.html"), galleryPage(drawn));
console.log(`${drawn.length} figures: ${join(folder, "index.html")}`);
